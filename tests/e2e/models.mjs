// A model is connected and talked to, a batch runs from a file, and an evidence bundle is taken and verified.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { api, check, go, page, setting, settled, shot } from './browser.mjs'
import { made } from './compute.mjs'

const kQuestions = ['What is compute?', 'Name three rivers.', 'What does a bank do?', 'Why is the sky blue?', 'What is a tree?', 'Count to five.']

const call = (id, text) => JSON.stringify({
  custom_id: id, method: 'POST', url: '/v1/chat/completions',
  body: { model: setting.model, max_tokens: 24, messages: [{ role: 'user', content: text }] },
})

// Calls as people would, now more, now fewer.
export async function talk(seconds) {
  const key = (await api('POST', '/api/v1/keys', { project_id: made.project, name: 'assistant', scopes: ['gateway:call'], role: 'consumer' })).body.key
  const end = Date.now() + seconds * 1000
  for (let turn = 0; Date.now() < end; ++turn) {
    await fetch(setting.url + '/v1/chat/completions', {
      method: 'POST', headers: { authorization: 'Bearer ' + key, 'content-type': 'application/json' },
      body: JSON.stringify({ model: setting.model, max_tokens: 8 + 16 * (turn % 5), messages: [{ role: 'user', content: kQuestions[turn % kQuestions.length] }] }),
    }).then((answer) => answer.text())
    await new Promise((resolve) => setTimeout(resolve, 150 + 500 * (Math.sin(turn / 4) + 1)))
  }
}

async function submitBatch(name, lines) {
  const file = join(setting.folder, name)
  writeFileSync(file, lines.join('\n') + '\n')
  await page.getByTestId('new-batch').click()
  await page.locator('.ant-modal input[type=file]').setInputFiles(file)
  await page.locator('.ant-modal .ant-btn-primary').click()
  await page.locator('.ant-modal').waitFor({ state: 'hidden' })
  const row = page.getByTestId('batches').locator('tr.row-link', { hasText: name })
  await row.waitFor()
  return row
}

export async function modelChecks() {
  await check('a model is connected, and answers word by word', async () => {
    const model = await api('POST', '/api/v1/models', {
      name: setting.model, license: 'Apache-2.0', source: 'hub:HuggingFaceTB/SmolLM2-135M-Instruct', description: 'SmolLM2, 135M', context_window: 1024,
    })
    await api('POST', '/api/v1/models', { name: 'qwen3-8b', license: 'Apache-2.0', source: 'hub:Qwen/Qwen3-8B-GGUF', description: 'Qwen3, 8B', context_window: 32768 })
    const price = (amount) => ({ amount, currency: 'CNY' })
    const deployment = await api('POST', '/api/v1/deployments', {
      model: model.body.id, upstream: 'llama.cpp', url: setting.engine, input_price: price('0.50'), output_price: price('2.00'),
    })
    assert.equal(deployment.status, 201)
    await go('playground')
    await settled()
    await page.getByTestId('chat-key').click()
    await page.waitForFunction(() => document.querySelector('.chat-side input[type=password]')?.value.startsWith('kpk_'))
    await page.locator('.chat-write textarea').fill('算力是什么？')
    await page.getByTestId('send').click()
    await page.locator('.said-note', { hasText: '词元/秒' }).waitFor({ timeout: 60000 })
    await page.locator('.said-note', { hasText: '费用 ¥' }).waitFor()
    await shot('chat-zh-wide')
    await page.getByTestId('language').click()
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.locator('.chat-write textarea').fill('Explain in one sentence what compute is.')
    await page.getByTestId('send').click()
    await page.locator('.said-note', { hasText: 'Cost ¥' }).waitFor({ timeout: 60000 })
    await shot('chat-en-wide')
    await page.getByTestId('language').click()
  })

  await check('only models that are ready can be chosen', async () => {
    await page.locator('.chat-side .ant-select').first().click()
    await page.locator('.ant-select-item').first().waitFor()
    assert.deepEqual(await page.locator('.ant-select-item').allInnerTexts(), [setting.model])
  })

  await check('a batch runs from a file, and its results come down', async () => {
    await go(`batches?project=${made.project}`)
    await settled()
    const lines = Array.from({ length: 24 }, (_, i) => call(`q-${i + 1}`, kQuestions[i % kQuestions.length]))
    const row = await submitBatch('questions.jsonl', lines)
    await row.getByText('已完成').waitFor({ timeout: 120000 })
    await row.getByText('24 / 24 行').waitFor()
    const [file] = await Promise.all([page.waitForEvent('download'), row.getByRole('button', { name: '结果' }).click()])
    assert.equal(file.suggestedFilename(), 'questions-output.jsonl')
    const answers = readFileSync(await file.path(), 'utf8').trim().split('\n').map((line) => JSON.parse(line))
    assert.deepEqual(new Set(answers.map((answer) => answer.custom_id)).size, 24)
    assert.ok(answers.every((answer) => answer.response.status_code === 200))
  })

  await check('a batch with a bad line says which', async () => {
    const row = await submitBatch('bad.jsonl', [call('a', 'x'), 'not json'])
    await row.getByText('输入有误').waitFor({ timeout: 30000 })
    await row.click()
    await page.locator('.ant-drawer-body .reasons').getByText('第 2 行').waitFor()
    await shot('batch-faults-zh-wide')
  })

  await check('an evidence bundle is taken, and verified without the platform', async () => {
    await go(`evidence?project=${made.project}`)
    await settled()
    const [file] = await Promise.all([page.waitForEvent('download', { timeout: 30000 }), page.getByTestId('take-evidence').click()])
    assert.equal(file.suggestedFilename(), 'evidence.json')
    const kept = join(setting.folder, 'evidence.json')
    writeFileSync(kept, readFileSync(await file.path()))
    const words = (await page.locator('.once code').first().innerText()).trim().split(/\s+/)
    assert.deepEqual(words.slice(0, 3), ['kapok', 'verify', 'evidence.json'])
    execFileSync(setting.kapok, ['verify', kept, ...words.slice(3)], { timeout: 60000 })
    assert.throws(() => execFileSync(setting.kapok, ['verify', kept, '--trust', 'ed25519:' + 'A'.repeat(43)], { timeout: 60000, stdio: 'ignore' }))
  })
}
