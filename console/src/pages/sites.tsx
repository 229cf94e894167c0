import { PlusOutlined } from '@ant-design/icons'
import { Alert, App, Button, Card, Form, Input, Modal, Tag, Tooltip } from 'antd'
import { useState } from 'react'
import { useNavigate } from 'react-router-dom'
import { call } from '../api/client'
import { useEvery, useList, type Item } from '../api/hooks'
import { bytes, cores } from '../format'
import { CopyButton, FormModal, Listing, Named, Page, Refresh, Time, UseBar } from '../parts'
import { useSettings } from '../settings'

export type Node = Item<'list_nodes'>
type Site = Item<'list_sites'>
type Token = Item<'list_enrollment_tokens'>

const kLookAgain = 5000

export function NodeUse({ node }: { node: Node }) {
  const { t } = useSettings()
  return (
    <div className="uses">
      <UseBar label="cpu" used={node.used.cpu_milli} all={node.capacity.cpu_milli} show={(n) => t('cores', { n: cores(n) })} />
      <UseBar label="memory" used={node.used.memory_bytes} all={node.capacity.memory_bytes} show={bytes} />
      {node.capacity.accelerators > 0 && (
        <UseBar label="accelerators" used={node.used.accelerators} all={node.capacity.accelerators} show={(n) => t('cards', { n })} />
      )}
    </div>
  )
}

export function Grade({ value }: { value: string }) {
  const { t, name } = useSettings()
  return value ? <Tag color="geekblue">{name('grade', value)}</Tag> : <Tag>{t('notGraded')}</Tag>
}

export function Isolation({ node }: { node: Pick<Node, 'isolation' | 'missing_isolation'> }) {
  const { t } = useSettings()
  const tag = <Named kind="isolation" value={node.isolation} />
  if (!node.missing_isolation) return tag
  return <Tooltip title={t('ownJobsOnly', { feature: node.missing_isolation })}><span tabIndex={0}>{tag}</span></Tooltip>
}

function SiteCard({ site, nodes, loading }: { site: Site; nodes: Node[]; loading: boolean }) {
  const { t } = useSettings()
  const navigate = useNavigate()
  const list = { data: nodes, loading, loadingMore: false, reload: () => undefined, refresh: () => undefined }
  return (
    <Card title={site.name} styles={{ body: { padding: 0 } }}
      extra={<span className="quiet">{[site.region, t('nodesCount', { n: nodes.length })].filter(Boolean).join(' · ')}</span>}>
      <Listing list={list} rowKey="id" empty="emptyNodes" onOpen={(node) => navigate('/nodes/' + node.id)}
        columns={[
          { title: t('node'), dataIndex: 'name', render: (name, node) => <><b>{name}</b> <Named kind="node" value={node.state} /></> },
          { title: t('capacity'), key: 'capacity', render: (_, node) => <NodeUse node={node} /> },
          { title: t('runningJobs'), dataIndex: 'attempts', align: 'right', render: (n: number) => <span className="number">{n}</span> },
          { title: t('grade'), dataIndex: 'grade', render: (grade) => <Grade value={grade} /> },
          { title: t('isolation'), key: 'isolation', render: (_, node) => <Isolation node={node} /> },
          { title: t('lastSeen'), dataIndex: 'last_seen_at', render: (value) => <Time value={value} /> },
        ]} />
    </Card>
  )
}

// The commands to paste on the host that is to join.
function JoinCommands({ token, onClose }: { token?: string; onClose: () => void }) {
  const { t } = useSettings()
  const text = `kapok agent join --server ${location.origin} --token ${token ?? ''}\nkapok agent run`
  return (
    <Modal open={!!token} title={t('addNode')} width={640} onCancel={onClose} maskClosable={false}
      footer={<Button type="primary" onClick={onClose} data-testid="once-close">{t('close')}</Button>}>
      <Alert type="warning" showIcon message={t('tokenOnce')} style={{ marginBottom: 12 }} />
      <p>{t('runOnHost')}</p>
      <div className="once">
        <code data-testid="join">{text}</code>
        <CopyButton text={text} />
      </div>
    </Modal>
  )
}

