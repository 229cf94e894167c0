// Numbers about the platform as of any date: the catalogue, one metric's values with what proves them, and its course over time.
import { DownloadOutlined } from '@ant-design/icons'
import { Button, Card, DatePicker, Descriptions, Segmented, Tag } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import type { EChartsCoreOption } from 'echarts/core'
import { useMemo, useState } from 'react'
import { useSearchParams } from 'react-router-dom'
import type { Failure } from '../api/client'
import { useCall, useList, type Item, type Loaded } from '../api/hooks'
import { asFailure, download } from '../api/openai'
import type { GetMetricSeriesResponse, GetMetricValueResponse } from '../api/types'
import { Chart, kSeries, useFrame } from '../charts/chart'
import { bytes, cores, percent, quantity } from '../format'
import { Id, Listing, Page, Problem, Refresh, Sum, Time, WideTable } from '../parts'
import { useSettings, type Translate } from '../settings'

type Metric = Item<'list_metrics'>
type Row = GetMetricValueResponse['values'][number]
type Labels = Record<string, string>

const kSpans = { day: 86_400, week: 7 * 86_400, month: 30 * 86_400, quarter: 90 * 86_400 } as const
type Span = keyof typeof kSpans
const kSpanTexts = { day: 'oneDay', week: 'oneWeek', month: 'thirtyDays', quarter: 'ninetyDays' } as const
const kPoints = 96

const labelsOf = (row: Row) => row.labels as Labels

// A value as people read it, from its base unit.
function shown(metric: Metric, labels: Labels, value: number, t: Translate, unit: string): string {
  if (labels.resource === 'memory_bytes') return bytes(value)
  if (labels.resource === 'cpu_milli') return t('nCores', { n: cores(value) })
  if (metric.unit === 'micro') return (labels.currency === 'CNY' ? '¥' : '$') + (value / 1e6).toLocaleString('en-US', { maximumFractionDigits: 6 })
  if (metric.unit === 'ppm') return percent(value)
  if (metric.unit === 'standard_unit_ppm') return (value / 1e6).toLocaleString('en-US', { maximumFractionDigits: 3 })
  return quantity(value, metric.unit, t, unit)
}

function useWords() {
  const { language, name } = useSettings()
  return useMemo(() => {
    const text = (both: { en: string; zh: string }) => both[language]
    const label = (dimension: string, value: string) => (dimension === 'state' ? [name('node', value), name('job', value), name('deployment', value)].find((word) => word !== value) ?? value
      : dimension === 'meter' || dimension === 'outcome' || dimension === 'resource' ? name(dimension, value)
        : dimension === 'class' ? name('grade', value) : dimension === 'kind' ? name('product', value) : value)
    const unit = (metric: Metric) => name('unit', metric.unit)
    return { text, label, unit }
  }, [language, name])
}

function SeriesChart({ metric, series }: { metric: Metric; series: GetMetricSeriesResponse }) {
  const { t } = useSettings()
  const words = useWords()
  const frame = useFrame()
  const option = useMemo<EChartsCoreOption>(() => {
    const key = (labels: Labels) => metric.dimensions.map(({ name }) => words.label(name, labels[name] ?? '')).join(' · ') || words.text(metric.title)
    const lines = new Map<string, { labels: Labels; data: Array<[string, number]> }>()
    for (const point of series.points) {
      for (const row of point.values) {
        const labels = labelsOf(row)
        const line = lines.get(key(labels)) ?? { labels, data: [] }
        line.data.push([point.at, row.value])
        lines.set(key(labels), line)
      }
    }
    const first = [...lines.values()][0]?.labels ?? {}
    const show = (value: number) => shown(metric, first, value, t, words.unit(metric))
    return {
      grid: { ...frame.grid, top: lines.size > 1 ? 44 : 16, right: 24 },
      ...(lines.size > 1 && { legend: { ...frame.legend, type: 'scroll', data: [...lines.keys()] } }),
      tooltip: { ...frame.tooltip, valueFormatter: show },
      xAxis: { type: 'time', ...frame.axis, splitLine: { show: false } },
      yAxis: { type: 'value', min: metric.unit === 'ppm' ? undefined : 0, scale: metric.unit === 'ppm', splitNumber: 4, ...frame.axis, axisLine: { show: false }, ...frame.split, axisLabel: { ...frame.text, formatter: show } },
      series: [...lines].map(([name, line], i) => ({ name, type: 'line', step: metric.fold === 'share' ? false : 'end', showSymbol: line.data.length < 3, color: kSeries[i % kSeries.length], data: line.data })),
    }
  }, [metric, series, frame, t, words])
  return <Chart option={option} height={300} label={`${t('course')} ${words.text(metric.title)}`} />
}

