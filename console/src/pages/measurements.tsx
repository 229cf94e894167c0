// A node's measurements: each reading with its interval and its share of the peak, as the node signed them.
import type { EChartsCoreOption } from 'echarts/core'
import { Alert, Card, Descriptions, Empty, Progress, Select, Tag, Tooltip } from 'antd'
import dayjs from 'dayjs'
import { useMemo, useState } from 'react'
import { useCall, type Item } from '../api/hooks'
import { lines } from '../charts/bubble'
import { Chart, kSeries, useFrame, whiskers } from '../charts/chart'
import { percent, reading } from '../format'
import { Time } from '../parts'
import { useSettings } from '../settings'
import { asGraded, asMeasured, type Graded, type Reading } from './measured'

type Measurement = Item<'list_measurements'>

const kUnits: Record<string, string> = {
  fp32_gemm: 'op/s', int8_gemm: 'op/s', memory_triad: 'byte/s', disk_latency: 'ns', disk_throughput: 'byte/s', model_tokens: 'millitoken/s',
}

function ReadingCard({ found }: { found: Reading }) {
  const { t, name } = useSettings()
  const show = (value: number) => reading(found.metric, found.unit, value)
  return (
    <div className="reading">
      <div className="figure-label">
        {name('metric', found.metric)} {found.suspect && <Tag color="orange">{t('suspect')}</Tag>}
      </div>
      <div className="figure-value">{show(found.median)}</div>
      <div className="figure-note">
        {t('interval')} {show(found.low)} – {show(found.high)} · {t('coverage', { n: (found.coverage_ppm / 10_000).toFixed(1) })}
      </div>
      {found.share_ppm !== undefined && (
        <Tooltip title={found.peak_basis}>
          <div className="use" tabIndex={0}>
            <span>{t('shareOfPeak')}</span>
            <Progress percent={Math.min(100, found.share_ppm / 10_000)} size="small" showInfo={false} strokeColor={found.suspect ? '#d46b08' : kSeries[1]!} aria-label={t('shareOfPeak')} />
            <small>{percent(found.share_ppm)}</small>
          </div>
        </Tooltip>
      )}
      <div className="figure-note mono">{found.kernel} · {found.shape}</div>
      {found.notes.map((note) => <div key={note} className="figure-note">{note}</div>)}
    </div>
  )
}

function ShareChart({ readings }: { readings: Reading[] }) {
  const { t, name } = useSettings()
  const frame = useFrame()
  const option = useMemo<EChartsCoreOption>(() => {
    const rows = readings.filter((one) => one.peak)
    const share = (one: Reading, value: number) => Number(((value / (one.peak ?? 1)) * 100).toFixed(2))
    return {
      grid: { ...frame.grid, top: 8, right: 24 },
      tooltip: { ...frame.tooltip, axisPointer: { type: 'shadow' }, formatter: (points: Array<{ dataIndex: number }>) => {
        const one = rows[points[0]?.dataIndex ?? 0]
        return one ? lines(name('metric', one.metric), `${share(one, one.median)}% (${share(one, one.low)} – ${share(one, one.high)}%)`, `${t('peak')} ${reading(one.metric, one.unit, one.peak ?? 0)}`) : ''
      } },
      xAxis: { type: 'value', min: 0, max: 100, ...frame.axis, ...frame.split, axisLabel: { ...frame.text, formatter: '{value}%' } },
      yAxis: { type: 'category', inverse: true, data: rows.map((one) => name('metric', one.metric)), ...frame.axis },
      series: [
        { type: 'bar', barWidth: 18, data: rows.map((one, i) => ({ value: share(one, one.median), itemStyle: { color: one.suspect ? '#d46b08' : kSeries[(i + 1) % kSeries.length], borderRadius: [0, 4, 4, 0] } })) },
        { type: 'custom', renderItem: whiskers('across', frame.ink), data: rows.map((one, i) => [i, share(one, one.low), share(one, one.high)]), encode: { x: [1, 2], y: 0 }, z: 5, silent: true },
      ],
    }
  }, [readings, frame, name, t])
  const rows = readings.filter((one) => one.peak).length
  return <Chart option={option} height={48 + rows * 44} label={t('shareOfPeak')} />
}

