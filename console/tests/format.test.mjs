import assert from 'node:assert/strict'
import test from 'node:test'
import { load } from './load.mjs'

const { words, line, reading, bytes, coresText, durationText, spaced } = await load('format.ts')
const { micros, moneyOf, total } = await load('money.ts')

test('a command line becomes words, and words a line that reads back', () => {
  assert.deepEqual(words(`python3 run.py --name "two words" 'it''s' a\\ b ""`), ['python3', 'run.py', '--name', 'two words', 'its', 'a b', ''])
  // Seeded, so that a failure can be made again.
  let seed = 20261123
  const random = (below) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below
  const alphabet = [...`ab 算"'\\$\t-=/`]
  for (let round = 0; round < 500; ++round) {
    const command = Array.from({ length: 1 + random(4) }, () => Array.from({ length: random(6) }, () => alphabet[random(alphabet.length)]).join(''))
    assert.deepEqual(words(line(command)), command)
  }
})

test('readings are shown in units that people know', () => {
  assert.equal(reading('fp32_gemm', 'op/s', 161_400_000_000), '161 GFLOP/s')
  assert.equal(reading('disk_latency', 'ns', 180_000), '180 µs')
  assert.equal(reading('model_tokens', 'millitoken/s', 41_250), '41.3 token/s')
  assert.equal(bytes(22_748_866_560), '21.2 GiB')
})

test('a job.yaml\'s quantities are shown in words', () => {
  const t = (key, values) => `${key} ${JSON.stringify(values)}`
  assert.equal(durationText('2m', t), 'wholeMinutes {"n":2}')
  assert.equal(durationText('1h30m', t), 'hours {"h":1,"m":30}')
  assert.equal(durationText('90s', t), 'minutes {"m":1,"s":30}')
  assert.equal(durationText('soon', t), 'soon')
  assert.equal(coresText('500m', t), 'cores {"n":"0.5"}')
  assert.equal(coresText('2', t), 'cores {"n":"2"}')
  assert.equal(spaced('512MiB'), '512 MiB')
})

test('sums are exact beyond what a double holds', () => {
  const large = { amount: '9007199254.740993', currency: 'CNY' }
  assert.equal(micros(large), 9007199254740993n)
  assert.equal(total([large, { amount: '0.000001', currency: 'CNY' }, { amount: '5', currency: 'USD' }]).amount, '9007199254.740994')
  assert.equal(moneyOf(-1n).amount, '-0.000001')
  assert.equal(micros({ amount: '-0.5', currency: 'CNY' }), -500000n)
})
