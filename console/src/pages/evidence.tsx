// What an outsider checks: a signed bundle of a project's bill, decisions, measurements and log, and the key that signs it.
import { CheckCircleFilled, DownloadOutlined } from '@ant-design/icons'
import { Button, Card, DatePicker, Segmented } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { useState } from 'react'
import { useSearchParams } from 'react-router-dom'
import { type Failure } from '../api/client'
import { useCall } from '../api/hooks'
import { asFailure, download } from '../api/openai'
import { CopyButton, Page, Problem, ProjectSelect, useProjects } from '../parts'
import { useSettings } from '../settings'

const kChecks = ['checkMeasured', 'checkDecided', 'checkBilled', 'checkBooks', 'checkLog'] as const

function Line({ text, label }: { text: string; label: string }) {
  return <div className="once"><code aria-label={label}>{text}</code><CopyButton text={text} /></div>
}

export function EvidencePage() {
  const { t } = useSettings()
  const [search, setSearch] = useSearchParams()
  const projects = useProjects()
  const trust = useCall('get_trust')
  const [span, setSpan] = useState<'all' | 'month'>('all')
  const [month, setMonth] = useState<Dayjs>(() => dayjs())
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<Failure>()
  const project = search.get('project') ?? projects.data?.[0]?.id ?? ''
  const name = 'evidence' + (span === 'month' ? month.format('-YYYY-MM') : '') + '.json'
  const fetchIt = async () => {
    setBusy(true)
    setFailure(undefined)
    const end = month.add(1, 'month').startOf('month')
    const query = new URLSearchParams(span === 'all' ? {} : { from: month.startOf('month').toISOString(), ...(end.isBefore(dayjs()) && { to: end.toISOString() }) })
    await download(`/api/v1/evidence/${project}${query.size ? `?${query}` : ''}`, name).catch((error: unknown) => setFailure(asFailure(error)))
    setBusy(false)
  }
  return (
    <Page title="evidence" hint={t('evidenceHint')}>
      <div className="halves">
        <Card title={t('takeEvidence')}>
          <div className="stack">
            <div className="filters" style={{ padding: 0 }}>
              <ProjectSelect value={project || undefined} projects={projects.data} loading={projects.loading} onChange={(id) => setSearch({ project: id })} />
              <Segmented value={span} onChange={setSpan} options={[{ value: 'all', label: t('allTime') }, { value: 'month', label: t('oneMonth') }]} />
              {span === 'month' && <DatePicker picker="month" value={month} allowClear={false} disabledDate={(day) => day.isAfter(dayjs())} aria-label={t('period')} onChange={(value) => value && setMonth(value)} />}
            </div>
            {failure && <Problem failure={failure} />}
            <div><Button type="primary" icon={<DownloadOutlined />} disabled={!project} loading={busy} onClick={() => void fetchIt()} data-testid="take-evidence">{t('downloadEvidence')}</Button></div>
            <p className="quiet" style={{ margin: 0 }}>{t('evidenceOwn')}</p>
          </div>
        </Card>
        <Card title={t('whatIsChecked')}>
          <ul className="checks">
            {kChecks.map((check) => <li key={check}><CheckCircleFilled aria-hidden /> {t(check)}</li>)}
          </ul>
        </Card>
      </div>
      <Card title={t('checkOffline')} style={{ marginTop: 16 }} loading={trust.loading && !trust.data}>
        {trust.error && <Problem failure={trust.error} retry={trust.reload} />}
        {trust.data && (
          <div className="stack">
            <p className="quiet" style={{ margin: 0 }}>{t('checkOfflineHint')}</p>
            <Line label={t('command')} text={`kapok verify ${name} --trust ${trust.data.public_key}`} />
            <div className="figure-label">{t('platformKey')} · {trust.data.origin}</div>
            <Line label={t('platformKey')} text={trust.data.public_key} />
          </div>
        )}
      </Card>
    </Page>
  )
}
