import { PlusOutlined } from '@ant-design/icons'
import { Button, Card, Select } from 'antd'
import { useNavigate, useSearchParams } from 'react-router-dom'
import { useEvery, useList, type Item } from '../api/hooks'
import { span } from '../format'
import { names } from '../names'
import { Listing, Named, Page, Refresh, Time, useProjects } from '../parts'
import { useSettings } from '../settings'

export type JobSummary = Item<'list_jobs'>
export type JobState = JobSummary['state']
const kLookAgain = 3000
const kOver = new Set<JobState>(['succeeded', 'user_error', 'infrastructure_error', 'timeout', 'out_of_memory', 'cancelled', 'lost'])

export const isOver = (state: JobState) => kOver.has(state)

export function JobsPage() {
  const { t, name } = useSettings()
  const navigate = useNavigate()
  const [search, setSearch] = useSearchParams()
  const projects = useProjects()
  const project = search.get('project') ?? ''
  const state = (search.get('state') ?? '') as JobState | ''
  const jobs = useList('list_jobs', { query: { limit: 50, ...(project && { project_id: project }), ...(state && { state }) } })
  useEvery(kLookAgain, jobs.refresh)
  const filter = (key: string, value: string) => {
    const next = new URLSearchParams(search)
    if (value) next.set(key, value)
    else next.delete(key)
    setSearch(next)
  }
  const lasted = (job: JobSummary) => span(new Date(job.finished_at ?? Date.now()).getTime() - new Date(job.created_at).getTime(), t)
  return (
    <Page title="jobs" hint={t('jobsHint')}
      extra={
        <>
          <Refresh loading={jobs.loading} onClick={jobs.reload} />
          <Button type="primary" icon={<PlusOutlined />} onClick={() => navigate('/jobs/new')} data-testid="submit-job">{t('submitJob')}</Button>
        </>
      }>
      <Card styles={{ body: { padding: 0 } }}>
        <div className="filters">
          <Select value={project} aria-label={t('project')} onChange={(value) => filter('project', value)} style={{ minWidth: 160 }}
            options={[{ value: '', label: t('anyProject') }, ...(projects.data ?? []).map((found) => ({ value: found.id, label: found.name }))]} />
          <Select value={state} aria-label={t('status')} onChange={(value) => filter('state', value)} style={{ minWidth: 140 }}
            options={[{ value: '', label: t('anyState') }, ...Object.keys(names.job).map((value) => ({ value, label: name('job', value) }))]} />
        </div>
        <Listing list={jobs} rowKey="id" empty="emptyJobs" onOpen={(job) => navigate('/jobs/' + job.id)}
          emptyAction={<Button onClick={() => navigate('/jobs/new')}>{t('submitJob')}</Button>}
          columns={[
            { title: t('name'), dataIndex: 'name', render: (value) => <b>{value}</b> },
            { title: t('status'), dataIndex: 'state', render: (value) => <Named kind="job" value={value} /> },
            { title: t('project'), dataIndex: 'project_id', render: (id) => projects.data?.find((found) => found.id === id)?.name ?? '—' },
            { title: t('attempt'), dataIndex: 'attempt', align: 'right', render: (n: number) => <span className="number">{n}</span> },
            { title: t('priority'), dataIndex: 'priority', align: 'right' },
            { title: t('created'), dataIndex: 'created_at', render: (value) => <Time value={value} /> },
            { title: t('duration'), key: 'duration', align: 'right', render: (_, job) => <span className="number">{lasted(job)}</span> },
          ]} />
      </Card>
    </Page>
  )
}
