import { PlusOutlined } from '@ant-design/icons'
import { App, Button, Card, DatePicker, Descriptions, Drawer, Form, Input } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { useState } from 'react'
import { useSearchParams } from 'react-router-dom'
import { call } from '../api/client'
import { useCall, useList, type Loaded } from '../api/hooks'
import type { GetStatementResponse, GetWalletResponse } from '../api/types'
import { FormModal, Id, Listing, Page, Problem, ProjectSelect, Refresh, Sum, Time, useProjects } from '../parts'
import { useSettings } from '../settings'
import type { TextKey } from '../texts'

type Line = GetStatementResponse['lines'][number]
const kSources: Record<string, TextKey> = { provider: 'fromProvider', partial: 'partial', estimated: 'estimated', measured: 'measured' }

function Wallet({ wallet }: { wallet: Loaded<GetWalletResponse> }) {
  const { t } = useSettings()
  if (wallet.error && wallet.error.problem.status !== 404) return <Problem failure={wallet.error} retry={wallet.reload} />
  const figures = [['available', 'available'], ['balance', 'balance'], ['held', 'held'], ['creditLimit', 'credit_limit']] as const
  return (
    <div className="figures">
      {figures.map(([label, member]) => (
        <Card key={member} size="small" loading={wallet.loading && !wallet.data}>
          <div className="figure-label">{t(label)}</div>
          <div className="figure-value" data-testid={'wallet-' + member}><Sum value={wallet.data?.[member]} /></div>
          {member === 'available' && wallet.error && <div className="figure-note">{t('noWallet')}</div>}
        </Card>
      ))}
    </div>
  )
}

function Records({ project, line, from, to, onClose }: { project: string; line?: Line; from: string; to: string; onClose: () => void }) {
  const { t } = useSettings()
  const list = useList('list_usage_records', { query: { project, from, to, limit: 100 } }, !!line)
  const rows = list.data?.filter((record) => record.product === line?.product && record.meter === line?.meter && record.price === line?.price)
  return (
    <Drawer open={!!line} onClose={onClose} width={860} title={`${t('usageRecords')} · ${line?.product_name ?? ''} · ${line?.meter ?? ''}`}>
      <Listing list={{ ...list, data: rows }} rowKey="id" empty="emptyBill"
        columns={[
          { title: t('time'), dataIndex: 'window_end', render: (value) => <Time value={value} /> },
          { title: t('quantity'), dataIndex: 'quantity', align: 'right', render: (n: number, row) => <span className="number">{n.toLocaleString()} {row.unit}</span> },
          { title: t('amount'), dataIndex: 'amount', align: 'right', render: (value) => <Sum value={value} /> },
          { title: t('usageSource'), dataIndex: 'usage_source', render: (value: string) => t(kSources[value] ?? 'usageSource') },
          { title: t('subject'), dataIndex: 'subject', render: (value) => <Id value={value} /> },
          { title: 'ID', dataIndex: 'id', render: (value) => <Id value={value} /> },
        ]} />
    </Drawer>
  )
}

export function BillPage() {
  const { t } = useSettings()
  const { message } = App.useApp()
  const [search, setSearch] = useSearchParams()
  const [month, setMonth] = useState<Dayjs>(() => dayjs())
  const [paying, setPaying] = useState<'top_up' | 'credit'>()
  const [line, setLine] = useState<Line>()
  const [payForm] = Form.useForm<{ amount: string; reference?: string }>()
  const [creditForm] = Form.useForm<{ limit: string }>()
  const projects = useProjects()
  const project = search.get('project') ?? projects.data?.[0]?.id ?? ''
  const from = month.startOf('month').toISOString()
  const to = month.add(1, 'month').startOf('month').toISOString()
  const wallet = useCall('get_wallet', { path: { project } }, !!project)
  const statement = useCall('get_statement', { path: { project }, query: { from, to } }, !!project)
  const reload = () => {
    wallet.reload()
    statement.reload()
  }
  const sums = statement.data
  const missing = statement.error?.problem.status === 404
  return (
    <Page title="bill" hint="billHint"
      extra={
        <>
          <ProjectSelect value={project || undefined} projects={projects.data} loading={projects.loading} onChange={(id) => setSearch({ project: id })} />
          <Refresh loading={wallet.loading} onClick={reload} />
          <Button disabled={!project} onClick={() => setPaying('credit')}>{t('setCredit')}</Button>
          <Button type="primary" icon={<PlusOutlined />} disabled={!project} data-testid="top-up" onClick={() => setPaying('top_up')}>{t('topUp')}</Button>
        </>
      }>
      <Wallet wallet={wallet} />
      <Card title={t('statement')} data-testid="statement" styles={{ body: { padding: 0 } }}
        extra={<DatePicker picker="month" value={month} allowClear={false} aria-label={t('period')} onChange={(value) => value && setMonth(value)} />}>
        <Listing list={{ ...statement, error: missing ? undefined : statement.error, data: missing ? [] : sums?.lines, loadingMore: false }}
          rowKey="price" empty="emptyBill" onOpen={setLine}
          columns={[
            { title: t('product'), dataIndex: 'product_name', render: (name) => <b>{name}</b> },
            { title: t('meter'), dataIndex: 'meter' },
            { title: t('quantity'), dataIndex: 'quantity', align: 'right', render: (n: number, row) => <span className="number">{n.toLocaleString()} {row.unit}</span> },
            { title: t('records'), dataIndex: 'records', align: 'right', render: (n: number) => <span className="number">{n.toLocaleString()}</span> },
            { title: t('amount'), dataIndex: 'amount', align: 'right', render: (value) => <Sum value={value} /> },
          ]} />
        {sums && (
          <Descriptions size="small" column={{ xs: 1, sm: 2, lg: 5 }} layout="vertical" style={{ padding: '16px 20px' }}
            items={([['opening', sums.opening], ['paidIn', sums.paid_in], ['charged', sums.charged], ['writtenOff', sums.written_off], ['closing', sums.closing]] as const).map(
              ([label, value]) => ({ key: label, label: t(label), children: <b><Sum value={value} /></b> }))} />
        )}
      </Card>
      <Records project={project} line={line} from={from} to={to} onClose={() => setLine(undefined)} />
      <FormModal open={paying === 'top_up'} title="topUp" form={payForm} onClose={() => setPaying(undefined)}
        submit={async ({ amount, reference }) => {
          await call('top_up_wallet', { path: { project }, body: { amount: { amount, currency: 'CNY' }, reference: reference ?? null } })
          void message.success(t('toppedUp'))
          reload()
        }}>
        <Form.Item name="amount" label={t('amount')} rules={[{ required: true, message: t('required') }]}><Input prefix="¥" inputMode="decimal" autoFocus /></Form.Item>
        <Form.Item name="reference" label={t('reference')} extra={t('referenceHint')}><Input /></Form.Item>
      </FormModal>
      <FormModal open={paying === 'credit'} title="setCredit" form={creditForm} onClose={() => setPaying(undefined)}
        submit={async ({ limit }) => {
          await call('set_credit_limit', { path: { project }, body: { limit: { amount: limit, currency: 'CNY' } } })
          reload()
        }}>
        <Form.Item name="limit" label={t('creditLimit')} rules={[{ required: true, message: t('required') }]}><Input prefix="¥" inputMode="decimal" /></Form.Item>
      </FormModal>
    </Page>
  )
}
