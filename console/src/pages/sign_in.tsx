import { Button, Form, Input } from 'antd'
import { useState } from 'react'
import { call, Failure } from '../api/client'
import { Problem } from '../parts'
import { useSession } from '../session'
import { useSettings } from '../settings'
import { Brand, Tools } from '../shell'

export function SignInPage() {
  const { t } = useSettings()
  const { refresh } = useSession()
  const [failure, setFailure] = useState<Failure>()
  const [busy, setBusy] = useState(false)
  const enter = async (values: { user: string; password: string }) => {
    setBusy(true)
    setFailure(undefined)
    try {
      await call('sign_in', { body: { user_name: values.user, password: values.password } })
      await refresh()
    } catch (error) {
      if (error instanceof Failure) setFailure(error)
      setBusy(false)
    }
  }
  const required = [{ required: true, message: t('required') }]
  return (
    <div className="sign-in">
      <section className="sign-in-art">
        <Brand />
        <div>
          <h1>{t('slogan')}</h1>
          <p>{t('sloganMore')}</p>
        </div>
        <p className="foot" style={{ fontSize: 13 }}>Kapok · Apache-2.0</p>
        <img className="bloom" src="/bloom.svg" alt="" />
      </section>
      <main className="sign-in-form">
        <div className="tools">
          <Tools />
        </div>
        <div className="middle">
          <div className="box">
            <h2>{t('signIn')}</h2>
            <p className="hint">{t('signInHint')}</p>
            <Form layout="vertical" requiredMark={false} size="large" onFinish={(values) => void enter(values)}>
              <Form.Item name="user" label={t('userName')} rules={required}>
                <Input autoComplete="username" autoFocus />
              </Form.Item>
              <Form.Item name="password" label={t('password')} rules={required}>
                <Input.Password autoComplete="current-password" />
              </Form.Item>
              {failure && <div style={{ marginBottom: 16 }}><Problem failure={failure} /></div>}
              <Button type="primary" htmlType="submit" block loading={busy}>
                {t('signIn')}
              </Button>
            </Form>
          </div>
        </div>
      </main>
    </div>
  )
}
