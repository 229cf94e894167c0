import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { load } from './load.mjs'

const { lines } = await load('charts/bubble.ts')
const kSource = fileURLToPath(new URL('../src', import.meta.url))

const sources = readdirSync(kSource, { recursive: true }).filter((name) => /\.tsx?$/.test(name)).map((name) => [relative('.', name), readFileSync(join(kSource, name), 'utf8')])

// The files, but for those named, in which something of the kind is written.
function users(pattern, ...allowed) {
  return sources.filter(([name, text]) => pattern.test(text) && !allowed.includes(name)).map(([name]) => name)
}

test('no page makes HTML or code of what it was given', () => {
  assert.ok(sources.length > 30)
  assert.deepEqual(users(/dangerouslySetInnerHTML|(inner|outer)HTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|postMessage/i), [])
  assert.deepEqual(users(/<br|&lt;|&#/, 'charts/bubble.ts'), [])
})

test('a name in a bubble of a chart stays text', () => {
  assert.equal(lines('<img src=x onerror="a()">', "b & 'c'"), '&#60;img src=x onerror=&#34;a()&#34;&#62;<br/>b &#38; &#39;c&#39;')
  assert.equal(lines('算力 1.5 (1 – 2)'), '算力 1.5 (1 – 2)')
})

test('a browser keeps nothing but language and shade', () => {
  assert.deepEqual(users(/localStorage|sessionStorage|indexedDB|document\.cookie|caches\.open/, 'settings.tsx'), [])
  const kept = [...sources.find(([name]) => name === 'settings.tsx')[1].matchAll(/'kapok\.(\w+)'/g)].map((found) => found[1])
  assert.deepEqual([...new Set(kept)].sort(), ['language', 'shade'])
})
