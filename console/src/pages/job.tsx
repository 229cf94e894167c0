import { DownloadOutlined, RedoOutlined, StopOutlined } from '@ant-design/icons'
import { App, Button, Card, Checkbox, Descriptions, Empty } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { useNavigate, useParams } from 'react-router-dom'
import { call } from '../api/client'
import { useAgain, useCall, useEvery, useList } from '../api/hooks'
import { useJobLog } from '../api/log'
import type { Job } from '../api/types'
import { bytes, cores, coresText, durationText, line, spaced, span } from '../format'
import { Actor, Amount, Figure, Id, Listing, Named, Page, Problem, Refresh, Sum, Time, useKeyNames } from '../parts'
import { useSettings } from '../settings'
import { Decisions } from './decisions'
import { isOver } from './jobs'

const kLookAgain = 4000

function Log({ job, onState }: { job: string; onState: () => void }) {
  const { t } = useSettings()
  const log = useJobLog(job, onState)
  const [follow, setFollow] = useState(true)
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (follow && place.current) place.current.scrollTop = place.current.scrollHeight
  }, [log.pieces, follow])
  const attempts = new Set(log.pieces.map((piece) => piece.attempt))
  return (
    <Card title={t('log')} extra={<Checkbox checked={follow} onChange={(event) => setFollow(event.target.checked)}>{t('followLog')}</Checkbox>} styles={{ body: { padding: 0 } }}>
      <div className="log" ref={place} role="log" aria-label={t('log')} tabIndex={0} data-testid="log">
        {[...log.removed].map(([attempt, time]) => (
          <div className="log-note" key={attempt}>{t('logRemoved', { n: attempt })} <Time value={time} /></div>
        ))}
        {log.cut && <div className="log-note">{t('logCut')}</div>}
        {log.pieces.map((piece, index) => (
          <div key={index}>
            {attempts.size > 1 && piece.attempt !== log.pieces[index - 1]?.attempt && <div className="log-note">{t('attemptNo', { n: piece.attempt })}</div>}
            <span className={piece.stream === 'stderr' ? 'log-error' : ''}>{piece.text}</span>
          </div>
        ))}
        {log.line === 'broken' && <div className="log-note">{t('logBroken')}</div>}
        {log.pieces.length === 0 && log.removed.size === 0 && log.line !== 'broken' && <div className="log-note">{t(log.line === 'over' ? 'logEmpty' : 'logWaiting')}</div>}
      </div>
    </Card>
  )
}

