import { PlusOutlined } from '@ant-design/icons'
import { App, Button, Card, Form, Input, Select, Space, Tag } from 'antd'
import { useState } from 'react'
import { call } from '../api/client'
import { useList, type Item } from '../api/hooks'
import { FormModal, kRoles, Listing, Once, Page, Refresh, State, Time } from '../parts'
import { useSettings } from '../settings'

type User = Item<'list_users'>

interface Fields {
  name: string
  display_name?: string
  organization_id: string
  role: (typeof kRoles)[number]
}

export function UsersPage() {
  const { t } = useSettings()
  const { modal } = App.useApp()
  const users = useList('list_users', { query: { limit: 100 } })
  const organizations = useList('list_organizations', { query: { limit: 100 } })
  const [making, setMaking] = useState(false)
  const [secret, setSecret] = useState<string>()
  const [form] = Form.useForm<Fields>()
  const nameOf = (id: string) => organizations.data?.find((found) => found.id === id)?.name
  const required = [{ required: true, message: t('required') }]
  const reset = (user: User) =>
    modal.confirm({
      title: `${t('resetPassword')}: ${user.name}`, content: t('resetAsk'), okText: t('resetPassword'), cancelText: t('cancel'),
      onOk: async () => setSecret((await call('reset_user_password', { path: { id: user.id } })).password ?? undefined),
    })
  const toggle = async (user: User) => {
    await call('update_user', { path: { id: user.id }, body: { status: user.status === 'active' ? 'suspended' : 'active' } })
    users.reload()
  }
  return (
    <Page title="users" hint={t('usersHint')}
      extra={<><Refresh loading={users.loading} onClick={users.reload} /><Button type="primary" icon={<PlusOutlined />} onClick={() => setMaking(true)}>{t('newUser')}</Button></>}>
      <Card styles={{ body: { padding: 0 } }}>
        <Listing list={users} rowKey="id" empty="emptyUsers"
          columns={[
            { title: t('userName'), dataIndex: 'name', render: (name, row) => <><b>{name}</b>{row.display_name !== name && <div className="quiet">{row.display_name}</div>}</> },
            { title: t('organization'), dataIndex: 'organization_id', render: nameOf },
            { title: t('roles'), dataIndex: 'roles', render: (roles: User['roles']) => roles.map((held) => <Tag key={held.organization_id + held.role}>{t(held.role)}</Tag>) },
            { title: t('status'), dataIndex: 'status', render: (value) => <State value={value} /> },
            { title: t('lastSignIn'), dataIndex: 'last_sign_in_at', render: (value) => (value ? <Time value={value} /> : t('never')) },
            { title: t('actions'), key: 'actions', render: (_, user) => (
              <Space size={0}>
                <Button type="link" size="small" onClick={() => reset(user)}>{t('resetPassword')}</Button>
                <Button type="link" size="small" danger={user.status === 'active'} onClick={() => void toggle(user)}>{t(user.status === 'active' ? 'suspend' : 'resume')}</Button>
              </Space>
            ) },
          ]} />
      </Card>
      <FormModal open={making} title="newUser" form={form} onClose={() => setMaking(false)}
        initial={{ role: 'consumer', organization_id: organizations.data?.[0]?.id }}
        submit={async ({ role, ...rest }) => {
          const made = await call('create_user', { body: { ...rest, roles: [{ organization_id: rest.organization_id, role }] } })
          setSecret(made.password ?? undefined)
          users.reload()
        }}>
        <Form.Item name="name" label={t('userName')} rules={required}><Input autoComplete="off" /></Form.Item>
        <Form.Item name="display_name" label={t('displayName')}><Input /></Form.Item>
        <Form.Item name="organization_id" label={t('organization')} rules={required}>
          <Select options={(organizations.data ?? []).map((found) => ({ value: found.id, label: found.name }))} />
        </Form.Item>
        <Form.Item name="role" label={t('role')} rules={required}><Select options={kRoles.map((role) => ({ value: role, label: t(role) }))} /></Form.Item>
      </FormModal>
      <Once title="firstPassword" hint="firstPasswordHint" text={secret} onClose={() => setSecret(undefined)} />
    </Page>
  )
}