function SampleChart({ found }: { found: Reading }) {
  const { t, name } = useSettings()
  const frame = useFrame()
  const option = useMemo<EChartsCoreOption>(() => {
    const show = (value: number) => reading(found.metric, found.unit, value)
    return {
      grid: { ...frame.grid, top: 16, right: 24 },
      tooltip: { ...frame.tooltip, trigger: 'item', formatter: (point: { data: [number, number] }) => lines(t('sampleNo', { n: point.data[0] }), show(point.data[1])) },
      xAxis: { type: 'value', min: 0, max: found.samples.length + 1, interval: 1, ...frame.axis, splitLine: { show: false }, axisLabel: { ...frame.text, formatter: (n: number) => (n >= 1 && n <= found.samples.length ? String(n) : '') } },
      yAxis: { type: 'value', scale: true, ...frame.axis, ...frame.split, axisLabel: { ...frame.text, formatter: show } },
      series: [{
        type: 'scatter', symbolSize: 9, color: kSeries[0], data: found.samples.map((value, i) => [i + 1, value]),
        markLine: { symbol: 'none', silent: true, lineStyle: { color: kSeries[1], type: 'solid', width: 1.5 }, label: { ...frame.text, formatter: t('median'), position: 'insideStartTop' }, data: [{ yAxis: found.median }] },
        markArea: { silent: true, itemStyle: { color: kSeries[1], opacity: 0.14 }, data: [[{ yAxis: found.low }, { yAxis: found.high }]] },
      }],
    }
  }, [found, frame, t])
  return <Chart option={option} height={240} label={`${t('samples')} ${name('metric', found.metric)}`} />
}

function HistoryChart({ list, metric }: { list: Measurement[]; metric: string }) {
  const { t, name } = useSettings()
  const frame = useFrame()
  const option = useMemo<EChartsCoreOption>(() => {
    const unit = kUnits[metric] ?? ''
    const show = (value: number) => reading(metric, unit, value)
    const points = list.flatMap((one) => {
      const found = asMeasured(one.document).readings.find((candidate) => candidate.metric === metric)
      return found ? [[one.measured_at, found.median, found.low, found.high] as const] : []
    })
    return {
      grid: { ...frame.grid, top: 16, right: 24 },
      tooltip: { ...frame.tooltip, trigger: 'item', formatter: (point: { dataIndex: number }) => {
        const row = points[point.dataIndex]
        return row ? lines(dayjs(row[0]).format('YYYY-MM-DD HH:mm'), `${show(row[1])} (${show(row[2])} – ${show(row[3])})`) : ''
      } },
      xAxis: { type: 'category', data: points.map((row) => dayjs(row[0]).format('MM-DD HH:mm')), ...frame.axis },
      yAxis: { type: 'value', scale: true, ...frame.axis, ...frame.split, axisLabel: { ...frame.text, formatter: show } },
      series: [
        { type: 'line', symbolSize: 9, color: kSeries[1], data: points.map((row) => row[1]) },
        { type: 'custom', renderItem: whiskers('up', frame.ink), data: points.map((row, i) => [i, row[2], row[3]]), encode: { x: 0, y: [1, 2] }, silent: true },
      ],
    }
  }, [list, metric, frame])
  return <Chart option={option} height={240} label={`${t('history')} ${name('metric', metric)}`} />
}

interface Rules {
  classes: Array<{ class: string; thresholds: Array<{ metric: string; per: 'core' | 'node' }> }>
}

