// Usage over time: live rates, and days with tokens and money.
import type { EChartsCoreOption } from 'echarts/core'
import dayjs from 'dayjs'
import { useMemo } from 'react'
import type { Rates, UsageSum } from '../api/rates'
import { daysBetween } from '../api/rates'
import { quantity } from '../format'
import { useSettings } from '../settings'
import { Chart, kSeries, useFrame } from './chart'

export function RateChart({ rates, values, label, color }: { rates: Rates; values: number[]; label: string; color: number }) {
  const frame = useFrame()
  const option = useMemo<EChartsCoreOption>(() => ({
    grid: { ...frame.grid, top: 10 },
    tooltip: { ...frame.tooltip, valueFormatter: (value: number) => value.toFixed(value < 10 ? 2 : 0) },
    xAxis: { type: 'category', boundaryGap: false, data: rates.times.map((at) => dayjs(at).format('HH:mm:ss')), ...frame.axis, axisLabel: { ...frame.text, interval: 17, formatter: (text: string) => text.slice(0, 5) } },
    yAxis: { type: 'value', min: 0, minInterval: 0.1, splitNumber: 3, ...frame.axis, axisLine: { show: false }, ...frame.split },
    series: [{ name: label, type: 'line', data: values.map((value) => Number(value.toFixed(3))), showSymbol: false, smooth: 0.2, color: kSeries[color], lineStyle: { width: 2 }, areaStyle: { opacity: 0.14 } }],
  }), [rates, values, label, color, frame])
  return <Chart option={option} height={150} label={label} />
}

// Decimal text to a number, for drawing only: sums in words stay decimal.
const drawn = (sum: UsageSum) => Number(sum.amount.amount)

interface DaysProps {
  sums: UsageSum[]
  from: Date
  to: Date
  what: 'money' | 'usage'
  label: string
  height?: number
}

export function DaysChart({ sums, from, to, what, label, height = 220 }: DaysProps) {
  const { t, name } = useSettings()
  const frame = useFrame()
  const option = useMemo<EChartsCoreOption>(() => {
    const days = daysBetween(from, to)
    const own = what === 'money' ? sums : sums.filter((sum) => sum.unit === 'token')
    const meters = [...new Set(own.map((sum) => sum.meter))].sort()
    const place = (sum: UsageSum) => Math.floor((Date.parse(sum.start) - from.getTime()) / 86_400_000)
    const series = meters.map((meter, i) => {
      const data = days.map(() => 0)
      for (const sum of own) if (sum.meter === meter && data[place(sum)] !== undefined) data[place(sum)]! += what === 'money' ? drawn(sum) : sum.quantity
      return { name: name('meter', meter), type: 'bar', stack: 'all', barMaxWidth: 26, color: kSeries[i % kSeries.length], data: data.map((value) => Number(value.toFixed(6))) }
    })
    const show = (value: number) => (what === 'money' ? '¥' + value.toLocaleString('en-US', { maximumFractionDigits: 6 }) : quantity(value, 'token', t, name('unit', 'token')))
    return {
      grid: { ...frame.grid, top: series.length > 2 ? 56 : 36 }, legend: { ...frame.legend, data: series.map((one) => one.name) },
      tooltip: { ...frame.tooltip, axisPointer: { type: 'shadow' }, valueFormatter: show },
      xAxis: { type: 'category', data: days.map((at) => dayjs(at).format('MM-DD')), ...frame.axis },
      yAxis: { type: 'value', min: 0, splitNumber: 4, ...frame.axis, axisLine: { show: false }, ...frame.split, axisLabel: { ...frame.text, formatter: (value: number) => (what === 'money' ? '¥' + value : value >= 1e6 ? value / 1e6 + 'M' : value >= 1e3 ? value / 1e3 + 'k' : String(value)) } },
      series,
    }
  }, [sums, from, to, what, frame, t, name])
  return <Chart option={option} height={height} label={label} />
}
