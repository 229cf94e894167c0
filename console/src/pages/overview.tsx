import { ArrowRightOutlined, CheckOutlined } from '@ant-design/icons'
import { Badge, Button, Card, List, Skeleton } from 'antd'
import dayjs from 'dayjs'
import { useMemo } from 'react'
import { Link, useNavigate } from 'react-router-dom'
import { call } from '../api/client'
import { useCall, useEvery, useList, useLoaded } from '../api/hooks'
import { useDays, useRates } from '../api/rates'
import { DaysChart, RateChart } from '../charts/usage'
import { bytes, cores } from '../format'
import { total } from '../money'
import { Actor, decimal, Figure, Page, Sum, Time, useProjects, UseBar, useKeyNames } from '../parts'
import { useSession } from '../session'
import { useSettings } from '../settings'
import type { TextKey } from '../texts'
import { Alerts } from './alerts'
import type { Node } from './sites'

const kLookAgain = 5000
const kDays = 14

const sumOf = (nodes: Node[], of: (node: Node) => number) => nodes.reduce((sum, node) => sum + of(node), 0)

// What nodes that are up have and what of it is in use.
function Capacity({ nodes }: { nodes: Node[] }) {
  const { t } = useSettings()
  const up = nodes.filter((node) => node.state === 'up' || node.state === 'draining')
  const cards = sumOf(up, (node) => node.capacity.accelerators)
  return (
    <Card title={t('capacity')} extra={<Link to="/sites">{t('all')}</Link>}>
      <div className="uses">
        <UseBar label="cpu" used={sumOf(up, (node) => node.used.cpu_milli)} all={sumOf(up, (node) => node.capacity.cpu_milli)} show={(n) => t('cores', { n: cores(n) })} />
        <UseBar label="memory" used={sumOf(up, (node) => node.used.memory_bytes)} all={sumOf(up, (node) => node.capacity.memory_bytes)} show={bytes} />
        {cards > 0 && <UseBar label="accelerators" used={sumOf(up, (node) => node.used.accelerators)} all={cards} show={(n) => t('cards', { n })} />}
      </div>
    </Card>
  )
}

