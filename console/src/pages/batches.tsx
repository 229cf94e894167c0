// Batches of a project: how far each is, its results, and a new one from a file of calls.
import { DownloadOutlined, InboxOutlined, PlusOutlined } from '@ant-design/icons'
import { App, Button, Card, Drawer, Form, Progress, Select, Space, Upload } from 'antd'
import { useState } from 'react'
import { Link, useSearchParams } from 'react-router-dom'
import { call } from '../api/client'
import { useEvery } from '../api/hooks'
import { asFailure, download, uploadForBatch, useThings } from '../api/openai'
import type { Batch, File as Kept } from '../api/types'
import { bytes } from '../format'
import { FormModal, Id, Listing, Named, Page, Problem, ProjectSelect, Refresh, Time, useProjects } from '../parts'
import { useSettings } from '../settings'

const kLookAgain = 2000
const kEndpoints = ['/v1/chat/completions', '/v1/completions', '/v1/embeddings'] as const
const kUnderWay = new Set<Batch['status']>(['validating', 'in_progress', 'finalizing', 'cancelling'])
const kCancellable = new Set<Batch['status']>(['validating', 'in_progress'])

interface Fields {
  endpoint: (typeof kEndpoints)[number]
  file: File
}

interface Fault {
  code: string
  line?: number | null
  message: string
}

const timeOf = (seconds?: number | null) => (seconds ? new Date(seconds * 1000).toISOString() : undefined)
const faultsOf = (batch?: Batch) => ((batch?.errors as { data?: Fault[] } | null | undefined)?.data ?? [])

function Done({ batch }: { batch: Batch }) {
  const { t } = useSettings()
  const { total, completed, failed } = batch.request_counts as { total: number; completed: number; failed: number }
  if (total === 0) return <>—</>
  const share = (count: number) => (total > 0 ? Math.round((count / total) * 100) : 0)
  return (
    <div className="use batch-use">
      <Progress percent={share(completed + failed)} success={{ percent: share(completed), strokeColor: '#2f8f5b' }} strokeColor="#d46b08" size="small" showInfo={false}
        aria-label={t('linesDone', { done: completed + failed, all: total })} />
      <small>{t('linesDone', { done: completed + failed, all: total })}{failed > 0 && <> · {t('linesFailed', { n: failed })}</>}</small>
    </div>
  )
}

// Downloads, with the server's reason where that refuses.
function FileButton({ id, name, label }: { id: string; name: string; label: string }) {
  const { message } = App.useApp()
  const [busy, setBusy] = useState(false)
  const fetchIt = async () => {
    setBusy(true)
    await download(`/v1/files/${id}/content`, name).catch((error: unknown) => void message.error(asFailure(error).message))
    setBusy(false)
  }
  return <Button type="link" size="small" icon={<DownloadOutlined />} loading={busy} onClick={(event) => { event.stopPropagation(); void fetchIt() }}>{label}</Button>
}

function Details({ batch, onClose }: { batch?: Batch; onClose: () => void }) {
  const { t, name } = useSettings()
  const faults = faultsOf(batch)
  const times = batch && ([['created', batch.created_at], ['started', batch.in_progress_at], ['finished', batch.completed_at ?? batch.failed_at ?? batch.cancelled_at ?? batch.expired_at], ['expires', batch.expires_at]] as const)
  return (
    <Drawer open={!!batch} onClose={onClose} width={640} title={batch && <>{t('batch')} · {name('batch', batch.status)}</>}>
      {batch && (
        <div className="stack">
          <Card size="small">
            {(batch.request_counts as { total: number }).total > 0 && <Done batch={batch} />}
            <dl className="facts">
              <div><dt>ID</dt><dd><Id value={batch.id} /></dd></div>
              <div><dt>{t('endpoint')}</dt><dd>{name('endpoint', batch.endpoint)}</dd></div>
              {times?.map(([label, seconds]) => <div key={label}><dt>{t(label)}</dt><dd><Time value={timeOf(seconds)} /></dd></div>)}
            </dl>
          </Card>
          {faults.length > 0 && (
            <Card size="small" title={t('inputFaults')}>
              <ul className="reasons">
                {faults.map((fault, index) => <li key={index}>{fault.line ? <b>{t('lineNo', { n: fault.line })} </b> : null}{fault.message}</li>)}
              </ul>
            </Card>
          )}
        </div>
      )}
    </Drawer>
  )
}