function Values({ metric, answer }: { metric: Metric; answer: GetMetricValueResponse }) {
  const { t } = useSettings()
  const words = useWords()
  if (!answer.known) return <p data-testid="unknown">{answer.known_since ? <>{t('unknownBefore')} <Time value={answer.known_since} /></> : t('nothingKept')}</p>
  return (
    <WideTable<Row> rowKey={(row) => JSON.stringify(row.labels)} dataSource={answer.values} size="small" locale={{ emptyText: t('noFacts') }}
      columns={[
        ...metric.dimensions.map(({ name, title }) => ({ title: words.text(title).split(/[：:(（]/)[0], key: name, render: (_: unknown, row: Row) => words.label(name, labelsOf(row)[name] ?? '') })),
        { title: t('value'), key: 'value', align: 'right' as const, render: (_: unknown, row: Row) => (row.amount ? <Sum value={row.amount} /> : <span className="number" title={String(row.value)}>{shown(metric, labelsOf(row), row.value, t, words.unit(metric))}</span>) },
      ]} />
  )
}

function Proof({ metric, value }: { metric: Metric; value: Loaded<GetMetricValueResponse> }) {
  const { t, name } = useSettings()
  const words = useWords()
  const [failure, setFailure] = useState<Failure>()
  const answer = value.data
  const fetchInputs = async () => {
    setFailure(undefined)
    const query = new URLSearchParams({ as_of: answer?.as_of ?? '' })
    await download(`/api/v1/metrics-catalogue/${metric.name}/inputs?${query}`, `${metric.name}.ndjson`).catch((error: unknown) => setFailure(asFailure(error)))
  }
  return (
    <>
      {failure && <Problem failure={failure} />}
      <Descriptions size="small" column={1} items={[
        { key: 'asOf', label: t('asOf'), children: <Time value={answer?.as_of} /> },
        { key: 'scope', label: t('scope'), children: answer ? t(answer.scope === 'platform' ? 'wholePlatform' : 'ownOrganizations') : '—' },
        { key: 'evidence', label: t('evidence'), children: <Tag>{name('evidence', metric.evidence)}</Tag> },
        { key: 'source', label: t('inputsFrom'), children: words.text(metric.source) },
        { key: 'inputs', label: t('inputRows'), children: answer ? answer.inputs.toLocaleString('en-US') : '—' },
        { key: 'hash', label: t('inputsHash'), children: answer?.inputs_hash ? <Id value={answer.inputs_hash} /> : '—' },
        { key: 'since', label: t('knownSince'), children: <Time value={metric.known_since} /> },
        { key: 'freshness', label: t('freshness'), children: t('seconds', { n: metric.freshness_s }) },
        { key: 'prometheus', label: 'Prometheus', children: <span className="mono">{metric.prometheus}</span> },
      ]} />
      <Button icon={<DownloadOutlined />} disabled={!answer?.known} onClick={() => void fetchInputs()} data-testid="metric-inputs">{t('downloadInputs')}</Button>
      <p className="quiet">{t('downloadInputsHint')}</p>
    </>
  )
}

function One({ metric }: { metric: Metric }) {
  const { t } = useSettings()
  const words = useWords()
  const [search, setSearch] = useSearchParams()
  const asked = search.get('as_of')
  const asOf = useMemo(() => (asked && dayjs(asked).isValid() ? dayjs(asked) : null), [asked])
  const setAsOf = (time: Dayjs | null) => setSearch({ metric: metric.name, ...(time && { as_of: time.toISOString() }) })
  const [span, setSpan] = useState<Span>('week')
  const end = asOf && asOf.isBefore(metric.newest) ? asOf : null
  const last = end ?? dayjs(metric.newest)
  const value = useCall('get_metric_value', { path: { name: metric.name }, query: end ? { as_of: end.toISOString() } : {} })
  const series = useCall('get_metric_series', { path: { name: metric.name }, query: {
    from: last.subtract(kSpans[span], 'second').toISOString(), to: last.toISOString(), step_s: Math.round(kSpans[span] / kPoints),
  } })
  return (
    <>
      <Card title={words.text(metric.title)} data-testid="metric" style={{ marginTop: 16 }}
        extra={<Segmented value={span} onChange={setSpan} options={(Object.keys(kSpans) as Span[]).map((key) => ({ value: key, label: t(kSpanTexts[key]) }))} />}>
        <p className="quiet" style={{ marginTop: 0 }}>{words.text(metric.description)}</p>
        {series.error && <Problem failure={series.error} retry={series.reload} />}
        {series.data && (series.data.points.some((point) => point.values.length > 0) ? <SeriesChart metric={metric} series={series.data} /> : <p>{t('noFacts')}</p>)}
      </Card>
      <div className="halves" style={{ marginTop: 16 }}>
        <Card title={t('value')} loading={value.loading && !value.data}
          extra={<DatePicker showTime value={asOf} onChange={setAsOf} placeholder={t('asOfNow')} aria-label={t('asOf')} disabledDate={(day) => day.isAfter(dayjs())} data-testid="as-of" />}>
          {value.error && <Problem failure={value.error} retry={value.reload} />}
          {value.data && <Values metric={metric} answer={value.data} />}
        </Card>
        <Card title={t('provenBy')}><Proof metric={metric} value={value} /></Card>
      </div>
    </>
  )
}

export function MetricsPage() {
  const { t, name } = useSettings()
  const words = useWords()
  const [search, setSearch] = useSearchParams()
  const list = useList('list_metrics', { query: { limit: 100 } })
  const picked = list.data?.find((metric) => metric.name === search.get('metric')) ?? list.data?.[0]
  return (
    <Page title="metrics" hint={t('metricsHint')} extra={<Refresh onClick={list.reload} loading={list.loading} />}>
      <Card styles={{ body: { padding: 0 } }} data-testid="catalogue">
        <Listing list={list} rowKey="name" empty="noFacts" onOpen={(metric) => setSearch({ metric: metric.name, ...(search.has('as_of') && { as_of: search.get('as_of') ?? '' }) })}
          columns={[
            { title: t('metric'), dataIndex: 'title', render: (title: Metric['title'], metric) => (metric.name === picked?.name ? <strong>{words.text(title)}</strong> : words.text(title)) },
            { title: t('evidence'), dataIndex: 'evidence', render: (level: string) => <Tag>{name('evidence', level)}</Tag> },
            { title: t('unit'), dataIndex: 'unit', render: (_, metric) => words.unit(metric) },
            { title: t('knownSince'), dataIndex: 'known_since', render: (value) => <Time value={value} /> },
          ]} />
      </Card>
      {picked && <One key={picked.name} metric={picked} />}
    </Page>
  )
}
