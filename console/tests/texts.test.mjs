import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { load } from './load.mjs'

const { texts } = await load('texts.ts')
const kSource = fileURLToPath(new URL('../src', import.meta.url))

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sources(path)
    return /\.tsx?$/.test(entry.name) && entry.name !== 'types.ts' ? [path] : []
  })
}

test('every text is there in both languages with the same values', () => {
  const values = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort()
  for (const [key, [zh, en]] of Object.entries(texts)) {
    assert.ok(zh && en, key)
    assert.deepEqual(values(zh), values(en), key)
  }
})

test('English texts have no Chinese in them, but for the name of the language', () => {
  for (const [key, [, en]] of Object.entries(texts)) if (key !== 'language') assert.doesNotMatch(en, /[\u4e00-\u9fff]/, key)
})

test('pages take their texts from the table', () => {
  for (const path of sources(kSource)) {
    if (/texts\.ts$|client\.ts$/.test(path)) continue
    assert.doesNotMatch(readFileSync(path, 'utf8'), /[\u4e00-\u9fff]/, path)
  }
})

test('no text is left over', () => {
  const code = sources(kSource).filter((path) => !path.endsWith('texts.ts')).map((path) => readFileSync(path, 'utf8')).join('\n')
  const unused = Object.keys(texts).filter((key) => !new RegExp(`['"\`.]${key}\\b`).test(code))
  assert.deepEqual(unused, [])
})
