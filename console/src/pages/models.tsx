import { CloudDownloadOutlined, LinkOutlined, PlusOutlined, RocketOutlined } from '@ant-design/icons'
import { App, Button, Card, Dropdown, Progress, Space, Tag } from 'antd'
import { useState } from 'react'
import { useNavigate } from 'react-router-dom'
import { call } from '../api/client'
import { useEvery, useList, type Item } from '../api/hooks'
import type { ModelImport } from '../api/types'
import { bytes } from '../format'
import { Listing, Named, Page, Refresh, State, Time } from '../parts'
import { useSettings } from '../settings'
import { AddModel, ConnectDeployment, DeployHere, ImportModel } from './model_forms'

type Deployment = Item<'list_deployments'>
interface OwnCompute {
  slots: number
  cpu_milli: number
  tokens_per_s_milli: number
  node?: string | null
}

const kLookAgain = 2000
const ownOf = (deployment: Deployment) => deployment.own_compute as OwnCompute | null | undefined
const isUnderWay = (one: ModelImport) => one.state === 'uploading' || one.state === 'fetching' || one.state === 'checking'

function Fetched({ one }: { one: ModelImport }) {
  const all = one.total_bytes ?? 0
  const share = all > 0 ? Math.round((one.received_bytes / all) * 100) : 0
  return (
    <div className="use batch-use">
      <Progress percent={one.state === 'done' ? 100 : share} size="small" showInfo={false} strokeColor="#2f8f5b" aria-label={one.name} />
      <small>{all > 0 ? `${bytes(one.received_bytes)} / ${bytes(all)}` : bytes(one.received_bytes)}</small>
    </div>
  )
}

// Weights that are on their way, or did not arrive. Those that did are in the catalogue.
function Imports({ imports, reload }: { imports: ModelImport[]; reload: () => void }) {
  const { t } = useSettings()
  const shown = imports.filter((one) => one.state !== 'done' && one.state !== 'cancelled')
  if (shown.length === 0) return null
  const act = (what: 'resume_model_import' | 'cancel_model_import', id: string) => void call(what, { path: { id } }).then(reload, reload)
  const list = { data: shown, loading: false, loadingMore: false, reload, refresh: reload }
  return (
    <Card title={t('imports')} styles={{ body: { padding: 0 } }}>
      <Listing list={list} rowKey="id" empty="emptyModels"
        columns={[
          { title: t('model'), dataIndex: 'name', render: (text: string, one) => <><b>{text}</b><div className="quiet mono">{one.source}</div></> },
          { title: t('status'), dataIndex: 'state', render: (value, one) => <><Named kind="import" value={value} />{one.problem && <div className="quiet">{one.problem}</div>}</> },
          { title: t('progress'), key: 'progress', render: (_, one) => <Fetched one={one} /> },
          { title: t('actions'), key: 'actions', render: (_, one) => (isUnderWay(one)
            ? <Button type="link" size="small" danger onClick={() => act('cancel_model_import', one.id)}>{t('cancel')}</Button>
            : <Button type="link" size="small" onClick={() => act('resume_model_import', one.id)}>{t('resume')}</Button>) },
        ]} />
    </Card>
  )
}

