import { Alert, App, Button, Card, Form, Input } from 'antd'
import { useState } from 'react'
import { useNavigate } from 'react-router-dom'
import { call, Failure } from '../api/client'
import { Page, Problem } from '../parts'
import { useSession } from '../session'
import { useSettings } from '../settings'
import { Tools } from '../shell'

interface Fields {
  present: string
  fresh: string
  again: string
}

export function PasswordPage({ forced = false }: { forced?: boolean }) {
  const { t } = useSettings()
  const { refresh } = useSession()
  const { message } = App.useApp()
  const navigate = useNavigate()
  const [failure, setFailure] = useState<Failure>()
  const [busy, setBusy] = useState(false)
  const change = async ({ present, fresh }: Fields) => {
    setBusy(true)
    setFailure(undefined)
    try {
      await call('change_my_password', { body: { present_password: present, new_password: fresh } })
      void message.success(t('passwordChanged'))
      await refresh()
      navigate('/')
    } catch (error) {
      if (error instanceof Failure) setFailure(error)
    }
    setBusy(false)
  }
  const required = { required: true, message: t('required') }
  const form = (
    <Card title={forced && t('changePassword')} style={{ width: 'min(440px, 100%)' }} extra={forced && <Tools />}>
      {forced && <Alert type="info" showIcon message={t('mustChange')} style={{ marginBottom: 20 }} />}
      <Form<Fields> layout="vertical" requiredMark={false} onFinish={(values) => void change(values)}>
        <Form.Item name="present" label={t('presentPassword')} rules={[required]}>
          <Input.Password autoComplete="current-password" autoFocus />
        </Form.Item>
        <Form.Item name="fresh" label={t('newPassword')} rules={[required]}>
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Form.Item name="again" label={t('repeatPassword')} dependencies={['fresh']}
          rules={[required, ({ getFieldValue }) => ({
            validator: (_, value) => (!value || value === getFieldValue('fresh') ? Promise.resolve() : Promise.reject(new Error(t('passwordsDiffer')))),
          })]}>
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        {failure && <div style={{ marginBottom: 16 }}><Problem failure={failure} /></div>}
        <Button type="primary" htmlType="submit" block loading={busy}>
          {t('changePassword')}
        </Button>
      </Form>
    </Card>
  )
  return forced ? <main style={{ minHeight: '100%', display: 'grid', placeItems: 'center', padding: 16 }}>{form}</main> : <Page title="changePassword">{form}</Page>
}