function Live() {
  const { t } = useSettings()
  const rates = useRates()
  const parts = [['callsRate', rates?.calls, 0], ['tokenRate', rates?.tokens, 1]] as const
  return (
    <Card title={t('modelCalls')} extra={<Badge status="processing" text={`${t('live')} · ${t('lastMinutes')}`} />} data-testid="live">
      <div className="halves">
        {parts.map(([label, values, color]) => (
          <div key={label}>
            <div className="figure-label">{t(label)}</div>
            <div className="figure-value">{(values?.at(-1) ?? 0).toLocaleString('en-US', { maximumFractionDigits: 1 })}</div>
            {rates && values ? <RateChart rates={rates} values={values} label={t(label)} color={color} /> : <Skeleton.Node active style={{ width: '100%', height: 150 }} />}
          </div>
        ))}
      </div>
    </Card>
  )
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

function FirstSteps({ done }: { done: boolean[] }) {
  const { t } = useSettings()
  const steps = [
    ['/sites', 'stepSite', 'stepSiteHint'], ['/organizations', 'stepProject', 'stepProjectHint'], ['/bill', 'stepMoney', 'stepMoneyHint'],
    ['/models', 'stepModel', 'stepModelHint'], ['/playground', 'stepChat', 'stepChatHint'],
  ] as const
  return (
    <Card title={t('firstSteps')} styles={{ body: { padding: 12 } }}>
      <div className="steps">
        {steps.map(([to, title, hint], i) => <Step key={to} number={i + 1} to={to} title={title} hint={hint} done={done[i] ?? false} />)}
      </div>
    </Card>
  )
}

function RecentEvents() {
  const { t, name } = useSettings()
  const navigate = useNavigate()
  const known = useKeyNames()
  const events = useList('list_events', { query: { limit: 7, order: 'newest_first' } })
  useEvery(kLookAgain, events.refresh)
  return (
    <Card title={t('recentEvents')} extra={<Button type="link" size="small" onClick={() => navigate('/events')}>{t('all')}</Button>}>
      <List size="small" loading={events.loading && !events.data} dataSource={events.data ?? []} locale={{ emptyText: t('emptyEvents') }}
        renderItem={(event) => (
          <List.Item style={{ paddingInline: 0 }}>
            <div style={{ minWidth: 0 }}>
              <div>{name('event', event.type)}</div>
              <small className="quiet"><Time value={event.time} /> · <Actor text={event.actor.name || event.actor.kind} known={known} /></small>
            </div>
          </List.Item>
        )} />
    </Card>
  )
}

// The wallets of all projects that one may see; a project without a wallet has none.
function useWallets() {
  const projects = useProjects()
  const all = projects.data ?? []
  const wallets = useLoaded(projects.data && (() => Promise.all(all.map(async (project) => ({
    project, wallet: await call('get_wallet', { path: { project: project.id } }).catch(() => undefined),
  })))), all.map((project) => project.id).join())
  return { projects, wallets }
}

export function OverviewPage() {
  const { t, language } = useSettings()
  const { me } = useSession()
  const { projects, wallets } = useWallets()
  const nodes = useList('list_nodes', { query: { limit: 100 } })
  const running = useList('list_jobs', { query: { limit: 100, state: 'running' } })
  const queued = useList('list_jobs', { query: { limit: 100, state: 'queued' } })
  const models = useList('list_models', { query: { limit: 100 } })
  const deployments = useList('list_deployments', { query: { limit: 100 } })
  const trial = useCall('get_trial_balance')
  const [from, to] = useMemo(() => [dayjs().startOf('day').subtract(kDays - 1, 'day').toDate(), dayjs().endOf('day').toDate()], [])
  const days = useDays(from, to)
  useEvery(kLookAgain, () => {
    for (const list of [nodes, running, queued, deployments, trial, wallets, days]) list.refresh()
  })
  const up = (nodes.data ?? []).filter((node) => node.state === 'up')
  const standard = sumOf(up, (node) => (node.standard_unit_ppm / 1e6) * (node.capacity.cpu_milli / 1000))
  const ready = deployments.data?.filter((one) => one.state === 'ready').length ?? 0
  const available = total((wallets.data ?? []).flatMap(({ wallet }) => (wallet ? [wallet.available] : [])))
  const spent = total((days.data ?? []).map((sum) => sum.amount))
  const count = (list: typeof running) => `${list.data?.length ?? 0}${list.more ? '+' : ''}`
  const called = (days.data ?? []).some((sum) => sum.meter === 'output_tokens')
  const steps = [up.length > 0, !!projects.data?.length, Number(available.amount) > 0, ready > 0, called]
  const known = !!days.data && !!wallets.data && !!deployments.data && !!nodes.data
  return (
    <Page title="overview" hint={t('hello', { name: me?.user?.display_name || me?.user?.name || '' })}>
      <div className="stack">
        <Alerts nodes={nodes.data ?? []} deployments={deployments.data ?? []} models={models.data ?? []} wallets={wallets.data ?? []} trial={trial.data} />
        <div className="figures">
          <Figure label="measuredCapacity" loading={nodes.loading && !nodes.data} value={<>{standard.toFixed(2)} <small>{t('standardCores')}</small></>} note={t('measuredNote', { up: up.length, all: nodes.data?.length ?? 0 })} testid="capacity" />
          <Figure label="runningJobs" loading={running.loading && !running.data} value={count(running)} note={t('jobsNote', { queued: count(queued) })} />
          <Figure label="readyDeployments" loading={deployments.loading && !deployments.data} value={ready} note={t('ofAll', { n: deployments.data?.length ?? 0 })} />
          <Figure label="walletTotal" loading={wallets.loading && !wallets.data} value={<Sum value={available} short />} note={t('moneyNote', { sum: '¥' + decimal(spent.amount, language) })} />
        </div>
        <div className="two">
          <div className="stack">
            <Live />
            {known && steps.includes(false) && <FirstSteps done={steps} />}
            <div className="halves">
              <Card title={t('usageByDay')} extra={<span className="quiet">{t('lastDays')}</span>}><DaysChart sums={days.data ?? []} from={from} to={to} what="usage" label={t('usageByDay')} /></Card>
              <Card title={t('moneyByDay')} extra={<span className="quiet">{t('lastDays')}</span>}><DaysChart sums={days.data ?? []} from={from} to={to} what="money" label={t('moneyByDay')} /></Card>
            </div>
          </div>
          <div className="stack">
            <Capacity nodes={nodes.data ?? []} />
            <RecentEvents />
          </div>
        </div>
      </div>
    </Page>
  )
}
