// What a new administrator does in the console, and what each page looks like.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import assert from 'node:assert/strict'
import { chromium } from 'playwright-core'

const setting = JSON.parse(process.env.KAPOK_E2E)
const kPassword = 'seventeen paper cranes'
const kPages = ['', 'models', 'playground', 'keys', 'bill', 'ledger', 'organizations', 'users', 'events']
const results = []
const faults = []

const browser = await chromium.launch({
  executablePath: setting.browser,
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--force-prefers-reduced-motion'],
})
const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })
context.setDefaultTimeout(10000)
const page = await context.newPage()
page.on('pageerror', (error) => faults.push(error.message))
page.on('console', (line) => {
  if (line.type() === 'error' && !/status of (400|401|404)/.test(line.text())) faults.push(line.text())
})

async function check(title, body) {
  const begun = performance.now()
  let failure = null
  try {
    await body()
  } catch (error) {
    failure = String(error.message ?? error)
    console.error(`FAILED ${title}\n${failure}`)
    await page.screenshot({ path: join(setting.screenshots, 'failed.png') }).catch(() => undefined)
  }
  results.push({ title, seconds: (performance.now() - begun) / 1000, failure })
}

const go = (path) => page.goto(`${setting.url}/${path}`)
const shot = (name) => page.screenshot({ path: join(setting.screenshots, name + '.png') })

// Waits until a page has its data: its title is there and nothing turns any more.
async function settled() {
  await page.locator('.page-head h1').waitFor()
  await page.waitForFunction(() => !document.querySelector('.ant-spin-spinning, .ant-card-loading'))
}

async function signIn(password) {
  await page.locator('#user').fill(setting.user)
  await page.locator('#password').fill(password)
  await page.locator('button[type=submit]').click()
}

await check('a wrong password is refused with its code, in Chinese', async () => {
  await go('')
  await signIn('wrong password here')
  await page.locator('.ant-alert-error').waitFor()
  const text = await page.locator('.ant-alert-error').innerText()
  assert.match(text, /identity\./)
  assert.match(text, /[\u4e00-\u9fff]/)
})

await check('算力 renders as glyphs, not as boxes', async () => {
  const ink = await page.evaluate(() => {
    const draw = (text) => {
      const canvas = document.createElement('canvas')
      canvas.width = canvas.height = 64
      const pen = canvas.getContext('2d')
      pen.font = `48px ${getComputedStyle(document.body).fontFamily}`
      pen.fillText(text, 4, 52)
      return pen.getImageData(0, 0, 64, 64).data.join()
    }
    return [draw('算'), draw('力'), draw('\u{10ffff}')]
  })
  assert.equal(new Set(ink).size, 3)
})

await check('the first password must be changed', async () => {
  await shot('sign-in-zh-wide')
  await signIn(setting.password)
  await page.locator('#present').fill(setting.password)
  await page.locator('#fresh').fill(kPassword)
  await page.locator('#again').fill(kPassword)
  await shot('password-zh-wide')
  await page.locator('button[type=submit]').click()
  await settled()
})

await check('a project is made', async () => {
  await go('organizations')
  await settled()
  await page.getByTestId('new-project').click()
  await page.locator('.ant-modal #name').fill('语音识别')
  await page.locator('.ant-modal .ant-btn-primary').click()
  await page.locator('td', { hasText: '语音识别' }).first().waitFor()
})

await check('its wallet is topped up', async () => {
  await go('bill')
  await settled()
  await page.getByTestId('top-up').click()
  await page.locator('.ant-modal #amount').fill('1234.50')
  await page.locator('.ant-modal .ant-btn-primary').click()
  await page.getByTestId('wallet-available').getByText('¥1,234.50').waitFor()
})

await check('a bad amount is refused where it was typed', async () => {
  await page.locator('.ant-modal').waitFor({ state: 'hidden' })
  await page.getByTestId('top-up').click()
  await page.locator('.ant-modal #amount').fill('many')
  await page.locator('.ant-modal .ant-btn-primary').click()
  await page.locator('.ant-modal .ant-alert-error').waitFor()
  await go('')
})

