// Quantities as people read them. Measured and displayed only: sums of money never pass through here.
import type { Translate } from './settings'

const kBinary = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
const kDecimal = ['', 'k', 'M', 'G', 'T', 'P']
const kHourMs = 3_600_000

function digits(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 })
}

export function bytes(count: number): string {
  let step = 0
  for (; count >= 1024 && step < kBinary.length - 1; ++step) count /= 1024
  return `${digits(count)} ${kBinary[step]}`
}

function scaled(value: number, unit: string): string {
  let step = 0
  for (; value >= 1000 && step < kDecimal.length - 1; ++step) value /= 1000
  return `${digits(value)} ${kDecimal[step]}${unit}`
}

// A reading of a measurement, from the base unit in which it is signed.
export function reading(metric: string, unit: string, value: number): string {
  if (unit === 'op/s') return scaled(value, metric === 'fp32_gemm' ? 'FLOP/s' : 'OP/s')
  if (unit === 'byte/s') return scaled(value, 'B/s')
  if (unit === 'millitoken/s') return `${digits(value / 1000)} token/s`
  if (unit === 'ns') return value < 1e3 ? `${digits(value)} ns` : value < 1e6 ? `${digits(value / 1e3)} µs` : `${digits(value / 1e6)} ms`
  return `${digits(value)} ${unit}`
}

export function cores(milli: number): string {
  return digits(milli / 1000)
}

export function percent(ppm: number): string {
  return `${digits(ppm / 10_000)}%`
}

export function span(ms: number, t: Translate): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 60) return t('seconds', { n: digits(seconds) })
  if (seconds >= 3600 && seconds % 3600 === 0) return t('wholeHours', { n: seconds / 3600 })
  if (seconds < 3600 && seconds % 60 === 0) return t('wholeMinutes', { n: seconds / 60 })
  if (seconds < 3600) return t('minutes', { m: Math.floor(seconds / 60), s: Math.floor(seconds % 60) })
  return t('hours', { h: Math.floor(seconds / 3600), m: Math.floor((seconds % 3600) / 60) })
}

// A metered quantity: card-hours and core-hours are only displayed, the record keeps milliseconds.
export function quantity(count: number, unit: string, t: Translate, name: string): string {
  if (unit !== 'core_ms' && unit !== 'card_ms') return `${count.toLocaleString('en-US')} ${name}`
  const core = unit === 'core_ms'
  if (count < kHourMs) return t(core ? 'coreSeconds' : 'cardSeconds', { n: (count / 1000).toLocaleString('en-US', { maximumFractionDigits: 3 }) })
  return t(core ? 'coreHours' : 'cardHours', { n: (count / kHourMs).toLocaleString('en-US', { maximumFractionDigits: 3 }) })
}

// Words of a command line; quotes keep spaces together, a backslash keeps the next character.
export function words(line: string): string[] {
  const found: string[] = []
  let word: string | undefined
  let quote = ''
  for (let i = 0; i < line.length; ++i) {
    const c = line.charAt(i)
    if (c === '\\' && quote !== "'" && i + 1 < line.length) word = (word ?? '') + line.charAt(++i)
    else if (quote) {
      if (c === quote) quote = ''
      else word += c
    } else if (c === '"' || c === "'") {
      quote = c
      word ??= ''
    } else if (/\s/.test(c)) {
      if (word !== undefined) found.push(word)
      word = undefined
    } else word = (word ?? '') + c
  }
  if (word !== undefined) found.push(word)
  return found
}

// The same words as one line that words() reads back.
export function line(command: readonly string[]): string {
  return command.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`)).join(' ')
}

// Quantities of a job.yaml, as it spells them.
export function coresText(text: string, t: Translate): string {
  const amount = text.endsWith('m') ? Number(text.slice(0, -1)) / 1000 : Number(text)
  return Number.isFinite(amount) ? t('cores', { n: digits(amount) }) : text
}

export function spaced(text: string): string {
  return text.replace(/^([\d.]+)([A-Za-z]+)$/, '$1 $2')
}

export function durationText(text: string, t: Translate): string {
  const parts = [...text.matchAll(/(\d+)(ms|h|m|s)/g)]
  const scale: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
  if (parts.map(([whole]) => whole).join('') !== text) return text
  return span(parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (scale[unit ?? ''] ?? 0), 0), t)
}