export function ModelsPage() {
  const { t } = useSettings()
  const { modal } = App.useApp()
  const navigate = useNavigate()
  const models = useList('list_models', { query: { limit: 100 } })
  const deployments = useList('list_deployments', { query: { limit: 100 } })
  const imports = useList('list_model_imports', { query: { limit: 50 } })
  const nodes = useList('list_nodes', { query: { limit: 100 } })
  const [making, setMaking] = useState<'model' | 'import' | 'connect' | 'deploy'>()
  const nameOf = (id: string) => models.data?.find((found) => found.id === id)?.name ?? id
  const reload = () => {
    models.reload()
    deployments.reload()
    imports.reload()
  }
  const close = () => {
    setMaking(undefined)
    reload()
  }
  const moving = (imports.data?.some(isUnderWay) ?? false) || (deployments.data?.some((one) => one.state === 'starting' || one.state === 'draining') ?? false)
  useEvery(kLookAgain, () => { imports.refresh(); deployments.refresh(); models.refresh() }, moving)
  const where = (deployment: Deployment) => {
    const own = ownOf(deployment)
    if (!own) return <span className="mono">{deployment.url}</span>
    return <>{own.node ? nodes.data?.find((node) => node.id === own.node)?.name ?? t('ownCompute') : t('ownCompute')}<div className="quiet">{t('slotsOf', { n: own.slots })} · {t('cores', { n: own.cpu_milli / 1000 })}</div></>
  }
  const speed = (deployment: Deployment) => {
    const rate = ownOf(deployment)?.tokens_per_s_milli ?? 0
    return rate > 0 ? <span className="number">{t('speedLine', { n: Math.round(rate / 1000) })}</span> : '—'
  }
  const stop = (deployment: Deployment) =>
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
          <Refresh loading={models.loading} onClick={reload} />
          <Dropdown menu={{ items: [
            { key: 'import', icon: <CloudDownloadOutlined />, label: t('importModel'), onClick: () => setMaking('import') },
            { key: 'model', icon: <PlusOutlined />, label: t('addModel'), onClick: () => setMaking('model') },
          ] }}>
            <Button icon={<PlusOutlined />} data-testid="add-model">{t('newModel')}</Button>
          </Dropdown>
          <Button icon={<LinkOutlined />} onClick={() => setMaking('connect')}>{t('connect')}</Button>
          <Button type="primary" icon={<RocketOutlined />} onClick={() => setMaking('deploy')} data-testid="deploy">{t('deploy')}</Button>
        </>
      }>
      <div className="stack">
        <Imports imports={imports.data ?? []} reload={imports.reload} />
        <Card title={t('deployments')} styles={{ body: { padding: 0 } }}>
          <Listing list={deployments} rowKey="id" empty="emptyDeployments"
            columns={[
              { title: t('model'), dataIndex: 'model', render: (id) => <b>{nameOf(id)}</b> },
              { title: t('status'), dataIndex: 'state', render: (value, row) => <><State value={value} />{row.detail && <div className="quiet">{row.detail}</div>}</> },
              { title: t('runsOn'), key: 'where', render: (_, row) => where(row) },
              { title: t('engine'), dataIndex: 'upstream', render: (kind: string) => (kind === 'openai' ? t('openaiServer') : kind) },
              { title: t('speed'), key: 'speed', align: 'right', render: (_, row) => speed(row) },
              { title: t('created'), dataIndex: 'created_at', render: (value) => <Time value={value} /> },
              { title: t('actions'), key: 'actions', render: (_, row) => (
                <Space size={0}>
                  {(row.state === 'ready' || row.state === 'idle') && <Button type="link" size="small" onClick={() => navigate('/playground?model=' + encodeURIComponent(nameOf(row.model)))}>{t('tryIt')}</Button>}
                  {row.state !== 'stopped' && <Button type="link" size="small" danger onClick={() => stop(row)}>{t('stop')}</Button>}
                </Space>
              ) },
            ]} />
        </Card>
        <Card title={t('catalogue')} styles={{ body: { padding: 0 } }}>
          <Listing list={models} rowKey="id" empty="emptyModels"
            columns={[
              { title: t('name'), dataIndex: 'name', render: (text, row) => <><b>{text}</b> {row.quality === 'demonstration' && <Tag title={t('demonstrationHint')}>{t('demonstration')}</Tag>}{row.description && <div className="quiet">{row.description}</div>}</> },
              { title: t('license'), dataIndex: 'license' },
              { title: t('contextWindow'), dataIndex: 'context_window', align: 'right', render: (n: number) => <span className="number">{t('tokens', { n: n.toLocaleString() })}</span> },
              { title: t('size'), dataIndex: 'bytes', align: 'right', render: (n: number) => <span className="number">{n > 0 ? bytes(n) : '—'}</span> },
              { title: t('source'), dataIndex: 'source', render: (source) => <span className="mono hash">{source}</span> },
              { title: t('created'), dataIndex: 'created_at', render: (value) => <Time value={value} /> },
            ]} />
        </Card>
      </div>
      <AddModel open={making === 'model'} onClose={close} />
      <ImportModel open={making === 'import'} onClose={close} />
      <ConnectDeployment open={making === 'connect'} models={models.data ?? []} onClose={close} />
      <DeployHere open={making === 'deploy'} models={(models.data ?? []).filter((model) => model.file)} onClose={close} />
    </Page>
  )
}
