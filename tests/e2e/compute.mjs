// A host joins by the command that the console shows, is measured, and runs a job.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { api, check, context, go, page, setting, settled, shot } from './browser.mjs'

const kYaml = `name: from-yaml
command: [/bin/sh, -c, "for i in 1 2 3 4 5 6 7 8; do echo line $i; sleep 0.4; done; echo 算力 > result.txt"]
outputs: [result.txt]
cpu: 500m
memory: 128MiB
time_limit: 1m
priority: 60
`

export const made = {}
let agent

export function stopAgent() {
  agent?.kill('SIGTERM')
}

// The words of a line that people would paste, with this test's program and folder.
function pasted(line) {
  const [program, ...rest] = line.trim().split(/\s+/)
  assert.equal(program, 'kapok')
  return [...rest, '--data', join(setting.folder, 'agent'), ...(rest[1] === 'join' ? ['--name', 'gz-node-01'] : [])]
}

// Runs while the pages are looked at, so that they show a node at work.
export async function startLongJob() {
  await check('a job runs while the pages are looked at', async () => {
    const job = await api('POST', '/api/v1/jobs', {
      project_id: made.project, name: 'embedding-index', command: ['/bin/sh', '-c', 'while :; do sleep 1; done'], cpu: '1', memory: '6GiB', time_limit: '15m',
    })
    assert.equal(job.status, 201)
    made.long = job.body.id
    await go('jobs?state=running')
    await page.locator('tr.row-link', { hasText: 'embedding-index' }).waitFor({ timeout: 30000 })
  })
}

// It would outlive the agent.
export async function endLongJob() {
  await check('the job that still runs is cancelled from its page', async () => {
    await go('jobs/' + made.long)
    await settled()
    await page.getByTestId('cancel-job').click()
    await page.locator('.ant-modal-confirm .ant-btn-primary').click()
    await page.locator('[data-state="cancelled"]').waitFor({ timeout: 30000 })
  })
}

export async function computeChecks() {
  await check('a host joins by the command that the console shows', async () => {
    await go('sites')
    await settled()
    await page.getByTestId('add-node').click()
    await page.locator('.ant-modal #site_name').fill('广州智算中心')
    await page.locator('.ant-modal .ant-btn-primary').click()
    const text = await page.getByTestId('join').innerText()
    await shot('join-zh-wide')
    await page.getByTestId('once-close').click()
    const [join, run] = text.trim().split('\n')
    execFileSync(setting.kapok, pasted(join), { timeout: 30000 })
    agent = spawn(setting.kapok, pasted(run), { stdio: 'ignore' })
    await page.locator('tr.row-link', { hasText: '在线' }).waitFor({ timeout: 30000 })
    await page.locator('tr.row-link').first().click()
    await page.waitForURL(/\/nodes\/node_/)
    made.node = new URL(page.url()).pathname.slice(1)
    await settled()
  })

  await check('a node is measured when it is asked to, and its intervals are drawn', async () => {
    await page.getByTestId('measure').click()
    await page.locator('.ant-modal .ant-btn-primary').click()
    await page.getByTestId('measurements').waitFor({ timeout: 120000 })
    await page.locator('.reading').nth(4).waitFor()
    await page.waitForFunction(() => document.querySelectorAll('[data-chart] canvas').length >= 2)
    const share = await page.locator('.reading .use small').first().innerText()
    assert.match(share, /^\d+(\.\d+)?%$/)
  })

  await check('a node is drained and taken in again', async () => {
    await page.getByRole('button', { name: '排空' }).click()
    await page.locator('.ant-modal-confirm .ant-btn-primary').click()
    await page.getByTestId('take-in').click()
    await page.locator('.ant-modal-confirm .ant-btn-primary').click()
    await page.getByRole('button', { name: '排空' }).waitFor()
  })

  await check('a job.yaml that is none is refused with the reason', async () => {
    await go('jobs/new')
    await settled()
    await page.getByTestId('import-yaml').click()
    await page.getByTestId('yaml').fill('name: a\nname: b\n')
    await page.locator('.ant-modal .ant-btn-primary').click()
    await page.locator('.ant-modal .ant-alert-error').waitFor()
  })

  await check('a job from a job.yaml runs, and its log goes on where the line broke', async () => {
    await page.getByTestId('yaml').fill(kYaml)
    await page.locator('.ant-modal .ant-btn-primary').click()
    await page.waitForFunction(() => document.querySelector('#name')?.value === 'from-yaml')
    await shot('job-form-zh-wide')
    await page.getByTestId('submit').click()
    await page.waitForURL(/\/jobs\/job_/)
    made.job = new URL(page.url()).pathname.slice(1)
    await page.getByTestId('log').getByText('line 2').waitFor({ timeout: 60000 })
    await context.setOffline(true)
    await page.waitForTimeout(300)
    await context.setOffline(false)
    await page.locator('[data-state="succeeded"]').waitFor({ timeout: 60000 })
    await page.getByTestId('log').getByText('line 8').waitFor({ timeout: 20000 })
    const lines = (await page.getByTestId('log').innerText()).match(/line \d/g)
    assert.deepEqual(lines, [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `line ${n}`))
  })

  await check('its output comes down as it was written', async () => {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByTestId('outputs').locator('a').first().click()])
    assert.equal(file.suggestedFilename(), 'result.txt')
    assert.equal(readFileSync(await file.path(), 'utf8'), '算力\n')
  })

  await check('its decision is told in words, with the terms of the score', async () => {
    const told = await page.getByTestId('decisions').innerText()
    assert.match(told, /共考虑 1 个节点/)
    assert.match(told, /实测速度/)
    assert.ok((await page.locator('.score-bar span').count()) >= 4)
  })

  await check('an example runs as it is', async () => {
    await go('jobs/new')
    await settled()
    await page.getByTestId('examples').click()
    await page.locator('.ant-select-item', { hasText: '统计文本词频' }).click()
    await page.getByTestId('submit').click()
    await page.waitForURL(/\/jobs\/job_/)
    await page.locator('[data-state="succeeded"]').waitFor({ timeout: 60000 })
    await page.getByTestId('outputs').getByText('words.txt').waitFor()
    made.job = new URL(page.url()).pathname.slice(1)
  })

  await check('jobs are listed by state', async () => {
    await go('jobs?state=cancelled')
    await settled()
    await page.locator('.ant-empty').waitFor()
    await go('jobs?state=succeeded')
    await page.locator('tr.row-link').nth(1).waitFor()
  })
}
