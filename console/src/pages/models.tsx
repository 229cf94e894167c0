import { LinkOutlined, PlusOutlined } from '@ant-design/icons'
import { App, Button, Card, Form, Input, InputNumber, Select, Space } from 'antd'
import { useState } from 'react'
import { useNavigate } from 'react-router-dom'
import { call } from '../api/client'
import { useList, type Item } from '../api/hooks'
import type { CreateModelRequest } from '../api/types'
import { FormModal, Listing, Page, Refresh, State, Time } from '../parts'
import { useSettings } from '../settings'

interface DeploymentFields {
  model: string
  upstream: 'llama.cpp' | 'openai'
  url: string
  input: string
  output: string
}

export function ModelsPage() {
  const { t } = useSettings()
  const { modal } = App.useApp()
  const navigate = useNavigate()
  const models = useList('list_models', { query: { limit: 100 } })
  const deployments = useList('list_deployments', { query: { limit: 100 } })
  const [making, setMaking] = useState<'model' | 'deployment'>()
  const [modelForm] = Form.useForm<CreateModelRequest>()
  const [deploymentForm] = Form.useForm<DeploymentFields>()
  const required = [{ required: true, message: t('required') }]
  const nameOf = (id: string) => models.data?.find((found) => found.id === id)?.name ?? id
  const connect = async ({ input, output, ...rest }: DeploymentFields) => {
    const price = (amount: string) => ({ amount: String(amount), currency: 'CNY' as const })
    await call('create_deployment', { body: { ...rest, input_price: price(input), output_price: price(output) } })
    deployments.reload()
  }
  const stop = (deployment: Item<'list_deployments'>) =>
    modal.confirm({
      title: `${t('stop')}: ${nameOf(deployment.model)}`, content: t('stopAsk'), okText: t('stop'), cancelText: t('cancel'), okButtonProps: { danger: true },
      onOk: async () => {
        await call('stop_deployment', { path: { id: deployment.id } })
        deployments.reload()
      },
    })
  return (
    <Page title="models" hint={t('modelsHint')}
      extra={
        <>
          <Refresh loading={models.loading} onClick={() => { models.reload(); deployments.reload() }} />
          <Button icon={<PlusOutlined />} onClick={() => setMaking('model')}>{t('addModel')}</Button>
          <Button type="primary" icon={<LinkOutlined />} onClick={() => setMaking('deployment')}>{t('connect')}</Button>
        </>
      }>
      <div className="stack">
        <Card title={t('deployments')} styles={{ body: { padding: 0 } }}>
          <Listing list={deployments} rowKey="id" empty="emptyDeployments"
            columns={[
              { title: t('model'), dataIndex: 'model', render: (id) => <b>{nameOf(id)}</b> },
              { title: t('status'), dataIndex: 'state', render: (value, row) => <><State value={value} />{row.detail && <div className="quiet">{row.detail}</div>}</> },
              { title: t('engine'), dataIndex: 'upstream' },
              { title: t('address'), dataIndex: 'url', render: (url) => <span className="mono">{url}</span> },
              { title: t('created'), dataIndex: 'created_at', render: (value) => <Time value={value} /> },
              { title: t('actions'), key: 'actions', render: (_, row) => (
                <Space size={0}>
                  {row.state === 'ready' && <Button type="link" size="small" onClick={() => navigate('/playground?model=' + encodeURIComponent(nameOf(row.model)))}>{t('tryIt')}</Button>}
                  {row.state !== 'stopped' && <Button type="link" size="small" danger onClick={() => stop(row)}>{t('stop')}</Button>}
                </Space>
              ) },
            ]} />
        </Card>
        <Card title={t('catalogue')} styles={{ body: { padding: 0 } }}>
          <Listing list={models} rowKey="id" empty="emptyModels"
            columns={[
              { title: t('name'), dataIndex: 'name', render: (name, row) => <><b>{name}</b>{row.description && <div className="quiet">{row.description}</div>}</> },
              { title: t('license'), dataIndex: 'license' },
              { title: t('contextWindow'), dataIndex: 'context_window', align: 'right', render: (n: number) => <span className="number">{t('tokens', { n: n.toLocaleString() })}</span> },
              { title: t('source'), dataIndex: 'source', render: (source) => <span className="mono">{source}</span> },
              { title: t('created'), dataIndex: 'created_at', render: (value) => <Time value={value} /> },
            ]} />
        </Card>
      </div>
      <FormModal open={making === 'model'} title="addModel" form={modelForm} onClose={() => setMaking(undefined)}
        initial={{ context_window: 4096, license: 'Apache-2.0' }}
        submit={async (values) => { await call('create_model', { body: values }); models.reload() }}>
        <Form.Item name="name" label={t('name')} rules={required}><Input /></Form.Item>
        <Form.Item name="description" label={t('description')}><Input /></Form.Item>
        <Form.Item name="license" label={t('license')} rules={required}><Input /></Form.Item>
        <Form.Item name="source" label={t('source')} rules={required}><Input /></Form.Item>
        <Form.Item name="context_window" label={t('contextWindow')} rules={required}><InputNumber min={1} style={{ width: '100%' }} /></Form.Item>
      </FormModal>
      <FormModal open={making === 'deployment'} title="connect" form={deploymentForm} onClose={() => setMaking(undefined)} submit={connect}
        initial={{ upstream: 'llama.cpp', url: 'http://127.0.0.1:8080', input: '1.00', output: '2.00', model: models.data?.[0]?.id }}>
        <Form.Item name="model" label={t('model')} rules={required}><Select options={(models.data ?? []).map((model) => ({ value: model.id, label: model.name }))} /></Form.Item>
        <Form.Item name="upstream" label={t('engine')} rules={required}><Select options={['llama.cpp', 'openai'].map((value) => ({ value, label: value }))} /></Form.Item>
        <Form.Item name="url" label={t('address')} rules={required}><Input /></Form.Item>
        <Form.Item name="input" label={t('inputPrice')} rules={required}><Input prefix="¥" inputMode="decimal" /></Form.Item>
        <Form.Item name="output" label={t('outputPrice')} rules={required}><Input prefix="¥" inputMode="decimal" /></Form.Item>
      </FormModal>
    </Page>
  )
}
