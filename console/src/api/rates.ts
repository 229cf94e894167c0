// Model calls and tokens as they are charged, by steps of time: one cheap question for the whole platform.
import { useEffect, useState } from 'react'
import { call } from './client'
import { useEvery, useLoaded, type Loaded } from './hooks'
import type { SumUsageRecordsResponse } from './types'

export type UsageSum = SumUsageRecordsResponse['items'][number]

export const kStepSeconds = 10
const kSteps = 60
const kLookAgain = 5000
const kCalls = 'input_tokens'
const isTokens = (sum: UsageSum) => sum.unit === 'token'

export interface Rates {
  // The end of each step, in ms; the rates stand beside them.
  times: number[]
  calls: number[]
  tokens: number[]
}

// Steps lie on whole multiples of their length, so that a step's sum does not change from look to look.
async function look(): Promise<Rates> {
  const step = kStepSeconds * 1000
  const end = Math.floor(Date.now() / step) * step
  const from = end - kSteps * step
  const { items } = await call('sum_usage_records', { query: { from: new Date(from).toISOString(), to: new Date(end).toISOString(), step_s: kStepSeconds } })
  const rates: Rates = { times: [], calls: new Array<number>(kSteps).fill(0), tokens: new Array<number>(kSteps).fill(0) }
  for (let i = 0; i < kSteps; ++i) rates.times.push(from + (i + 1) * step)
  for (const sum of items) {
    const place = Math.floor((Date.parse(sum.start) - from) / step)
    if (place < 0 || place >= kSteps) continue
    if (isTokens(sum)) rates.tokens[place]! += sum.quantity / kStepSeconds
    if (sum.meter === kCalls) rates.calls[place]! += sum.records / kStepSeconds
  }
  return rates
}

export function useRates(): Rates | undefined {
  const [rates, setRates] = useState<Rates>()
  const again = () => void look().then(setRates, () => undefined)
  useEffect(again, [])
  useEvery(kLookAgain, again)
  return rates
}

const kDay = 86_400_000

// Usage by local days, the last one today or `to`; days are of 24 hours.
export function useDays(from: Date, to: Date, project?: string, enabled = true): Loaded<UsageSum[]> {
  const query = { from: from.toISOString(), to: to.toISOString(), step_s: kDay / 1000, ...(project && { project }) }
  const load = async () => (await call('sum_usage_records', { query })).items
  return useLoaded(enabled ? load : undefined, JSON.stringify(query) + enabled)
}

export function daysBetween(from: Date, to: Date): number[] {
  const days: number[] = []
  for (let at = from.getTime(); at < to.getTime(); at += kDay) days.push(at)
  return days
}
