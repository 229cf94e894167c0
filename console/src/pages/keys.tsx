import { PlusOutlined } from '@ant-design/icons'
import { App, Button, Card, Form, Input, Select, Space, Tag } from 'antd'
import dayjs from 'dayjs'
import { useState } from 'react'
import { call } from '../api/client'
import { useList, type Item } from '../api/hooks'
import type { CreateKeyRequest } from '../api/types'
import { FormModal, Id, Listing, Once, Page, ProjectSelect, Refresh, State, Time, useProjects } from '../parts'
import { useSettings } from '../settings'

type Key = Item<'list_keys'>

interface Fields {
  name: string
  project_id: string
  scopes: CreateKeyRequest['scopes']
  days: number
}

function stateOf(key: Key): string {
  if (key.revoked_at) return 'revoked'
  return key.expires_at && dayjs(key.expires_at).isBefore(dayjs()) ? 'expired' : 'active'
}

export function KeysPage() {
  const { t, language } = useSettings()
  const { modal } = App.useApp()
  const keys = useList('list_keys', { query: { limit: 100, sort: '-created' } })
  const projects = useProjects()
  const scopes = useList('list_scopes', { query: { limit: 100 } })
  const [making, setMaking] = useState(false)
  const [secret, setSecret] = useState<string>()
  const [form] = Form.useForm<Fields>()
  const required = [{ required: true, message: t('required') }]
  const scopeName = (code: string) => (scopes.data ?? []).find((scope) => scope.name === code)?.[language] ?? code
  const make = async ({ days, ...rest }: Fields) => {
    const expires_at = days > 0 ? dayjs().add(days, 'day').toISOString() : null
    const made = await call('create_key', { body: { ...rest, expires_at, role: 'consumer' } })
    setSecret(made.key ?? undefined)
    keys.reload()
  }
  const rotate = (key: Key) =>
    modal.confirm({
      title: `${t('rotate')}: ${key.name}`, content: t('rotateAsk'), okText: t('rotate'), cancelText: t('cancel'),
      onOk: async () => {
        const made = await call('rotate_key', { path: { id: key.id }, body: {} })
        setSecret(made.key ?? undefined)
        keys.reload()
      },
    })
  const revoke = (key: Key) =>
    modal.confirm({
      title: `${t('revoke')}: ${key.name}`, content: t('revokeAsk'), okText: t('revoke'), cancelText: t('cancel'), okButtonProps: { danger: true },
      onOk: async () => {
        await call('revoke_key', { path: { id: key.id } })
        keys.reload()
      },
    })
  return (
    <Page title="keys" hint={t('keysHint')}
      extra={<><Refresh loading={keys.loading} onClick={keys.reload} /><Button type="primary" icon={<PlusOutlined />} data-testid="new-key" onClick={() => setMaking(true)}>{t('newKey')}</Button></>}>
      <Card styles={{ body: { padding: 0 } }}>
        <Listing list={keys} rowKey="id" empty="emptyKeys"
          columns={[
            { title: t('name'), dataIndex: 'name', render: (name, key) => <><b>{name}</b><div><Id value={key.id} /></div></> },
            { title: t('project'), dataIndex: 'project_id', render: (id) => projects.data?.find((found) => found.id === id)?.name ?? '—' },
            { title: t('scopes'), dataIndex: 'scopes', render: (held: string[]) => <span className="tags">{held.map((scope) => <Tag key={scope} title={scope}>{scopeName(scope)}</Tag>)}</span> },
            { title: t('status'), key: 'state', render: (_, key) => <State value={stateOf(key)} /> },
            { title: t('lastUsed'), dataIndex: 'last_used_at', render: (value) => (value ? <Time value={value} /> : t('never')) },
            { title: t('expires'), dataIndex: 'expires_at', render: (value) => (value ? <Time value={value} /> : t('unlimited')) },
            { title: t('actions'), key: 'actions', render: (_, key) => stateOf(key) === 'active' && (
              <Space size={0}>
                <Button type="link" size="small" onClick={() => rotate(key)}>{t('rotate')}</Button>
                <Button type="link" size="small" danger onClick={() => revoke(key)}>{t('revoke')}</Button>
              </Space>
            ) },
          ]} />
      </Card>
      <FormModal open={making} title="newKey" form={form} onClose={() => setMaking(false)} submit={make}
        initial={{ scopes: ['gateway:call', 'model:read'], days: 90, project_id: projects.data?.[0]?.id }}>
        <Form.Item name="name" label={t('name')} rules={required}><Input /></Form.Item>
        <Form.Item name="project_id" label={t('project')} rules={required}><ProjectSelect projects={projects.data} loading={projects.loading} /></Form.Item>
        <Form.Item name="scopes" label={t('scopes')} rules={required}>
          <Select mode="multiple" options={(scopes.data ?? []).map((scope) => ({ value: scope.name, label: `${scope.name} · ${scope[language]}` }))} />
        </Form.Item>
        <Form.Item name="days" label={t('validFor')}>
          <Select options={[1, 30, 90, 365, 0].map((days) => ({ value: days, label: days ? t('days', { n: days }) : t('unlimited') }))} />
        </Form.Item>
      </FormModal>
      <Once title="keyMade" hint="keyOnce" text={secret} onClose={() => setSecret(undefined)} />
    </Page>
  )
}