function GradeReasons({ grade }: { grade: Graded }) {
  const { t, name } = useSettings()
  const rules = useCall('get_grade_rules')
  const perCore = (facts: Record<string, string>) =>
    (rules.data?.rules as Rules | undefined)?.classes.some((one) => one.class === facts.class && one.thresholds.some(({ metric, per }) => metric === facts.metric && per === 'core'))
  const say = ({ code, facts }: { code: string; facts: Record<string, string> }) => {
    const metric = facts.metric ?? ''
    const of = (value: string) => reading(metric, kUnits[metric] ?? '', Number(value)) + (perCore(facts) ? ' ' + t('perCore') : '')
    const amount = (value?: string) => (value === undefined ? '' : metric ? of(value) : percent(Number(value)))
    const said: Record<string, string> = { metric: name('metric', metric), class: name('grade', facts.class ?? ''), wanted: amount(facts.wanted), actual: amount(facts.actual) }
    return name('gradeReason', code).replace(/\{(\w+)\}/g, (_, key: string) => said[key] ?? '')
  }
  return (
    <div style={{ marginTop: 16 }}>
      <div className="figure-label">{t('gradeReasons')} · {t('rules')} {grade.rules_version}</div>
      {grade.provisional && <Alert type="warning" showIcon style={{ margin: '8px 0' }} message={t('provisional')} description={t('provisionalHint')} />}
      <ul className="reasons">{grade.reasons?.map((reason, index) => <li key={index}>{say(reason)}</li>)}</ul>
    </div>
  )
}

export function Measurements({ list, loading, current }: { list: Measurement[]; loading: boolean; current?: string }) {
  const { t, name } = useSettings()
  const [picked, setPicked] = useState<string>()
  const [metric, setMetric] = useState('fp32_gemm')
  const title = (one: Measurement) => dayjs(one.measured_at).format('YYYY-MM-DD HH:mm') +
    (asMeasured(one.document).readings.every((found) => found.metric === 'model_tokens') ? ` · ${name('metric', 'model_tokens')}` : '')
  const shown = list.find((one) => one.id === (picked ?? current)) ?? list.at(-1)
  const readings = useMemo(() => (shown ? asMeasured(shown.document).readings : []), [shown])
  if (loading) return <Card title={t('measurements')} loading />
  if (!shown) return <Card title={t('measurements')}><Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('notMeasured')} /></Card>
  const document = asMeasured(shown.document)
  const found = readings.find((one) => one.metric === metric) ?? readings[0]
  const ofModel = readings.length > 0 && readings.every((one) => one.metric === 'model_tokens')
  const choices = readings.map((one) => ({ value: one.metric, label: name('metric', one.metric) }))
  return (
    <>
      <Card title={t('measurements')} data-testid="measurements"
        extra={list.length > 1 ? (
          <Select value={shown.id} onChange={setPicked} aria-label={t('measurement')} style={{ minWidth: 180 }}
            options={[...list].reverse().map((one) => ({ value: one.id, label: title(one) }))} />
        ) : <Time value={shown.measured_at} />}>
        <div className="readings">{readings.map((one) => <ReadingCard key={one.metric} found={one} />)}</div>
        <Descriptions size="small" column={{ xs: 1, sm: 1, md: 2, lg: 3, xl: 3, xxl: 3 }} style={{ marginTop: 16 }} title={t('conditions')} items={[
          { key: 'cpu', label: t('processor'), children: document.cpu_model },
          { key: 'threads', label: t('threads'), children: document.conditions.threads },
          ...(ofModel ? [] : [
            { key: 'frequency', label: t('frequency'), children: `${(document.conditions.frequency_khz / 1e6).toFixed(2)} GHz` },
            { key: 'others', label: t('othersUsed'), children: percent(document.conditions.others_ppm) },
            { key: 'valid', label: t('validUntil'), children: <Time value={asGraded(shown.grade).valid_until} /> },
          ]),
          { key: 'signature', label: t('signature'), children: <span className="mono hash">{shown.signature.slice(0, 24)}…</span> },
        ]} />
        {!ofModel && <GradeReasons grade={asGraded(shown.grade)} />}
      </Card>
      <div className="halves">
        <Card title={t('shareOfPeak')}>
          <ShareChart readings={readings} />
          <p className="quiet">{t('shareOfPeakHint')}</p>
        </Card>
        <Card title={list.length > 1 ? t('history') : t('samples')} extra={<Select value={found?.metric ?? ''} options={choices} onChange={setMetric} aria-label={t('measurement')} style={{ minWidth: 170 }} />}>
          {list.length > 1 ? <HistoryChart list={list} metric={metric} /> : found && <SampleChart found={found} />}
        </Card>
      </div>
      {list.length > 1 && found && <Card title={`${t('samples')} · ${name('metric', found.metric)}`}><SampleChart found={found} /></Card>}
    </>
  )
}
