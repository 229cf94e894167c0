// What the pages are put together from.
import { ArrowLeftOutlined, CopyOutlined, ReloadOutlined } from '@ant-design/icons'
import { Alert, App, Button, Form, Modal, Select, Tag, Tooltip, Typography, type FormInstance } from 'antd'
import dayjs from 'dayjs'
import { useMemo, useState, type ReactNode } from 'react'
import { Link } from 'react-router-dom'
import { Failure } from '../api/client'
import { useList, type Item } from '../api/hooks'
import type { Money } from '../api/types'
import { quantity } from '../format'
import { useSettings, type Language } from '../settings'
import type { TextKey } from '../texts'
import type { NameKind } from '../names'

export { Listing } from './listing'
export { WideTable } from './wide_table'
export { Figure, UseBar } from './figures'

interface PageProps {
  title: TextKey
  // What the page is about, where that is one thing: its name stands as the title.
  named?: ReactNode
  hint?: ReactNode
  extra?: ReactNode
  back?: string
  children: ReactNode
}

export function Page({ title, named, hint, extra, back, children }: PageProps) {
  const { t } = useSettings()
  return (
    <>
      <header className="page-head">
        <div>
          {back && <Link className="back" to={back}><ArrowLeftOutlined /> {t(title)}</Link>}
          <h1>{named ?? t(title)}</h1>
          {hint && <div className="page-hint">{hint}</div>}
        </div>
        <div className="page-extra">{extra}</div>
      </header>
      {children}
    </>
  )
}

// What went wrong in the server's own words, with the code that support asks for.
export function Problem({ failure, retry }: { failure: Failure; retry?: () => void }) {
  const { t } = useSettings()
  const { problem } = failure
  return (
    <Alert
      type="error"
      showIcon
      message={problem.detail || t('failed')}
      description={
        <span className="mono">
          {t('code')} {problem.code}
          {problem.pointer && ` · ${problem.pointer}`}
          {problem.request_id && ` · ${t('requestId')} ${problem.request_id}`}
        </span>
      }
      action={
        retry && (
          <Button size="small" onClick={retry}>
            {t('retry')}
          </Button>
        )
      }
    />
  )
}

export function Refresh({ onClick, loading }: { onClick: () => void; loading?: boolean }) {
  const { t } = useSettings()
  return <Button icon={<ReloadOutlined spin={loading} />} onClick={onClick} aria-label={t('refresh')} />
}

export function Id({ value }: { value?: string | null }) {
  if (!value) return <>—</>
  const short = value.length > 16 ? value.slice(0, 8) + '…' + value.slice(-4) : value
  return (
    <span onClick={(event) => event.stopPropagation()} title={value}>
      <Typography.Text className="mono" type="secondary" copyable={{ text: value, tooltips: false }}>
        {short}
      </Typography.Text>
    </span>
  )
}

export function Time({ value }: { value?: string | null }) {
  if (!value) return <>—</>
  return (
    <Tooltip title={value}>
      <span className="number">{dayjs(value).format('YYYY-MM-DD HH:mm:ss')}</span>
    </Tooltip>
  )
}

// Exact decimal text from the API, grouped; small sums keep the digits that a bill needs.
export function decimal(text: string, language: Language, digits = 2): string {
  const [whole = '0', fraction = ''] = text.split('.')
  const grouped = BigInt(whole.replace('-', '')).toLocaleString(language === 'zh' ? 'zh-CN' : 'en-US')
  const kept = fraction.replace(/0+$/, '').padEnd(digits, '0')
  return (whole.startsWith('-') ? '−' : '') + grouped + (kept ? '.' + kept : '')
}

// `short` leaves out what is below the fen where there is more than that; the whole sum is its title.
export function Sum({ value, short = false }: { value?: Money; short?: boolean }) {
  const { language } = useSettings()
  if (!value) return <>—</>
  const sign = value.currency === 'CNY' ? '¥' : '$'
  const whole = decimal(value.amount, language)
  const text = short ? whole.replace(/(\.\d\d)\d+$/, '$1') : whole
  if (text !== whole) return <span className="number" title={sign + whole}>{text.startsWith('−') ? '−' + sign + text.slice(1) : sign + text}</span>
  return <span className="number">{text.startsWith('−') ? '−' + sign + text.slice(1) : sign + text}</span>
}

const kStates: Record<string, [TextKey, string]> = {
  active: ['active', 'green'],
  suspended: ['suspended', 'default'],
  starting: ['starting', 'blue'],
  ready: ['ready', 'green'],
  draining: ['draining', 'orange'],
  stopped: ['stopped', 'default'],
  idle: ['idle', 'blue'],
  failed: ['failedState', 'red'],
  revoked: ['revoked', 'default'],
  expired: ['expired', 'default'],
}

export function State({ value }: { value: string }) {
  const { t } = useSettings()
  const known = kStates[value]
  return <Tag color={known?.[1]}>{known ? t(known[0]) : value}</Tag>
}

