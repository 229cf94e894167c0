// Sums of money in exact micro-units; no amount passes through a floating-point number.
import type { Money } from './api/types'

export function micros(money: Money): bigint {
  const [whole = '0', fraction = ''] = money.amount.split('.')
  const sum = BigInt(whole.replace('-', '')) * 1000000n + BigInt(fraction.padEnd(6, '0').slice(0, 6))
  return whole.startsWith('-') ? -sum : sum
}

export function moneyOf(sum: bigint, currency: Money['currency'] = 'CNY'): Money {
  const digits = (sum < 0n ? -sum : sum).toString().padStart(7, '0')
  return { amount: `${sum < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`, currency }
}

export function total(all: Money[], currency: Money['currency'] = 'CNY'): Money {
  return moneyOf(all.filter((money) => money.currency === currency).reduce((sum, money) => sum + micros(money), 0n), currency)
}