function Outputs({ job }: { job: Job }) {
  const { t } = useSettings()
  return (
    <Card title={t('outputs')} data-testid="outputs">
      {job.outputs.length === 0 && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('noOutputs')} />}
      <ul className="files">
        {job.outputs.map((output) => (
          <li key={output.path}>
            <span className="mono">{output.path}</span>
            <span className="quiet">{bytes(output.bytes)}</span>
            <Button type="link" size="small" icon={<DownloadOutlined />} href={`/api/v1/artifacts/${encodeURIComponent(output.digest)}?project_id=${job.project_id}`}
              download={output.path.split('/').at(-1)} aria-label={`${t('download')} ${output.path}`}>{t('download')}</Button>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function Attempts({ job }: { job: Job }) {
  const { t } = useSettings()
  const nodes = useList('list_nodes', { query: { limit: 100 } })
  const list = { data: [...job.attempts].reverse(), loading: false, loadingMore: false, reload: () => undefined, refresh: () => undefined }
  return (
    <Card title={t('attempts')} styles={{ body: { padding: 0 } }}>
      <Listing list={list} rowKey="attempt" empty="noAttempts"
        columns={[
          { title: t('attempt'), dataIndex: 'attempt', render: (n: number) => <b>{t('attemptNo', { n })}</b> },
          { title: t('node'), dataIndex: 'node_id', render: (id: string) => nodes.data?.find((node) => node.id === id)?.name ?? <Id value={id} /> },
          { title: t('status'), key: 'exit', render: (_, row) => (row.exit ? <Named kind="exit" value={row.exit} /> : <Named kind="job" value={job.state} />) },
          { title: t('exitCode'), dataIndex: 'exit_code', align: 'right', render: (code?: number | null) => code ?? '—' },
          { title: t('started'), dataIndex: 'started_at', render: (value) => <Time value={value} /> },
          { title: t('duration'), key: 'duration', align: 'right', render: (_, row) => (row.started_at && row.ended_at ? span(Date.parse(row.ended_at) - Date.parse(row.started_at), t) : '—') },
          { title: t('reason'), dataIndex: 'problem', render: (text?: string | null) => text ?? '—' },
        ]} />
    </Card>
  )
}

function Cost({ job }: { job: Job }) {
  const { name } = useSettings()
  const records = useList('list_usage_records', { query: { subject: `${job.id}/${Math.max(1, job.attempt)}`, limit: 20 } }, isOver(job.state))
  if (!isOver(job.state)) return <>—</>
  if (!records.data?.length) return <>{records.loading ? '…' : '—'}</>
  return (
    <>
      {records.data.map((record) => (
        <div key={record.id}>
          <Sum value={record.amount} /> <small className="quiet" style={{ display: 'block' }}>{name('meter', record.meter)} <Amount count={record.quantity} unit={record.unit} /></small>
        </div>
      ))}
    </>
  )
}

function Spec({ job }: { job: Job }) {
  const { t, name } = useSettings()
  const { spec } = job
  const variables = Object.entries(spec.environment ?? {})
  return (
    <Card title={t('needs')}>
      <pre className="mono command" tabIndex={0}>{line(spec.command)}</pre>
      <Descriptions size="small" column={{ xs: 1, sm: 2, md: 2, lg: 2, xl: 2, xxl: 2 }} items={[
        { key: 'cpu', label: t('cpu'), children: coresText(spec.cpu ?? '1', t) },
        { key: 'memory', label: t('memory'), children: spaced(spec.memory ?? '512MiB') },
        { key: 'disk', label: t('disk'), children: spaced(spec.disk ?? '1GiB') },
        { key: 'cards', label: t('accelerators'), children: spec.accelerators?.count ?? 0 },
        { key: 'limit', label: t('timeLimit'), children: durationText(spec.time_limit, t) },
        { key: 'network', label: t('network'), children: name('network', spec.network ?? 'none') },
        { key: 'inputs', label: t('inputs'), children: spec.inputs?.map((input) => input.path).join(', ') || '—' },
        { key: 'environment', label: t('environment'), children: variables.map(([key, value]) => `${key}=${String(value)}`).join(' ') || '—' },
      ]} />
    </Card>
  )
}

export function JobPage() {
  const { t } = useSettings()
  const { modal, message } = App.useApp()
  const navigate = useNavigate()
  const { id = '' } = useParams()
  const job = useCall('get_job', { path: { id } })
  const known = useKeyNames()
  const [turn, setTurn] = useState(0)
  const found = job.data
  const over = !!found && isOver(found.state)
  useEvery(kLookAgain, job.refresh, !over && !job.error)
  useAgain(turn, job.refresh)
  const cancel = () =>
    modal.confirm({
      title: t('cancelJob'), content: t('cancelJobAsk'), okText: t('cancelJob'), cancelText: t('close'), okButtonProps: { danger: true },
      onOk: async () => {
        try {
          await call('cancel_job', { path: { id } })
        } catch (error) {
          void message.error(error instanceof Error ? error.message : t('failed'))
        }
        job.refresh()
      },
    })
  const last = found?.attempts.at(-1)
  const ran = last?.started_at ? span((last.ended_at ? Date.parse(last.ended_at) : Date.now()) - Date.parse(last.started_at), t) : '—'
  return (
    <Page title="jobs" back="/jobs" named={found?.name ?? '…'} hint={found && <><Id value={found.id} /> · <Time value={found.created_at} /> · <Actor text={found.submitted_by} known={known} /></>}
      extra={
        <>
          <Refresh loading={job.loading} onClick={job.reload} />
          {found && <Button icon={<RedoOutlined />} onClick={() => navigate('/jobs/new?from=' + id)}>{t('runAgain')}</Button>}
          {found && !over && <Button danger icon={<StopOutlined />} data-testid="cancel-job" disabled={found.cancel_requested} onClick={cancel}>{t(found.cancel_requested ? 'cancelAsked' : 'cancelJob')}</Button>}
        </>
      }>
      {job.error && <Problem failure={job.error} retry={job.reload} />}
      {!found && job.loading && <Card loading />}
      {found && (
        <div className="stack">
          <div className="figures">
            <Figure label="status" value={<span data-testid="job-state" data-state={found.state}><Named kind="job" value={found.state} /></span>} note={found.exit_code != null ? `${t('exitCode')} ${found.exit_code}` : ''} />
            <Figure label="duration" value={ran} note={`${t('timeLimit')} ${durationText(found.spec.time_limit, t)}`} />
            <Figure label="needs" value={t('cores', { n: last ? cores(last.allocated.cpu_milli) : found.spec.cpu ?? '1' })} note={`${t('memory')} ${last ? bytes(last.allocated.memory_bytes) : found.spec.memory ?? '512MiB'}`} />
            <Figure label="cost" value={<Cost job={found} />} />
          </div>
          <div className="two">
            <div className="stack">
              <Log job={id} onState={() => setTurn((before) => before + 1)} />
              <Spec job={found} />
            </div>
            <div className="stack">
              <Decisions job={id} turn={turn} />
              <Outputs job={found} />
            </div>
          </div>
          <Attempts job={found} />
        </div>
      )}
    </Page>
  )
}
