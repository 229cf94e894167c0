import { FileTextOutlined, SendOutlined, UploadOutlined } from '@ant-design/icons'
import { Alert, App, Button, Card, Form, Input, InputNumber, Modal, Radio, Select, Space, Upload } from 'antd'
import { useEffect, useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router-dom'
import { call, Failure, failureOf, send } from '../api/client'
import { useCall, useList } from '../api/hooks'
import type { UploadArtifactResponse } from '../api/types'
import { Page, Problem, ProjectSelect, useProjects } from '../parts'
import { useSettings } from '../settings'
import { draftOf, draftOfYaml, kBlank, kExamples, requestOf, type Draft, type DraftInput } from './job_draft'

// To the organization of the project that will run the job.
async function upload(file: File, project: string | undefined): Promise<DraftInput> {
  const response = await send('/api/v1/artifacts' + (project ? `?project_id=${project}` : ''), { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: file })
  if (!response.ok) throw await failureOf(response)
  const artifact = (await response.json()) as UploadArtifactResponse
  return { path: file.name, artifact: artifact.digest }
}

// Input files are uploaded when they are chosen; the job then names what arrived.
function Inputs({ project, value = [], onChange }: { project?: string; value?: DraftInput[]; onChange?: (inputs: DraftInput[]) => void }) {
  const { t } = useSettings()
  const [failure, setFailure] = useState<Failure>()
  const [busy, setBusy] = useState(0)
  const [latest] = useState({ value })
  latest.value = value
  const take = async (file: File) => {
    setFailure(undefined)
    setBusy((before) => before + 1)
    try {
      const input = await upload(file, project)
      onChange?.([...latest.value.filter((old) => old.path !== input.path), input])
    } catch (error) {
      if (error instanceof Failure) setFailure(error)
    }
    setBusy((before) => before - 1)
  }
  return (
    <div>
      <Upload beforeUpload={(file) => { void take(file); return false }} showUploadList={false} multiple>
        <Button icon={<UploadOutlined />} loading={busy > 0}>{t(busy > 0 ? 'uploading' : 'addFile')}</Button>
      </Upload>
      <ul className="files">
        {value.map((input) => (
          <li key={input.path}>
            <span className="mono">{input.path}</span>
            <Button type="link" size="small" danger onClick={() => onChange?.(value.filter((old) => old !== input))}>{t('remove')}</Button>
          </li>
        ))}
      </ul>
      {failure && <Problem failure={failure} />}
    </div>
  )
}

function YamlImport({ open, onClose, onDraft }: { open: boolean; onClose: () => void; onDraft: (draft: Draft, sources: string[]) => void }) {
  const { t } = useSettings()
  const [text, setText] = useState('')
  const [fault, setFault] = useState<string>()
  const use = async () => {
    try {
      const { draft, sources } = await draftOfYaml(text)
      onDraft(draft, sources)
      setFault(undefined)
      onClose()
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error))
    }
  }
  return (
    <Modal open={open} title={t('importYaml')} onCancel={onClose} onOk={() => void use()} okText={t('useYaml')} cancelText={t('cancel')} width={640} okButtonProps={{ disabled: !text.trim() }}>
      <Space direction="vertical" style={{ width: '100%' }}>
        <Upload accept=".yaml,.yml" showUploadList={false} beforeUpload={(file) => { void file.text().then(setText); return false }}>
          <Button icon={<FileTextOutlined />}>{t('chooseFile')}</Button>
        </Upload>
        <Input.TextArea className="mono" value={text} onChange={(event) => setText(event.target.value)} autoSize={{ minRows: 10, maxRows: 20 }}
          placeholder={t('pasteYaml')} aria-label={t('pasteYaml')} spellCheck={false} data-testid="yaml" />
        {fault && <Alert type="error" showIcon message={t('badYaml', { detail: fault })} />}
      </Space>
    </Modal>
  )
}

