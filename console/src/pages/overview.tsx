import { ArrowRightOutlined, CheckOutlined } from '@ant-design/icons'
import { Badge, Button, Card, List, theme } from 'antd'
import { useEffect, useState, type ReactNode } from 'react'
import { Link, useNavigate } from 'react-router-dom'
import { call, send } from '../api/client'
import { useCall, useList, useLoaded } from '../api/hooks'
import type { Money } from '../api/types'
import { Page, Sum, Time, useProjects } from '../parts'
import { useSession } from '../session'
import { useSettings } from '../settings'
import type { TextKey } from '../texts'

const kPause = 2000
const kPoints = 60

// Requests answered since the server began, from its metrics; undefined where one may not read them.
async function requestCount(): Promise<number | undefined> {
  const response = await send('/metrics')
  if (!response.ok) return undefined
  const lines = (await response.text()).split('\n').filter((line) => line.startsWith('kapok_http_requests_total{'))
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}

// The rate between looks, newest last.
function useRequestRate() {
  const [total, setTotal] = useState<number>()
  const [rates, setRates] = useState<number[]>([])
  useEffect(() => {
    let last: { count: number; at: number } | undefined
    const look = async () => {
      const count = await requestCount().catch(() => undefined)
      if (count === undefined) return
      const at = performance.now()
      // Our own look is one of them.
      if (last) {
        const rate = Math.max(0, count - last.count - 1) / ((at - last.at) / 1000)
        setRates((old) => [...old, rate].slice(-kPoints))
      }
      last = { count, at }
      setTotal(count)
    }
    void look()
    const timer = setInterval(() => void look(), kPause)
    return () => clearInterval(timer)
  }, [])
  return { total, rates }
}

function Trend({ values, label }: { values: number[]; label: string }) {
  const { token } = theme.useToken()
  const top = Math.max(1, ...values)
  const x = (index: number) => 600 - (values.length - 1 - index) * (600 / (kPoints - 1))
  const y = (value: number) => 112 - (value / top) * 100
  const line = values.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
  return (
    <svg className="trend" viewBox="0 0 600 120" preserveAspectRatio="none" role="img" aria-label={label}>
      {[12, 62, 112].map((at) => <line key={at} x1="0" x2="600" y1={at} y2={at} stroke={token.colorBorderSecondary} vectorEffect="non-scaling-stroke" />)}
      {values.length > 1 && <polygon points={`${x(0)},112 ${line} 600,112`} fill={token.colorPrimary} opacity="0.12" />}
      <polyline points={line} fill="none" stroke={token.colorPrimary} strokeWidth="2" vectorEffect="non-scaling-stroke" />
    </svg>
  )
}

function Figure({ label, value, note, loading }: { label: TextKey; value: ReactNode; note: ReactNode; loading?: boolean }) {
  const { t } = useSettings()
  return (
    <Card size="small" loading={loading}>
      <div className="figure-label">{t(label)}</div>
      <div className="figure-value">{value}</div>
      <div className="figure-note">{note}</div>
    </Card>
  )
}

// The sum of what all projects can spend, in exact micro-units.
async function walletTotal(projects: string[]): Promise<Money | undefined> {
  const wallets = await Promise.all(projects.map((project) => call('get_wallet', { path: { project } }).catch(() => undefined)))
  let micros = 0n
  for (const wallet of wallets) {
    if (!wallet || wallet.available.currency !== 'CNY') continue
    const [whole = '0', fraction = ''] = wallet.available.amount.split('.')
    const sum = BigInt(whole.replace('-', '')) * 1000000n + BigInt(fraction.padEnd(6, '0'))
    micros += whole.startsWith('-') ? -sum : sum
  }
  const digits = (micros < 0n ? -micros : micros).toString().padStart(7, '0')
  return { amount: `${micros < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`, currency: 'CNY' }
}

