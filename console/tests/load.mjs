// Compiles a module of the console on its own, so that a test can call it.
import { readFileSync } from 'node:fs'
import { transform } from 'esbuild'

export async function load(path) {
  const source = readFileSync(new URL('../src/' + path, import.meta.url), 'utf8')
  const { code } = await transform(source, { loader: 'ts', format: 'esm' })
  return import('data:text/javascript;base64,' + Buffer.from(code).toString('base64'))
}