function Fields({ project }: { project?: string }) {
  const { t, name } = useSettings()
  const sites = useList('list_sites', { query: { limit: 100 } })
  const required = [{ required: true, message: t('required') }]
  return (
    <>
      <Card title={t('command')}>
        <Form.Item name="name" label={t('name')} rules={required}><Input /></Form.Item>
        <Form.Item name="how" label={t('runHow')}>
          <Radio.Group optionType="button" options={[{ value: 'shell', label: t('runShell') }, { value: 'direct', label: t('runDirect') }]} />
        </Form.Item>
        <Form.Item name="command" label={t('command')} extra={t('commandHint')} rules={required}>
          <Input.TextArea className="mono" autoSize={{ minRows: 4, maxRows: 16 }} spellCheck={false} />
        </Form.Item>
        <Form.Item name="inputs" label={t('inputs')} extra={t('inputsHint')}><Inputs project={project} /></Form.Item>
        <Form.Item name="outputs" label={t('outputs')} extra={t('outputsHint')}><Select mode="tags" open={false} suffixIcon={null} /></Form.Item>
        <Form.Item name="environment" label={t('environment')} extra={t('environmentHint')}><Input.TextArea className="mono" autoSize={{ minRows: 1, maxRows: 6 }} spellCheck={false} /></Form.Item>
      </Card>
      <Card title={t('needs')}>
        <div className="fields">
          <Form.Item name="cpu" label={t('cpu')} rules={required}><Input /></Form.Item>
          <Form.Item name="memory" label={t('memory')} rules={required}><Input /></Form.Item>
          <Form.Item name="disk" label={t('disk')} rules={required}><Input /></Form.Item>
          <Form.Item name="accelerators" label={t('accelerators')}><InputNumber min={0} precision={0} style={{ width: '100%' }} /></Form.Item>
          <Form.Item name="time_limit" label={t('timeLimit')} tooltip={t('timeLimitHint')} rules={required}><Input /></Form.Item>
          <Form.Item name="priority" label={t('priority')}><InputNumber min={0} max={100} precision={0} style={{ width: '100%' }} /></Form.Item>
          <Form.Item name="network" label={t('network')}><Select options={(['none', 'outbound'] as const).map((value) => ({ value, label: name('network', value) }))} /></Form.Item>
          <Form.Item name="retry" label={t('retryRule')}><Select options={(['infrastructure', 'never'] as const).map((value) => ({ value, label: name('retry', value) }))} /></Form.Item>
          <Form.Item name="site" label={t('site')}><Select allowClear placeholder={t('anySite')} options={(sites.data ?? []).map((site) => ({ value: site.id, label: site.name }))} /></Form.Item>
        </div>
      </Card>
    </>
  )
}

export function NewJobPage() {
  const { t } = useSettings()
  const { message } = App.useApp()
  const navigate = useNavigate()
  const [search] = useSearchParams()
  const from = search.get('from') ?? ''
  const earlier = useCall('get_job', { path: { id: from } }, !!from)
  const projects = useProjects()
  const [project, setProject] = useState<string>()
  const [form] = Form.useForm<Draft>()
  const [importing, setImporting] = useState(false)
  const [failure, setFailure] = useState<Failure>()
  const [busy, setBusy] = useState(false)
  const payer = project ?? earlier.data?.project_id ?? projects.data?.[0]?.id
  useEffect(() => {
    if (earlier.data) form.setFieldsValue(draftOf(earlier.data.spec))
  }, [earlier.data, form])
  const submit = async (draft: Draft) => {
    if (!payer) return
    setBusy(true)
    setFailure(undefined)
    try {
      const job = await call('submit_job', { body: requestOf({ ...kBlank, ...draft }, payer) })
      navigate('/jobs/' + job.id)
    } catch (error) {
      if (error instanceof Failure) setFailure(error)
    }
    setBusy(false)
  }
  return (
    <Page title="jobs" back="/jobs" named={t('submitJob')} hint={t('newJobHint')}
      extra={
        <>
          <Select placeholder={t('examples')} aria-label={t('examples')} value={null} style={{ minWidth: 150 }} data-testid="examples"
            onChange={(title: string | null) => form.setFieldsValue(kExamples.find((one) => one.title === title)?.draft ?? {})}
            options={kExamples.map(({ title }) => ({ value: title, label: t(title) }))} />
          <Button icon={<FileTextOutlined />} onClick={() => setImporting(true)} data-testid="import-yaml">{t('importYaml')}</Button>
        </>
      }>
      <Form<Draft> form={form} layout="vertical" requiredMark={false} initialValues={kBlank} onFinish={(draft) => void submit(draft)} scrollToFirstError>
        <div className="stack">
          <Fields project={payer} />
          {failure && <Problem failure={failure} />}
          <div className="submit-row">
            <ProjectSelect value={payer} projects={projects.data} loading={projects.loading} onChange={setProject} />
            <Button type="primary" htmlType="submit" icon={<SendOutlined />} loading={busy} disabled={!payer} data-testid="submit">{t('submitJob')}</Button>
          </div>
        </div>
      </Form>
      <YamlImport open={importing} onClose={() => setImporting(false)}
        onDraft={(draft, sources) => {
          form.setFieldsValue(draft)
          if (sources.length) void message.warning(t('yamlSources', { files: sources.join(', ') }), 8)
        }} />
    </Page>
  )
}
