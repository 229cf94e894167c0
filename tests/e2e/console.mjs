// What a new administrator does in the console, and what each page looks like.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { api, browser, check, faults, go, page, publish, results, setting, settled, shot, violations } from './browser.mjs'
import { computeChecks, endLongJob, made, startLongJob, stopAgent } from './compute.mjs'
import { modelChecks, talk } from './models.mjs'

// Those that the README and the guides show.
const kTelling = [
  ...['overview', 'node', 'job', 'bill', 'batches', 'evidence'].flatMap((name) => [`${name}-zh-wide`, `${name}-en-wide`]),
  'chat-en-wide', 'models-en-wide', 'sites-zh-wide', 'job-form-zh-wide', 'overview-zh-dark', 'overview-zh-narrow', 'overview-en-narrow', 'job-zh-narrow', 'job-en-narrow', 'proof-zh-wide', 'records-zh-wide', 'sign-in-zh-wide',
]
// Pages with more to see than a window shows.
const kTall = new Set(['overview', 'node', 'job'])
const kPassword = 'seventeen paper cranes'

async function signIn(password) {
  await page.locator('#user').fill(setting.user)
  await page.locator('#password').fill(password)
  await page.locator('button[type=submit]').click()
}

await check('a wrong password is refused with its code, in Chinese', async () => {
  await go('')
  await page.locator('#user').waitFor()
  await shot('sign-in-zh-wide')
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
  made.project = (await api('GET', '/api/v1/projects')).body.items[0].id
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

await computeChecks()

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

await modelChecks()
await startLongJob()

await check('a company has a project and people of its own', async () => {
  const me = (await api('GET', '/api/v1/me')).body
  const company = await api('POST', '/api/v1/organizations', { parent_id: me.organization_id, name: '岭南生物科技', kind: 'company' })
  assert.equal(company.status, 201)
  for (const name of ['基因序列分析', '药物筛选']) {
    assert.equal((await api('POST', '/api/v1/projects', { organization_id: company.body.id, name })).status, 201)
  }
  for (const [name, display_name, role] of [['chen.lan', '陈岚', 'consumer'], ['wu.jing', '吴静', 'auditor']]) {
    const organization_id = role === 'auditor' ? me.organization_id : company.body.id
    assert.equal((await api('POST', '/api/v1/users', { organization_id, name, display_name, roles: [{ organization_id, role }] })).status, 201)
  }
})

if (setting.telling) await talk(60)

await check('the overview shows the call as it was charged', async () => {
  await go('')
  await settled()
  await page.getByTestId('all-well').waitFor()
  await page.waitForFunction(() => document.querySelectorAll('[data-chart] canvas').length >= 4)
})

await check('the call is on the bill, and its line opens the records', async () => {
  await go(`bill?project=${made.project}`)
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

await check('a metric is drawn, and was unknown before the platform began', async () => {
  await go('numbers?metric=wallet_balances')
  await settled()
  await page.getByTestId('catalogue').locator('tr.row-link').nth(9).waitFor()
  const value = (await api('GET', '/api/v1/metrics-catalogue/wallet_balances/value')).body
  assert.equal(value.known, true)
  assert.equal(value.values[0].labels.currency, 'CNY')
  await page.waitForFunction(() => document.querySelectorAll('[data-testid=metric] [data-chart] canvas').length > 0)
  await go('numbers?metric=wallet_balances&as_of=2020-01-01T12:00:00Z')
  await settled()
  await page.getByTestId('unknown').waitFor()
  assert.match(await page.getByTestId('as-of').inputValue(), /^2020-01-01/)
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

const pages = ['', 'sites', made.node, 'jobs', 'jobs/new', made.job, 'models', 'playground', 'batches', 'keys', 'bill', 'ledger', 'organizations', 'users', 'numbers', 'events', 'evidence', 'password']
const titled = (path) => (path.startsWith('nodes/') ? 'node' : path.startsWith('jobs/job_') ? 'job' : path.replace('/', '-') || 'overview')

for (const shade of ['light', 'dark']) {
  for (const language of ['en', 'zh']) {
    for (const [width, wide] of [[1280, 'wide'], [390, 'narrow']]) {
      await check(`every page in ${language}, ${shade}, at ${width} px fits its window`, async () => {
        await page.setViewportSize({ width, height: width === 390 ? 844 : 800 })
        await page.evaluate(([code, tone]) => {
          localStorage.setItem('kapok.language', code)
          localStorage.setItem('kapok.shade', tone)
        }, [language, shade])
        for (const path of pages) {
          await go(path)
          await settled()
          if (shade === 'light') await shot(`${titled(path)}-${language}-${wide}`, kTall.has(titled(path)))
          const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
          assert.ok(over <= 0, `/${path} is ${over} px too wide`)
          assert.equal(await page.locator('.page .ant-alert-error').count(), 0, `/${path} shows an error`)
          if (language === 'en') assert.doesNotMatch(await page.locator('.page-head > div').first().innerText(), /[\u4e00-\u9fff]/, `/${path} has Chinese in its head`)
        }
      })
    }
  }
}

for (const shade of ['light', 'dark']) {
  await check(`axe finds nothing on any page, ${shade}`, async () => {
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.evaluate((tone) => localStorage.setItem('kapok.shade', tone), shade)
    const found = []
    for (const path of pages) {
      await go(path)
      await settled()
      for (const violation of await violations()) found.push(`/${path} ${violation}`)
    }
    assert.deepEqual(found, [])
  })
}

await check('dark is remembered', async () => {
  await page.evaluate(() => localStorage.setItem('kapok.shade', 'light'))
  await go('')
  await settled()
  await page.getByTestId('shade').click()
  await go('')
  await settled()
  assert.equal(await page.evaluate(() => document.documentElement.dataset.shade), 'dark')
  await shot('overview-zh-dark', true)
})

await endLongJob()

await check('signing out leads to sign-in', async () => {
  await page.locator('.bar button').last().click()
  await page.locator('.ant-dropdown-menu-item').last().click()
  await page.locator('#user').waitFor()
})

await check('no script failed and no policy was broken', async () => assert.deepEqual(faults, []))

if (setting.telling) await publish(kTelling)
await browser.close()
stopAgent()
writeFileSync(setting.report, JSON.stringify(results))
