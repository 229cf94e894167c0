import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

test('the types are what docs/openapi.json says', () => {
  const script = fileURLToPath(new URL('../scripts/api-types.mjs', import.meta.url))
  const run = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })
  assert.equal(run.status, 0, run.stderr)
})

test('the lock names no address to download from', () => {
  const lock = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')
  assert.doesNotMatch(lock, /"resolved"/)
})

test('the page runs no script of its own and fetches nothing from elsewhere', () => {
  const page = readFileSync(new URL('../index.html', import.meta.url), 'utf8')
  assert.doesNotMatch(page, /<script(?![^>]*\bsrc=)/)
  assert.doesNotMatch(page, /https?:\/\//)
})