const kColors: Record<string, string> = {
  up: 'green', draining: 'orange', unreachable: 'red', down: 'default', queued: 'gold', dispatched: 'geekblue', running: 'blue',
  succeeded: 'green', user_error: 'red', infrastructure_error: 'volcano', infrastructure: 'volcano', timeout: 'orange', out_of_memory: 'orange',
  validating: 'gold', in_progress: 'blue', finalizing: 'geekblue', completed: 'green', failed: 'red', expired: 'orange', cancelling: 'orange',
  uploading: 'blue', fetching: 'blue', checking: 'gold', done: 'green',
  cancelled: 'default', lost: 'volcano', start: 'green', reserve: 'blue', wait: 'gold', refused: 'red',
}

export function Named({ kind, value }: { kind: NameKind; value: string }) {
  const { name } = useSettings()
  return <Tag color={kColors[value] ?? 'default'}>{name(kind, value)}</Tag>
}

// A metered quantity; the exact count of base units is its title.
export function Amount({ count, unit }: { count: number; unit: string }) {
  const { t, name } = useSettings()
  return <span className="number" title={`${count.toLocaleString('en-US')} ${unit}`}>{quantity(count, unit, t, name('unit', unit))}</span>
}

// What the keys that the reader may see are called, by their ids.
export function useKeyNames(): ReadonlyMap<string, string> {
  const keys = useList('list_keys', { query: { limit: 100, sort: '-created' } })
  return useMemo(() => new Map((keys.data ?? []).map((key) => [key.id, key.name])), [keys.data])
}

// Who did it, as the API says it: a kind and a name, "user admin". `known` gives names for ids.
export function Actor({ text, known }: { text: string; known?: ReadonlyMap<string, string> }) {
  const { name } = useSettings()
  const [kind = '', ...rest] = text.replace(/^key (?=key_)/, 'api_key ').split(' ')
  const called = (word: string) => known?.get(word) ?? (word.length > 20 ? word.slice(0, 8) + '…' + word.slice(-4) : word)
  return <span title={text}>{[name('actor', kind), ...rest.map(called)].join(' ')}</span>
}

// What an id is of, in a word, and the id.
export function Subject({ value }: { value?: string | null }) {
  const { name } = useSettings()
  const kind = value?.split('_')[0] ?? ''
  if (!value) return <>—</>
  const word = name('thing', kind)
  return <>{word !== kind && <>{word} </>}<Id value={value} /></>
}

export function CopyButton({ text }: { text: string }) {
  const { t } = useSettings()
  const { message } = App.useApp()
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    void message.success(t('copied'))
  }
  return (
    <Button icon={<CopyOutlined />} onClick={() => void copy()}>
      {t('copy')}
    </Button>
  )
}

// A secret that is shown this once.
export function Once({ title, hint, text, onClose }: { title: TextKey; hint: TextKey; text?: string; onClose: () => void }) {
  const { t } = useSettings()
  return (
    <Modal open={!!text} title={t(title)} onCancel={onClose} maskClosable={false}
      footer={<Button type="primary" onClick={onClose} data-testid="once-close">{t('close')}</Button>}>
      <Alert type="warning" showIcon message={t(hint)} style={{ marginBottom: 12 }} />
      <div className="once">
        <code data-testid="once">{text}</code>
        <CopyButton text={text ?? ''} />
      </div>
    </Modal>
  )
}

interface FormModalProps<T> {
  open: boolean
  title: TextKey
  form: FormInstance<T>
  initial?: Partial<T>
  onClose: () => void
  submit: (values: T) => Promise<void>
  children: ReactNode
}

// A form in a window. It stays open with the server's reason if that refuses.
export function FormModal<T extends object>({ open, title, form, initial, onClose, submit, children }: FormModalProps<T>) {
  const { t } = useSettings()
  const [failure, setFailure] = useState<Failure>()
  const [busy, setBusy] = useState(false)
  const finish = async (values: T) => {
    setBusy(true)
    setFailure(undefined)
    try {
      await submit(values)
      onClose()
    } catch (error) {
      setFailure(error instanceof Failure ? error : new Failure({ status: 0, code: 'console.failed', detail: String(error) }))
    }
    setBusy(false)
  }
  const close = () => {
    setFailure(undefined)
    onClose()
  }
  return (
    <Modal open={open} title={t(title)} onCancel={close} onOk={() => form.submit()} okText={t(title)} cancelText={t('cancel')} confirmLoading={busy} destroyOnHidden>
      <Form<T> form={form} layout="vertical" requiredMark={false} preserve={false} initialValues={initial ?? {}} onFinish={(values) => void finish(values)}
        style={{ paddingTop: 8 }}>
        {children}
        {failure && <Problem failure={failure} />}
      </Form>
    </Modal>
  )
}

export function useProjects() {
  return useList('list_projects', { query: { limit: 100 } })
}

interface ProjectSelectProps {
  value?: string
  onChange?: (id: string) => void
  id?: string
  projects?: Item<'list_projects'>[]
  loading?: boolean
}

export function ProjectSelect({ projects, ...rest }: ProjectSelectProps) {
  const { t } = useSettings()
  return (
    <Select<string> {...rest} style={{ minWidth: 200 }} showSearch optionFilterProp="label" placeholder={t('chooseProject')}
      aria-label={t('chooseProject')} options={(projects ?? []).map((project) => ({ value: project.id, label: project.name }))} />
  )
}

export const kRoles = ['operator', 'provider', 'consumer', 'auditor', 'programme_office'] as const
