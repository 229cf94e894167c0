import { ClearOutlined, KeyOutlined, MessageOutlined, SendOutlined, StopOutlined } from '@ant-design/icons'
import { Alert, Button, Card, Empty, Form, Input, InputNumber, Select } from 'antd'
import dayjs from 'dayjs'
import { useEffect, useRef, useState } from 'react'
import { Link, useSearchParams } from 'react-router-dom'
import { costOf, stream, type Said } from '../api/chat'
import { call, Failure } from '../api/client'
import { useEvery, useList } from '../api/hooks'
import { decimal, Page, Problem, ProjectSelect, useProjects } from '../parts'
import { useSettings } from '../settings'

const kLookAgain = 5000

interface Turn extends Said {
  note?: string
}

interface Asked {
  key: string
  model: string
  limit: number
  text: string
}

function useChat() {
  const { t, language } = useSettings()
  const [turns, setTurns] = useState<Turn[]>([])
  const [failure, setFailure] = useState<Failure>()
  const [running, setRunning] = useState<AbortController>()
  const alter = (change: (last: Turn) => Turn) => setTurns((old) => old.map((turn, index) => (index === old.length - 1 ? change(turn) : turn)))
  const priced = async (request: string, said: string) => {
    const cost = await costOf(request).catch(() => undefined)
    if (cost) alter((turn) => ({ ...turn, note: `${said} · ${t('costLine', { sum: '¥' + decimal(cost.amount, language) })}` }))
  }
  const ask = async ({ key, model, limit, text }: Asked) => {
    const said: Turn[] = [...turns, { role: 'user', content: text }]
    const control = new AbortController()
    const begun = performance.now()
    let first = 0
    let request = ''
    setTurns([...said, { role: 'assistant', content: '' }])
    setFailure(undefined)
    setRunning(control)
    try {
      const messages = said.map(({ role, content }) => ({ role, content }))
      for await (const piece of stream({ key, model, messages, limit, signal: control.signal })) {
        request = piece.request ?? request
        if (piece.text) {
          first ||= performance.now()
          alter((turn) => ({ ...turn, content: turn.content + piece.text }))
        }
        const usage = piece.usage
        if (usage) {
          const now = performance.now()
          const speed = usage.completion_tokens / Math.max(0.001, (now - (first || begun)) / 1000)
          const note = [
            t('usageLine', { input: usage.prompt_tokens, output: usage.completion_tokens, seconds: ((now - begun) / 1000).toFixed(1) }),
            t('speedLine', { n: speed.toFixed(speed < 10 ? 1 : 0) }),
          ].join(' · ')
          alter((turn) => ({ ...turn, note }))
          void priced(request, note)
        }
      }
    } catch (error) {
      if (error instanceof Failure) {
        setFailure(error)
        setTurns((old) => old.filter((turn) => turn.content !== ''))
      }
    }
    setRunning(undefined)
  }
  const clear = () => {
    setTurns([])
    setFailure(undefined)
  }
  return { turns, failure, running, ask, clear }
}

// Models that a call would reach: those of which a deployment is ready.
function useReadyModels() {
  const models = useList('list_models', { query: { limit: 100 } })
  const deployments = useList('list_deployments', { query: { limit: 100 } })
  useEvery(kLookAgain, deployments.refresh)
  const ready = new Set(deployments.data?.filter((one) => one.state === 'ready').map((one) => one.model))
  return { ready: (models.data ?? []).filter((model) => ready.has(model.id)), known: !!models.data && !!deployments.data, error: models.error ?? deployments.error }
}

