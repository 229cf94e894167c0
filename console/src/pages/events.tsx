import { SafetyCertificateOutlined } from '@ant-design/icons'
import { Alert, Card, Descriptions, Drawer } from 'antd'
import { useState } from 'react'
import { useCall, useList, type Item } from '../api/hooks'
import { Actor, Listing, Page, Problem, Refresh, Subject, Time, useKeyNames } from '../parts'
import { useSettings } from '../settings'

type Event = Item<'list_events'>

function Proof({ event, onClose }: { event?: Event; onClose: () => void }) {
  const { t, name } = useSettings()
  const proof = useCall('prove_event', { path: { sequence: String(event?.sequence ?? '') } }, !!event)
  return (
    <Drawer open={!!event} onClose={onClose} width={720} title={event && <>#{event.sequence} · {name('event', event.type)} <span className="mono quiet">{event.type}</span></>}>
      {event && (
        <div className="stack">
          <Card size="small" title={t('details')}>
            <pre className="mono" style={{ margin: 0, whiteSpace: 'pre-wrap' }}>{JSON.stringify(event.data, null, 2)}</pre>
          </Card>
          {proof.error && <Problem failure={proof.error} retry={proof.reload} />}
          <Card size="small" title={t('proof')} loading={proof.loading}>
            {proof.data && (
              <div className="stack">
                <Alert type="success" showIcon icon={<SafetyCertificateOutlined />} message={t('proofHint')} />
                <Descriptions size="small" column={1} items={[
                  { key: 'root', label: t('rootHash'), children: <span className="mono hash">{proof.data.checkpoint.root}</span> },
                  { key: 'size', label: t('treeSize'), children: proof.data.checkpoint.size.toLocaleString() },
                  { key: 'time', label: t('time'), children: <Time value={proof.data.checkpoint.time} /> },
                ]} />
                <pre className="mono" style={{ margin: 0, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
                  {[proof.data.leaf_hash, ...proof.data.hashes].map((hash, index) => `${index === 0 ? 'leaf' : String(index).padStart(4)}  ${hash}`).join('\n')}
                </pre>
              </div>
            )}
          </Card>
        </div>
      )}
    </Drawer>
  )
}

export function EventsPage() {
  const { t, name } = useSettings()
  const events = useList('list_events', { query: { limit: 50, order: 'newest_first' } })
  const checkpoint = useCall('get_latest_checkpoint')
  const trust = useCall('get_trust')
  const known = useKeyNames()
  const [open, setOpen] = useState<Event>()
  return (
    <Page title="events" hint={t('eventsHint')} extra={<Refresh loading={events.loading} onClick={() => { events.reload(); checkpoint.reload() }} />}>
      <div className="stack">
        <Card title={t('checkpoint')} size="small" loading={checkpoint.loading && !checkpoint.data}>
          {checkpoint.error && <Problem failure={checkpoint.error} retry={checkpoint.reload} />}
          {checkpoint.data && (
            <Descriptions size="small" column={{ xs: 1, md: 2 }} items={[
              { key: 'size', label: t('treeSize'), children: <span className="number">{checkpoint.data.size.toLocaleString()}</span> },
              { key: 'time', label: t('time'), children: <Time value={checkpoint.data.time} /> },
              { key: 'root', label: t('rootHash'), children: <span className="mono hash">{checkpoint.data.root}</span> },
              { key: 'signer', label: t('signer'), children: <span className="mono hash">{trust.data?.origin ?? '—'}</span> },
            ]} />
          )}
        </Card>
        <Card styles={{ body: { padding: 0 } }}>
          <Listing list={events} rowKey="sequence" empty="emptyEvents" onOpen={setOpen}
            columns={[
              { title: t('type'), dataIndex: 'type', render: (type: string) => <b title={type}>{name('event', type)}</b> },
              { title: t('sequence'), dataIndex: 'sequence', render: (n: number) => <span className="number">#{n}</span> },
              { title: t('time'), dataIndex: 'time', render: (value) => <Time value={value} /> },
              { title: t('actor'), dataIndex: 'actor', render: (actor: Event['actor']) => <Actor text={actor.name || actor.kind} known={known} /> },
              { title: t('subject'), dataIndex: 'subject', render: (value) => <Subject value={value} /> },
            ]} />
        </Card>
      </div>
      <Proof event={open} onClose={() => setOpen(undefined)} />
    </Page>
  )
}
