import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { load } from './load.mjs'

const { texts } = await load('texts.ts')
const { names } = await load('names.ts')
const kSource = fileURLToPath(new URL('../src', import.meta.url))

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sources(path)
    return /\.tsx?$/.test(entry.name) && entry.name !== 'types.ts' ? [path] : []
  })
}

test('every text is there in both languages with the same values', () => {
  const values = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).filter((value) => value !== '{s}').sort()
  for (const [key, [zh, en]] of Object.entries(texts)) {
    assert.ok(zh && en, key)
    assert.deepEqual(values(zh), values(en), key)
  }
})

test('every code has a name in both languages with the same values', () => {
  const values = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort()
  for (const [kind, codes] of Object.entries(names)) {
    for (const [code, [zh, en]] of Object.entries(codes)) {
      assert.ok(zh && en, `${kind} ${code}`)
      assert.doesNotMatch(en, /[\u4e00-\u9fff]/, `${kind} ${code}`)
      assert.deepEqual(values(zh), values(en), `${kind} ${code}`)
    }
  }
})

// What the document lists as the choices of a field, each of them has a name.
test('every code of the API has a name', () => {
  const document = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'))
  const choices = (schema, member) => {
    const found = document.components.schemas[schema]?.properties?.[member]
    assert.ok(found?.enum, `${schema}.${member}`)
    return found.enum
  }
  const wanted = { job: choices('Job', 'state'), node: choices('Node', 'state'), network: ['none', 'outbound'] }
  for (const [kind, codes] of Object.entries(wanted)) for (const code of codes) assert.ok(names[kind][code], `${kind} ${code}`)
})

test('English texts have no Chinese in them, but for the name of the language', () => {
  for (const [key, [, en]] of Object.entries(texts)) if (key !== 'language') assert.doesNotMatch(en, /[\u4e00-\u9fff]/, key)
})

test('pages take their texts from the table', () => {
  for (const path of sources(kSource)) {
    if (/(texts|names|client)\.ts$/.test(path)) continue
    assert.doesNotMatch(readFileSync(path, 'utf8'), /[\u4e00-\u9fff]/, path)
  }
})

test('no text is left over', () => {
  const code = sources(kSource).filter((path) => !path.endsWith('texts.ts')).map((path) => readFileSync(path, 'utf8')).join('\n')
  const unused = Object.keys(texts).filter((key) => !new RegExp(`['"\`.]${key}\\b`).test(code))
  assert.deepEqual(unused, [])
})
