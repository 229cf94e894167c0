// What all checks share: one page of Debian's Chromium, titled checks, and a look for axe.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

export const setting = JSON.parse(process.env.KAPOK_E2E)
export const results = []
export const faults = []

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export const browser = await chromium.launch({
  executablePath: setting.browser,
  args: ['--no-sandbox', '--disable-dev-shm-usage'],
})
export const context = await browser.newContext({
  viewport: { width: 1280, height: 800 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', acceptDownloads: true, reducedMotion: 'reduce',
})
context.setDefaultTimeout(10000)
await context.grantPermissions(['clipboard-read', 'clipboard-write'])
export const page = await context.newPage()
page.on('pageerror', (error) => faults.push(error.message))
page.on('console', (line) => {
  if (line.type() === 'error' && !/status of (400|401|404|422)|ERR_INTERNET_DISCONNECTED/.test(line.text())) faults.push(line.text())
})

export async function check(title, body) {
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

export const go = (path) => page.goto(`${setting.url}/${path}`)
export const shot = (name, fullPage = false) => page.screenshot({ path: join(setting.screenshots, name + '.png'), fullPage })

// Writes screenshots as WebP, which the browser itself makes of them.
export async function publish(names) {
  const blank = await browser.newPage()
  for (const name of names) {
    const png = readFileSync(join(setting.screenshots, name + '.png')).toString('base64')
    const webp = await blank.evaluate(async (data) => {
      const image = new Image()
      image.src = 'data:image/png;base64,' + data
      await image.decode()
      const canvas = document.createElement('canvas')
      canvas.width = image.width
      canvas.height = image.height
      canvas.getContext('2d').drawImage(image, 0, 0)
      return canvas.toDataURL('image/webp', 0.82).split(',')[1]
    }, png)
    writeFileSync(join(setting.telling, name + '.webp'), Buffer.from(webp, 'base64'))
  }
}

// Waits until a page has its data: its title is there, nothing turns any more, and charts are drawn.
export async function settled() {
  await page.locator('.page-head h1').waitFor()
  await page.waitForFunction(
    () => !document.querySelector('.ant-spin-spinning, .ant-card-loading, .ant-skeleton, .ant-select-loading, .ant-btn-loading') &&
      [...document.querySelectorAll('[data-chart]')].every((chart) => chart.querySelector('canvas')),
  )
}

// What axe finds against WCAG 2 A and AA, as "rule: element".
export async function violations() {
  await page.evaluate(axe)
  return page.evaluate(async () => {
    const found = await globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa'] })
    return found.violations.flatMap(({ id, nodes }) => nodes.map(({ target, any }) => `${id}: ${target.join(' ')} ${any[0]?.message ?? ''}`))
  })
}

// Calls the API as the signed-in person.
export function api(method, path, body) {
  return page.evaluate(
    async ([method, path, body]) => {
      const me = await (await fetch('/api/v1/me')).json()
      const headers = { 'content-type': 'application/json', 'x-csrf-token': me.csrf_token }
      const answer = await fetch(path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
      const text = await answer.text()
      return { status: answer.status, body: text ? JSON.parse(text) : undefined }
    },
    [method, path, body],
  )
}