export function PlaygroundPage() {
  const { t } = useSettings()
  const [search] = useSearchParams()
  const models = useReadyModels()
  const projects = useProjects()
  const { turns, failure, running, ask, clear } = useChat()
  const [key, setKey] = useState('')
  const [model, setModel] = useState(search.get('model') ?? undefined)
  const [project, setProject] = useState<string>()
  const [limit, setLimit] = useState(256)
  const [text, setText] = useState('')
  const [keyFailure, setKeyFailure] = useState<Failure>()
  const lines = useRef<HTMLDivElement>(null)
  const chosen = models.ready.find((found) => found.name === model)?.name ?? models.ready[0]?.name
  const payer = project ?? projects.data?.[0]?.id
  useEffect(() => {
    if (lines.current) lines.current.scrollTop = lines.current.scrollHeight
  }, [turns])
  const submit = () => {
    if (!text.trim() || !key || !chosen || running) return
    void ask({ key, model: chosen, limit, text: text.trim() })
    setText('')
  }
  const makeKey = async () => {
    setKeyFailure(undefined)
    try {
      const made = await call('create_key', {
        body: { name: 'playground', project_id: payer, role: 'consumer', scopes: ['gateway:call'], expires_at: dayjs().add(1, 'hour').toISOString() },
      })
      setKey(made.key ?? '')
    } catch (error) {
      if (error instanceof Failure) setKeyFailure(error)
    }
  }
  return (
    <Page title="playground" hint={t('playgroundHint')} extra={<Button icon={<ClearOutlined />} disabled={!turns.length || !!running} onClick={clear}>{t('clear')}</Button>}>
      {models.error && <Problem failure={models.error} />}
      {models.known && models.ready.length === 0 && (
        <Alert type="info" showIcon style={{ marginBottom: 16 }} message={t('notReady')} action={<Link to="/models">{t('goModels')}</Link>} />
      )}
      <div className="chat">
        <Card className="chat-card" styles={{ body: { padding: 0 } }}>
          <div className="chat-window">
            <div className="chat-lines" aria-live="polite" ref={lines} tabIndex={0}>
              {turns.length === 0 && !failure && (
                <div style={{ margin: 'auto' }}>
                  <Empty image={<MessageOutlined style={{ fontSize: 48, opacity: 0.35 }} />} styles={{ image: { height: 60 } }} description={t('chatEmpty')}>
                    <Button onClick={() => setText(t('chatExample'))}>{t('chatExample')}</Button>
                  </Empty>
                </div>
              )}
              {turns.map((turn, index) => (
                <div key={index} className={'said ' + turn.role} data-testid={'said-' + turn.role}>
                  {turn.content || '…'}
                  {turn.note && <div className="said-note">{turn.note}</div>}
                </div>
              ))}
              {failure && <Problem failure={failure} />}
            </div>
            <div className="chat-write">
              <Input.TextArea value={text} autoSize={{ minRows: 1, maxRows: 5 }} placeholder={t('message')} aria-label={t('message')}
                onChange={(event) => setText(event.target.value)}
                onPressEnter={(event) => {
                  if (event.shiftKey || event.nativeEvent.isComposing) return
                  event.preventDefault()
                  submit()
                }} />
              {running ? (
                <Button icon={<StopOutlined />} onClick={() => running.abort()}>{t('stopAnswer')}</Button>
              ) : (
                <Button type="primary" icon={<SendOutlined />} disabled={!key || !chosen || !text.trim()} onClick={submit} data-testid="send">{t('sendMessage')}</Button>
              )}
            </div>
          </div>
        </Card>
        <Card className="chat-side">
          <Form layout="vertical">
            <Form.Item label={t('model')} extra={t('onlyReady')}>
              <Select value={chosen} onChange={setModel} loading={!models.known && !models.error} placeholder={t('noCallable')} aria-label={t('model')}
                options={models.ready.map((found) => ({ value: found.name, label: found.name }))} />
            </Form.Item>
            <Form.Item label={t('maxTokens')}>
              <InputNumber aria-label={t('maxTokens')} min={1} max={8192} value={limit} onChange={(value) => setLimit(value ?? 256)} style={{ width: '100%' }} />
            </Form.Item>
            <Form.Item label={t('apiKey')} extra={t('keyMemory')}>
              <Input.Password value={key} onChange={(event) => setKey(event.target.value)} placeholder={t('pasteKey')} autoComplete="off" />
            </Form.Item>
            <Form.Item label={t('project')}>
              <ProjectSelect value={payer} projects={projects.data} loading={projects.loading} onChange={setProject} />
            </Form.Item>
            <Button block icon={<KeyOutlined />} disabled={!payer} onClick={() => void makeKey()} data-testid="chat-key">{t('makeChatKey')}</Button>
            {keyFailure && <div style={{ marginTop: 12 }}><Problem failure={keyFailure} /></div>}
          </Form>
        </Card>
      </div>
    </Page>
  )
}
