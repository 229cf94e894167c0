import { ExperimentOutlined } from '@ant-design/icons'
import { Alert, App, Button, Card, Descriptions, Form, Radio, Space, Tag } from 'antd'
import { useState } from 'react'
import { useParams } from 'react-router-dom'
import { call } from '../api/client'
import { useCall, useEvery, useList, type Item } from '../api/hooks'
import { bytes, cores } from '../format'
import { Figure, FormModal, Id, Named, Page, Problem, Refresh, Time } from '../parts'
import { useSettings } from '../settings'
import type { TextKey } from '../texts'
import { asInventory } from './measured'
import { Measurements } from './measurements'
import { Grade, Isolation, NodeUse, type Node } from './sites'

type Wish = Node['wish']
const kLookAgain = 4000

function Inventory({ node }: { node: Node }) {
  const { t } = useSettings()
  const found = asInventory(node.inventory)
  const cpu = found.cpu
  const items: Array<[TextKey, React.ReactNode]> = [
    ['processor', cpu.model],
    ['threads', t('cores', { n: cpu.cores }) + ` · ${cpu.threads} ${t('threads')}`],
    ['memory', bytes(found.memory_bytes)],
    ['operatingSystem', `${found.operating_system} · ${found.kernel}`],
    ['disks', found.disks.map((disk) => `${disk.name} ${bytes(disk.capacity_bytes)}`).join(' · ') || '—'],
    ['accelerators', node.accelerators.map((pool) => `${pool.count} × ${pool.model}`).join(' · ') || '—'],
    ['instructions', <span key="isa">{cpu.isa.map((isa) => <Tag key={isa} className="mono">{isa}</Tag>)}</span>],
    ['publicKey', <span key="key" className="mono hash">{node.public_key}</span>],
  ]
  return (
    <Card title={t('inventory')}>
      <Descriptions size="small" column={{ xs: 1, sm: 1, md: 1, lg: 2, xl: 2, xxl: 2 }} items={items.map(([label, children]) => ({ key: label, label: t(label), children }))} />
    </Card>
  )
}

// What its operator may do with a node in the state in which it is.
function useActions(node: Node | undefined, changed: () => void) {
  const { t } = useSettings()
  const { modal, message } = App.useApp()
  const ask = (title: TextKey, content: TextKey, danger: boolean, act: (id: string) => Promise<unknown>) => () =>
    modal.confirm({
      title: `${t(title)}: ${node?.name ?? ''}`, content: t(content), okText: t(title), cancelText: t('cancel'), okButtonProps: { danger },
      onOk: async () => {
        try {
          await act(node?.id ?? '')
        } catch (error) {
          void message.error(error instanceof Error ? error.message : t('failed'))
        }
        changed()
      },
    })
  const wish = (to: Wish) => (id: string) => call('change_node', { path: { id }, body: { wish: to } })
  return {
    drain: ask('drain', 'drainAsk', false, wish('draining')),
    down: ask('takeDown', 'takeDownAsk', true, wish('down')),
    up: ask('takeIn', 'takeInAsk', false, wish('up')),
    lost: ask('declareLost', 'declareLostAsk', true, (id) => call('declare_node_lost', { path: { id } })),
  }
}

function Actions({ node, changed, onMeasure }: { node?: Node; changed: () => void; onMeasure: () => void }) {
  const { t } = useSettings()
  const { drain, down, up, lost } = useActions(node, changed)
  if (!node) return null
  return (
    <>
      {node.wish === 'up' && <Button onClick={drain}>{t('drain')}</Button>}
      {node.wish !== 'down' && <Button onClick={down}>{t('takeDown')}</Button>}
      {node.wish !== 'up' && <Button onClick={up} data-testid="take-in">{t('takeIn')}</Button>}
      {node.state === 'unreachable' && <Button danger onClick={lost}>{t('declareLost')}</Button>}
      <Button type="primary" icon={<ExperimentOutlined />} disabled={node.state === 'unreachable'} onClick={onMeasure} data-testid="measure">{t('measure')}</Button>
    </>
  )
}

function NodeFigures({ node }: { node: Node }) {
  const { t } = useSettings()
  const standard = (node.standard_unit_ppm / 1e6) * (node.capacity.cpu_milli / 1000)
  return (
    <div className="figures">
      <Figure label="status" value={<Named kind="node" value={node.state} />} note={<Time value={node.last_seen_at} />} />
      <Figure label="grade" value={<Grade value={node.grade} />} note={node.standard_unit_ppm > 0 ? `${t('standardUnit')} ${(node.standard_unit_ppm / 1e6).toFixed(3)}` : ''} />
      <Figure label="measuredCapacity" value={node.standard_unit_ppm > 0 ? <>{standard.toFixed(2)} <small>{t('standardCores')}</small></> : '—'} note={t('cores', { n: cores(node.capacity.cpu_milli) })} />
      <Figure label="isolation" value={<Isolation node={node} />} note={node.missing_isolation ? t('ownJobsOnly', { feature: node.missing_isolation }) : ''} />
    </div>
  )
}

export function NodePage() {
  const { t } = useSettings()
  const { message } = App.useApp()
  const { id = '' } = useParams()
  const node = useCall('get_node', { path: { id } })
  const measurements = useList('list_measurements', { path: { id }, query: { limit: 50 } })
  const [measuring, setMeasuring] = useState(false)
  const [form] = Form.useForm<{ effort: 'tour' | 'full' }>()
  const refresh = () => {
    node.refresh()
    measurements.refresh()
  }
  useEvery(kLookAgain, refresh, !node.error)
  const found = node.data
  const ordered: Item<'list_measurements'>[] = [...(measurements.data ?? [])].sort((a, b) => a.measured_at.localeCompare(b.measured_at))
  return (
    <Page title="sites" back="/sites" named={found?.name ?? '…'} hint={found && <Id value={found.id} />}
      extra={<><Refresh loading={node.loading} onClick={() => { node.reload(); measurements.reload() }} /><Actions node={found} changed={refresh} onMeasure={() => setMeasuring(true)} /></>}>
      {node.error && <Problem failure={node.error} retry={node.reload} />}
      {!found && node.loading && <Card loading />}
      {found && (
        <div className="stack">
          <NodeFigures node={found} />
          {found.missing_isolation && <Alert type="warning" showIcon message={t('ownJobsOnly', { feature: found.missing_isolation })} />}
          <Card title={t('capacity')} extra={<Space>{t('runningJobs')}<b className="number">{found.attempts}</b></Space>}><NodeUse node={found} /></Card>
          {measurements.error && <Problem failure={measurements.error} retry={measurements.reload} />}
          <Measurements list={ordered} loading={measurements.loading && !measurements.data} current={found.measurement_id ?? undefined} />
          <Inventory node={found} />
        </div>
      )}
      <FormModal open={measuring} title="measure" form={form} onClose={() => setMeasuring(false)} initial={{ effort: 'tour' }}
        submit={async ({ effort }) => {
          await call('measure_node', { path: { id }, body: { effort } })
          void message.info(t('measureAsked'))
        }}>
        <p>{t('measureAsk')}</p>
        <Form.Item name="effort"><Radio.Group options={[{ value: 'tour', label: t('measureTour') }, { value: 'full', label: t('measureFull') }]} /></Form.Item>
      </FormModal>
    </Page>
  )
}