export function BatchesPage() {
  const { t, name } = useSettings()
  const { modal } = App.useApp()
  const [search, setSearch] = useSearchParams()
  const projects = useProjects()
  const project = search.get('project') ?? projects.data?.[0]?.id ?? ''
  const batches = useThings('list_batches', project)
  const files = useThings('list_files', project)
  const [making, setMaking] = useState(false)
  const [open, setOpen] = useState<string>()
  const [form] = Form.useForm<Fields>()
  const chosen = Form.useWatch('file', form)
  const nameOf = (id: string) => files.data?.find((file) => file.id === id)?.filename
  const base = (batch: Batch) => (nameOf(batch.input_file_id) ?? batch.id).replace(/\.jsonl$/, '')
  // Results are named after the input, not after the batch's id.
  const shownName = (file: Kept) => {
    const made = batches.data?.find((batch) => batch.output_file_id === file.id || batch.error_file_id === file.id)
    return made ? base(made) + (made.output_file_id === file.id ? '-output.jsonl' : '-errors.jsonl') : file.filename
  }
  const reload = () => {
    batches.reload()
    files.reload()
  }
  const active = batches.data?.some((batch) => kUnderWay.has(batch.status)) ?? false
  useEvery(kLookAgain, () => { batches.refresh(); files.refresh() }, active)
  const make = async ({ endpoint, file }: Fields) => {
    const input = await uploadForBatch(project, file)
    await call('create_batch', { body: { input_file_id: input, endpoint, completion_window: '24h' } })
    reload()
  }
  const ask = (title: string, content: string, act: () => Promise<unknown>) =>
    modal.confirm({ title, content, okText: title, cancelText: t('close'), okButtonProps: { danger: true }, onOk: async () => { await act(); reload() } })
  const cancel = (batch: Batch) => ask(t('cancelBatch'), t('cancelBatchAsk'), () => call('cancel_batch', { path: { id: batch.id } }))
  const remove = (file: Kept) => ask(t('deleteFile'), t('deleteFileAsk', { name: shownName(file) }), () => call('delete_file', { path: { id: file.id } }))
  return (
    <Page title="batches" hint={t('batchesHint')}
      extra={
        <>
          <ProjectSelect value={project || undefined} projects={projects.data} loading={projects.loading} onChange={(id) => setSearch({ project: id })} />
          <Refresh loading={batches.loading} onClick={reload} />
          <Button type="primary" icon={<PlusOutlined />} disabled={!project} data-testid="new-batch" onClick={() => setMaking(true)}>{t('newBatch')}</Button>
        </>
      }>
      <div className="stack">
        <Card title={t('batches')} styles={{ body: { padding: 0 } }} data-testid="batches">
          <Listing list={batches} rowKey="id" empty="emptyBatches" onOpen={(batch) => setOpen(batch.id)}
            columns={[
              { title: t('inputFile'), dataIndex: 'input_file_id', render: (id: string) => <b>{nameOf(id) ?? t('deletedFile')}</b> },
              { title: t('status'), dataIndex: 'status', render: (value) => <Named kind="batch" value={value} /> },
              { title: t('progress'), key: 'progress', render: (_, batch) => <Done batch={batch} /> },
              { title: t('endpoint'), dataIndex: 'endpoint', render: (path: string) => <span title={path}>{name('endpoint', path)}</span> },
              { title: t('created'), dataIndex: 'created_at', render: (seconds: number) => <Time value={timeOf(seconds)} /> },
              { title: t('actions'), key: 'actions', render: (_, batch) => (
                <Space size={0} wrap>
                  {batch.output_file_id && <FileButton id={batch.output_file_id} name={base(batch) + '-output.jsonl'} label={t('results')} />}
                  {batch.error_file_id && <FileButton id={batch.error_file_id} name={base(batch) + '-errors.jsonl'} label={t('failedLines')} />}
                  {kCancellable.has(batch.status) && <Button type="link" size="small" danger onClick={(event) => { event.stopPropagation(); cancel(batch) }}>{t('cancelBatch')}</Button>}
                  {batch.status === 'failed' && <span className="quiet">{t('seeFaults')}</span>}
                </Space>
              ) },
            ]} />
        </Card>
        <Card title={t('files')} styles={{ body: { padding: 0 } }} data-testid="files">
          <Listing list={files} rowKey="id" empty="emptyFiles"
            columns={[
              { title: t('name'), dataIndex: 'filename', render: (_, file) => <b title={file.filename}>{shownName(file)}</b> },
              { title: t('purpose'), dataIndex: 'purpose', render: (value: string) => name('purpose', value) },
              { title: t('size'), dataIndex: 'bytes', align: 'right', render: (count: number) => <span className="number">{bytes(count)}</span> },
              { title: t('created'), dataIndex: 'created_at', render: (seconds: number) => <Time value={timeOf(seconds)} /> },
              { title: t('expires'), dataIndex: 'expires_at', render: (seconds?: number | null) => (seconds ? <Time value={timeOf(seconds)} /> : t('unlimited')) },
              { title: t('actions'), key: 'actions', render: (_, file) => (
                <Space size={0}>
                  <FileButton id={file.id} name={shownName(file)} label={t('download')} />
                  <Button type="link" size="small" danger onClick={() => remove(file)}>{t('deleteFile')}</Button>
                </Space>
              ) },
            ]} />
        </Card>
      </div>
      <Details batch={batches.data?.find((batch) => batch.id === open)} onClose={() => setOpen(undefined)} />
      <FormModal open={making} title="newBatch" form={form} onClose={() => setMaking(false)} submit={make} initial={{ endpoint: '/v1/chat/completions' }}>
        <Form.Item name="file" label={t('inputFile')} rules={[{ required: true, message: t('required') }]} valuePropName="fileList" getValueProps={() => ({})}
          getValueFromEvent={({ file }: { file: File & { originFileObj?: File } }) => file.originFileObj ?? file} extra={t('batchFileHint')}>
          <Upload.Dragger accept=".jsonl,application/jsonl,application/x-ndjson" maxCount={1} showUploadList={false} beforeUpload={() => false}>
            <p><InboxOutlined style={{ fontSize: 28 }} /></p>
            <p>{chosen ? `${chosen.name} · ${bytes(chosen.size)}` : t('chooseJsonl')}</p>
          </Upload.Dragger>
        </Form.Item>
        <Form.Item name="endpoint" label={t('endpoint')}><Select options={kEndpoints.map((value) => ({ value, label: `${name('endpoint', value)} · ${value}` }))} /></Form.Item>
        <pre className="mono command" tabIndex={0}>{'{"custom_id": "1", "method": "POST", "url": "/v1/chat/completions",\n "body": {"model": "…", "messages": [{"role": "user", "content": "…"}]}}'}</pre>
      </FormModal>
      {projects.error && <Problem failure={projects.error} retry={projects.reload} />}
      {projects.data?.length === 0 && <p className="quiet">{t('noProjects')} <Link to="/organizations">{t('newProject')}</Link></p>}
    </Page>
  )
}