function OpenTokens({ tokens, onChanged }: { tokens: Token[]; onChanged: () => void }) {
  const { t } = useSettings()
  const { modal } = App.useApp()
  const revoke = (token: Token) =>
    modal.confirm({
      title: t('revoke'), content: t('revokeTokenAsk'), okText: t('revoke'), cancelText: t('cancel'), okButtonProps: { danger: true },
      onOk: async () => {
        await call('revoke_enrollment_token', { path: { id: token.id } })
        onChanged()
      },
    })
  const list = { data: tokens, loading: false, loadingMore: false, reload: onChanged, refresh: onChanged }
  return (
    <Card title={t('openTokens')} size="small" styles={{ body: { padding: 0 } }}>
      <Listing list={list} rowKey="id" empty="openTokens"
        columns={[
          { title: t('site'), dataIndex: 'site_name', render: (name) => <b>{name}</b> },
          { title: t('created'), dataIndex: 'created_at', render: (value) => <Time value={value} /> },
          { title: t('expires'), dataIndex: 'expires_at', render: (value) => <Time value={value} /> },
          { title: t('actions'), key: 'actions', render: (_, token) => <Button type="link" size="small" danger onClick={() => revoke(token)}>{t('revoke')}</Button> },
        ]} />
    </Card>
  )
}

const isOpen = (token: Token) => !token.used_at && !token.revoked_at && new Date(token.expires_at) > new Date()

export function SitesPage() {
  const { t } = useSettings()
  const sites = useList('list_sites', { query: { limit: 100 } })
  const nodes = useList('list_nodes', { query: { limit: 100 } })
  const tokens = useList('list_enrollment_tokens', { query: { limit: 100 } })
  const [adding, setAdding] = useState(false)
  const [made, setMade] = useState<string>()
  const [form] = Form.useForm<{ site_name: string }>()
  useEvery(kLookAgain, () => {
    sites.refresh()
    nodes.refresh()
  })
  const open = (tokens.data ?? []).filter(isOpen)
  const add = <Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)} data-testid="add-node">{t('addNode')}</Button>
  const none = sites.data?.length === 0
  return (
    <Page title="sites" hint={t('sitesHint')} extra={<><Refresh loading={sites.loading} onClick={() => { sites.reload(); nodes.reload(); tokens.reload() }} />{add}</>}>
      <div className="stack">
        {(none || sites.error || sites.loading) && !sites.data?.length && (
          <Card styles={{ body: { padding: 0 } }}><Listing list={sites} rowKey="id" empty="emptySites" columns={[{ title: t('site'), dataIndex: 'name' }]} /></Card>
        )}
        {sites.data?.map((site) => (
          <SiteCard key={site.id} site={site} nodes={(nodes.data ?? []).filter((node) => node.site_id === site.id)} loading={nodes.loading && !nodes.data} />
        ))}
        {open.length > 0 && <OpenTokens tokens={open} onChanged={tokens.reload} />}
      </div>
      <FormModal open={adding} title="makeToken" form={form} onClose={() => setAdding(false)} initial={{ site_name: sites.data?.[0]?.name ?? '' }}
        submit={async ({ site_name }) => {
          const token = await call('create_enrollment_token', { body: { site_name } })
          setMade(token.token ?? '')
          tokens.reload()
        }}>
        <p className="quiet">{t('addNodeHint')}</p>
        <Form.Item name="site_name" label={t('siteName')} extra={t('siteNameHint')} rules={[{ required: true, message: t('required') }]}><Input autoFocus /></Form.Item>
      </FormModal>
      <JoinCommands token={made} onClose={() => setMade(undefined)} />
    </Page>
  )
}