function Step({ to, title, hint, done, number }: { to: string; title: TextKey; hint: TextKey; done: boolean; number: number }) {
  const { t } = useSettings()
  return (
    <Link to={to} className={done ? 'step done' : 'step'}>
      <span className="dot">{done ? <CheckOutlined /> : number}</span>
      <span style={{ flex: 1 }}>
        <b>{t(title)}</b>
        <small>{t(hint)}</small>
      </span>
      <ArrowRightOutlined style={{ opacity: 0.4 }} />
    </Link>
  )
}

export function OverviewPage() {
  const { t } = useSettings()
  const { me } = useSession()
  const navigate = useNavigate()
  const projects = useProjects()
  const models = useList('list_models', { query: { limit: 100 } })
  const deployments = useList('list_deployments', { query: { limit: 100 } })
  const trial = useCall('get_trial_balance')
  const events = useList('list_events', { query: { limit: 8, order: 'newest_first' } })
  const ids = (projects.data ?? []).map((project) => project.id)
  const total = useLoaded(projects.data ? () => walletTotal(ids) : undefined, ids.join())
  const { total: requests, rates } = useRequestRate()
  const ready = deployments.data?.filter((deployment) => deployment.state === 'ready').length ?? 0
  const paid = !!total.data && Number(total.data.amount) > 0
  return (
    <Page title="overview">
      <p style={{ margin: '-14px 0 20px', opacity: 0.62 }}>{t('hello', { name: me?.user?.display_name || me?.name || '' })}</p>
      <div className="figures">
        <Figure label="readyDeployments" loading={deployments.loading} value={ready} note={t('ofAll', { n: deployments.data?.length ?? 0 })} />
        <Figure label="projects" loading={projects.loading} value={projects.data?.length ?? '—'} note={`${t('models')} ${models.data?.length ?? '—'}`} />
        <Figure label="walletTotal" loading={projects.loading} value={<Sum value={total.data} />} note="CNY" />
        <Figure label="trialBalance" loading={trial.loading}
          value={trial.data ? <span style={{ color: trial.data.balanced ? '#2f8f5b' : '#cf1322' }}>{t(trial.data.balanced ? 'balanced' : 'unbalanced')}</span> : '—'}
          note={trial.data && t('balancedHint', { n: trial.data.sequence.toLocaleString() })} />
      </div>
      <div className="two">
        <div className="stack">
          {requests !== undefined && (
            <Card title={t('requestRate')} extra={<Badge status="processing" text={t('live')} />}>
              <div style={{ display: 'flex', gap: 40, marginBottom: 8 }}>
                <div><div className="figure-label">{t('requestRate')}</div><div className="figure-value">{(rates.at(-1) ?? 0).toFixed(1)}</div></div>
                <div><div className="figure-label">{t('requests')}</div><div className="figure-value">{requests.toLocaleString()}</div></div>
              </div>
              <Trend values={rates} label={t('requestRate')} />
            </Card>
          )}
          <Card title={t('firstSteps')} styles={{ body: { padding: 12 } }}>
            <div className="steps">
              <Step number={1} to="/organizations" title="stepProject" hint="stepProjectHint" done={ids.length > 0} />
              <Step number={2} to="/bill" title="stepMoney" hint="stepMoneyHint" done={paid} />
              <Step number={3} to="/models" title="stepModel" hint="stepModelHint" done={ready > 0} />
              <Step number={4} to="/playground" title="stepChat" hint="stepChatHint" done={false} />
            </div>
          </Card>
        </div>
        <Card title={t('recentEvents')} extra={<Button type="link" size="small" onClick={() => navigate('/events')}>{t('all')}</Button>}>
          <List size="small" loading={events.loading} dataSource={events.data ?? []} locale={{ emptyText: t('emptyEvents') }}
            renderItem={(event) => (
              <List.Item style={{ paddingInline: 0 }}>
                <div style={{ minWidth: 0 }}>
                  <div className="mono">{event.type}</div>
                  <small style={{ opacity: 0.6 }}><Time value={event.time} /> · {event.actor.name || event.actor.kind}</small>
                </div>
              </List.Item>
            )} />
        </Card>
      </div>
    </Page>
  )
}
