import { PlusOutlined } from '@ant-design/icons'
import { Button, Card, Form, Input, Select } from 'antd'
import { useState } from 'react'
import { useNavigate } from 'react-router-dom'
import { call } from '../api/client'
import { useList, type Item } from '../api/hooks'
import { FormModal, Id, Listing, Page, Refresh, State, Time, useProjects } from '../parts'
import { useSettings } from '../settings'
import type { TextKey } from '../texts'

type Kind = Item<'list_organizations'>['kind']
const kKinds: Record<Kind, TextKey> = { platform: 'platformKind', government: 'government', company: 'company', institution: 'institution' }

export function OrganizationsPage() {
  const { t } = useSettings()
  const navigate = useNavigate()
  const organizations = useList('list_organizations', { query: { limit: 100 } })
  const projects = useProjects()
  const [making, setMaking] = useState<'organization' | 'project'>()
  const [organizationForm] = Form.useForm<{ name: string; kind: Kind; parent_id: string }>()
  const [projectForm] = Form.useForm<{ name: string; description?: string; organization_id: string }>()
  const nameOf = (id?: string | null) => organizations.data?.find((found) => found.id === id)?.name ?? <Id value={id} />
  const options = (organizations.data ?? []).map((found) => ({ value: found.id, label: found.name }))
  const required = [{ required: true, message: t('required') }]
  const first = organizations.data?.[0]?.id
  return (
    <Page title="organizations" hint={t('organizationsHint')}
      extra={
        <>
          <Refresh loading={organizations.loading} onClick={() => { organizations.reload(); projects.reload() }} />
          <Button icon={<PlusOutlined />} onClick={() => setMaking('organization')}>{t('newOrganization')}</Button>
          <Button type="primary" icon={<PlusOutlined />} onClick={() => setMaking('project')} data-testid="new-project">{t('newProject')}</Button>
        </>
      }>
      <div className="stack">
        <Card title={t('projects')} styles={{ body: { padding: 0 } }}>
          <Listing list={projects} rowKey="id" empty="emptyProjects" onOpen={(project) => navigate('/bill?project=' + project.id)}
            columns={[
              { title: t('name'), dataIndex: 'name', render: (name, row) => <><b>{name}</b>{row.description && <div className="quiet">{row.description}</div>}</> },
              { title: t('organization'), dataIndex: 'organization_id', render: nameOf },
              { title: t('status'), dataIndex: 'status', render: (value) => <State value={value} /> },
              { title: 'ID', dataIndex: 'id', render: (value) => <Id value={value} /> },
              { title: t('created'), dataIndex: 'created_at', render: (value) => <Time value={value} /> },
            ]} />
        </Card>
        <Card title={t('organization')} styles={{ body: { padding: 0 } }}>
          <Listing list={organizations} rowKey="id" empty="emptyOrganizations"
            columns={[
              { title: t('name'), dataIndex: 'name', render: (name) => <b>{name}</b> },
              { title: t('kind'), dataIndex: 'kind', render: (kind: Kind) => t(kKinds[kind]) },
              { title: t('parent'), dataIndex: 'parent_id', render: (id) => (id ? nameOf(id) : '—') },
              { title: t('status'), dataIndex: 'status', render: (value) => <State value={value} /> },
              { title: 'ID', dataIndex: 'id', render: (value) => <Id value={value} /> },
              { title: t('created'), dataIndex: 'created_at', render: (value) => <Time value={value} /> },
            ]} />
        </Card>
      </div>
      <FormModal open={making === 'organization'} title="newOrganization" form={organizationForm} onClose={() => setMaking(undefined)}
        initial={{ kind: 'company', parent_id: first }}
        submit={async (values) => { await call('create_organization', { body: values }); organizations.reload() }}>
        <Form.Item name="name" label={t('name')} rules={required}><Input /></Form.Item>
        <Form.Item name="kind" label={t('kind')} rules={required}>
          <Select options={(['government', 'company', 'institution'] as const).map((kind) => ({ value: kind, label: t(kKinds[kind]) }))} />
        </Form.Item>
        <Form.Item name="parent_id" label={t('parent')} rules={required}><Select options={options} showSearch optionFilterProp="label" /></Form.Item>
      </FormModal>
      <FormModal open={making === 'project'} title="newProject" form={projectForm} onClose={() => setMaking(undefined)}
        initial={{ organization_id: first }}
        submit={async (values) => { await call('create_project', { body: values }); projects.reload() }}>
        <Form.Item name="name" label={t('name')} rules={required}><Input /></Form.Item>
        <Form.Item name="description" label={t('description')}><Input.TextArea rows={2} /></Form.Item>
        <Form.Item name="organization_id" label={t('organization')} rules={required}><Select options={options} showSearch optionFilterProp="label" /></Form.Item>
      </FormModal>
    </Page>
  )
}
