// A chart in the colours of the page. What it needs to draw is fetched when the first one is shown.
import type { CustomSeriesRenderItem } from 'echarts'
import type { EChartsCoreOption } from 'echarts/core'
import { Skeleton, theme } from 'antd'
import { lazy, Suspense, useMemo } from 'react'

export interface ChartProps {
  option: EChartsCoreOption
  height: number
  label: string
}

const Engine = lazy(() => import('./engine'))

export function Chart(props: ChartProps) {
  return (
    <Suspense fallback={<Skeleton.Node active style={{ width: '100%', height: props.height }} />}>
      <Engine {...props} />
    </Suspense>
  )
}

export const kSeries = ['#c2412b', '#2f6f9f', '#3f8f5f', '#b7791f', '#7a5ba6']

// What all charts share: texts, lines and the bubble with values.
export function useFrame() {
  const { token } = theme.useToken()
  return useMemo(() => {
    const text = { color: token.colorTextSecondary, fontSize: 12, fontFamily: token.fontFamily }
    return {
      text,
      ink: token.colorText,
      card: token.colorBgContainer,
      axis: { axisLabel: text, axisLine: { lineStyle: { color: token.colorBorder } }, axisTick: { show: false }, nameTextStyle: text },
      split: { splitLine: { lineStyle: { color: token.colorBorderSecondary } } },
      tooltip: {
        trigger: 'axis', confine: true, backgroundColor: token.colorBgElevated, borderColor: token.colorBorderSecondary,
        textStyle: { color: token.colorText, fontSize: 12, fontFamily: token.fontFamily },
      },
      legend: { textStyle: text, icon: 'roundRect', itemWidth: 10, itemHeight: 10, top: 0, right: 0 },
      grid: { left: 8, right: 12, top: 32, bottom: 4, containLabel: true },
    }
  }, [token])
}

// Draws an interval as a line with ends; data are [position, low, high] along the value axis.
export function whiskers(direction: 'across' | 'up', color: string): CustomSeriesRenderItem {
  return (_, api) => {
    const at = (value: number) => api.coord(direction === 'up' ? [api.value(0), value] : [value, api.value(0)]) as [number, number]
    const [x1, y1] = at(Number(api.value(1)))
    const [x2, y2] = at(Number(api.value(2)))
    const end = 5
    const bars: Array<[number, number, number, number]> =
      direction === 'up'
        ? [[x1, y1, x2, y2], [x1 - end, y1, x1 + end, y1], [x2 - end, y2, x2 + end, y2]]
        : [[x1, y1, x2, y2], [x1, y1 - end, x1, y1 + end], [x2, y2 - end, x2, y2 + end]]
    return {
      type: 'group',
      children: bars.map(([a, b, c, d]) => ({ type: 'line' as const, shape: { x1: a, y1: b, x2: c, y2: d }, style: { stroke: color, lineWidth: 1.5 } })),
    }
  }
}