await check('a key is shown once', async () => {
  await go('keys')
  await settled()
  await page.getByTestId('new-key').click()
  await page.locator('.ant-modal #name').fill('ci')
  await page.locator('.ant-modal .ant-btn-primary').click()
  assert.match(await page.getByTestId('once').innerText(), /^kpk_/)
  await shot('key-zh-wide')
  await page.getByTestId('once-close').click()
  await page.locator('td', { hasText: 'ci' }).first().waitFor()
  await go('keys')
  await settled()
  assert.equal(await page.getByTestId('once').count(), 0)
})

await check('a model is connected, and answers word by word', async () => {
  const status = await page.evaluate(async (engine) => {
    const me = await (await fetch('/api/v1/me')).json()
    const post = async (path, body) => {
      const headers = { 'content-type': 'application/json', 'x-csrf-token': me.csrf_token }
      const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })
      return { status: answer.status, body: await answer.json() }
    }
    const model = await post('/api/v1/models', { name: 'tiny', license: 'Apache-2.0', source: 'tests', context_window: 1024 })
    const price = (amount) => ({ amount, currency: 'CNY' })
    const made = await post('/api/v1/deployments', {
      model: model.body.id, upstream: 'llama.cpp', url: engine, input_price: price('0.50'), output_price: price('2.00'),
    })
    return made.status
  }, setting.engine)
  assert.equal(status, 201)
  await go('playground')
  await settled()
  await page.getByTestId('chat-key').click()
  await page.waitForFunction(() => document.querySelector('.chat-side input[type=password]')?.value.startsWith('kpk_'))
  await page.locator('.chat-write textarea').fill('算力是什么？')
  await page.getByTestId('send').click()
  await page.locator('.said-note').waitFor({ timeout: 60000 })
  await shot('chat-zh-wide')
})

await check('the call is on the bill, and its line opens the records', async () => {
  await go('bill')
  await settled()
  await page.getByTestId('statement').locator('tr.row-link').first().click()
  await page.locator('.ant-drawer-body tbody tr.ant-table-row').first().waitFor()
  await shot('records-zh-wide')
})

await check('the books balance', async () => {
  await go('ledger')
  await settled()
  await page.locator('.ant-tag-success').waitFor()
})

await check('an event is proven', async () => {
  await go('events')
  await settled()
  await page.locator('tr.row-link').last().click()
  await page.locator('.ant-drawer-body .ant-alert-success').waitFor()
  await shot('proof-zh-wide')
})

await check('the language changes, and is remembered', async () => {
  await go('')
  await settled()
  await page.getByTestId('language').click()
  await page.locator('.page-head h1', { hasText: 'Overview' }).waitFor()
  await page.reload()
  await page.locator('.page-head h1', { hasText: 'Overview' }).waitFor()
})

await check('the keyboard reaches the navigation', async () => {
  await page.keyboard.press('Tab')
  const first = await page.evaluate(() => document.activeElement?.className)
  assert.equal(first, 'skip')
})

for (const language of ['en', 'zh']) {
  for (const [width, wide] of [[1280, 'wide'], [390, 'narrow']]) {
    await check(`every page in ${language} at ${width} px fits its window`, async () => {
      await page.setViewportSize({ width, height: width === 390 ? 844 : 800 })
      await page.evaluate((code) => localStorage.setItem('kapok.language', code), language)
      for (const path of kPages) {
        await go(path)
        await settled()
        await shot(`${path || 'overview'}-${language}-${wide}`)
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
        assert.ok(over <= 0, `/${path} is ${over} px too wide`)
        assert.equal(await page.locator('.page .ant-alert-error').count(), 0, `/${path} shows an error`)
      }
    })
  }
}

await check('dark is remembered', async () => {
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.getByTestId('shade').click()
  await go('')
  await settled()
  assert.equal(await page.evaluate(() => document.documentElement.dataset.shade), 'dark')
  await shot('overview-zh-dark')
})

await check('signing out leads to sign-in', async () => {
  await page.locator('.bar button').last().click()
  await page.locator('.ant-dropdown-menu-item').last().click()
  await page.locator('#user').waitFor()
})

await check('no script failed and no policy was broken', async () => assert.deepEqual(faults, []))

await browser.close()
writeFileSync(setting.report, JSON.stringify(results))
