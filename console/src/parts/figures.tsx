// Numbers that stand for themselves: a figure with its note, a bar of what is in use.
import { Card, Progress } from 'antd'
import type { ReactNode } from 'react'
import { useSettings } from '../settings'
import type { TextKey } from '../texts'

interface FigureProps {
  label: TextKey
  value: ReactNode
  note?: ReactNode
  loading?: boolean
  testid?: string
}

export function Figure({ label, value, note, loading, testid }: FigureProps) {
  const { t } = useSettings()
  return (
    <Card size="small" loading={loading ?? false}>
      <div className="figure-label">{t(label)}</div>
      <div className="figure-value" data-testid={testid}>{value}</div>
      {note !== undefined && <div className="figure-note">{note}</div>}
    </Card>
  )
}

export interface Use {
  label: TextKey
  used: number
  all: number
  show: (value: number) => string
}

export function UseBar({ label, used, all, show }: Use) {
  const { t } = useSettings()
  const share = all > 0 ? Math.round((used / all) * 100) : 0
  const text = t('inUse', { used: show(used), all: show(all) })
  return (
    <div className="use">
      <span>{t(label)}</span>
      <Progress percent={share} size="small" showInfo={false} strokeColor={share > 90 ? '#d46b08' : '#2f8f5b'} aria-label={`${t(label)} ${text}`} />
      <small>{text}</small>
    </div>
  )
}
