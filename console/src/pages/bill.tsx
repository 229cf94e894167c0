import { PlusOutlined } from '@ant-design/icons'
import { App, Button, Card, DatePicker, Descriptions, Drawer, Form, Input } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { useMemo, useState } from 'react'
import { Link, useSearchParams } from 'react-router-dom'
import { call } from '../api/client'
import { useCall, useList, type Loaded } from '../api/hooks'
import { useDays } from '../api/rates'
import type { GetStatementResponse, GetWalletResponse } from '../api/types'
import { DaysChart } from '../charts/usage'
import { Amount, FormModal, Id, Listing, Page, Problem, ProjectSelect, Refresh, Sum, Time, useProjects } from '../parts'
import { useSettings } from '../settings'

type Line = GetStatementResponse['lines'][number]

function Wallet({ wallet }: { wallet: Loaded<GetWalletResponse> }) {
  const { t } = useSettings()
  if (wallet.error && wallet.error.problem.status !== 404) return <Problem failure={wallet.error} retry={wallet.reload} />
  const figures = [['available', 'available'], ['balance', 'balance'], ['held', 'held'], ['creditLimit', 'credit_limit']] as const
  return (
    <div className="figures">
      {figures.map(([label, member]) => (
        <Card key={member} size="small" loading={wallet.loading && !wallet.data}>
          <div className="figure-label">{t(label)}</div>
          <div className="figure-value" data-testid={'wallet-' + member}><Sum value={wallet.data?.[member]} short /></div>
          {member === 'available' && wallet.error && <div className="figure-note">{t('noWallet')}</div>}
        </Card>
      ))}
    </div>
  )
}

interface RecordsProps {
  project: string
  line?: Line
  from: string
  to: string
  onClose: () => void
}

// Exactly the records that a line of the bill adds up, as far as they are asked for.
function Records({ project, line, from, to, onClose }: RecordsProps) {
  const { t, name } = useSettings()
  const filter = line && { product: line.product, meter: line.meter, price: line.price }
  const list = useList('list_usage_records', { query: { project, from, to, limit: 100, ...filter } }, !!line)
  const subject = (value: string) => (value.startsWith('job_') ? <Link to={'/jobs/' + value.split('/')[0]}>{value.split('/')[0]?.slice(0, 12)}…</Link> : <Id value={value} />)
  return (
    <Drawer open={!!line} onClose={onClose} width={860} title={`${t('usageRecords')} · ${line?.product_name ?? ''} · ${name('meter', line?.meter ?? '')}`}>
      {line && <p className="quiet">{t('linesOf', { shown: list.data?.length ?? 0, all: line.records.toLocaleString() })}</p>}
      <Listing list={list} rowKey="id" empty="emptyBill"
        columns={[
          { title: t('time'), dataIndex: 'window_end', render: (value) => <Time value={value} /> },
          { title: t('quantity'), dataIndex: 'quantity', align: 'right', render: (n: number, row) => <Amount count={n} unit={row.unit} /> },
          { title: t('amount'), dataIndex: 'amount', align: 'right', render: (value) => <Sum value={value} /> },
          { title: t('usageSource'), dataIndex: 'usage_source', render: (value: string) => name('source', value) },
          { title: t('subject'), dataIndex: 'subject', render: subject },
          { title: 'ID', dataIndex: 'id', render: (value) => <Id value={value} /> },
        ]} />
    </Drawer>
  )
}

// What the project spent and used in the month, day by day.
function Month({ project, month }: { project: string; month: Dayjs }) {
  const { t } = useSettings()
  const [from, to] = useMemo(() => [month.startOf('month').toDate(), month.endOf('month').toDate()], [month])
  const days = useDays(from, to, project, !!project)
  return (
    <div className="halves" style={{ marginTop: 16 }}>
      {([['moneyByDay', 'money'], ['usageByDay', 'usage']] as const).map(([label, what]) => (
        <Card key={what} title={t(label)} loading={days.loading && !days.data}>
          {days.error ? <Problem failure={days.error} retry={days.reload} /> : <DaysChart sums={days.data ?? []} from={from} to={to} what={what} label={t(label)} />}
        </Card>
      ))}
    </div>
  )
}

export function BillPage() {
  const { t, name } = useSettings()
  const { message } = App.useApp()
  const [search, setSearch] = useSearchParams()
  const [month, setMonth] = useState<Dayjs>(() => dayjs())
  const [paying, setPaying] = useState<'top_up' | 'credit'>()
  // Of the form as it was opened: sending it again after a lost answer pays nothing twice.
  const payment = useMemo(() => crypto.randomUUID(), [paying])
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
    <Page title="bill" hint={t('billHint')}
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
            { title: t('meter'), dataIndex: 'meter', render: (meter: string) => name('meter', meter) },
            { title: t('quantity'), dataIndex: 'quantity', align: 'right', render: (n: number, row) => <Amount count={n} unit={row.unit} /> },
            { title: t('records'), dataIndex: 'records', align: 'right', render: (n: number) => <span className="number">{n.toLocaleString()}</span> },
            { title: t('amount'), dataIndex: 'amount', align: 'right', render: (value) => <Sum value={value} /> },
          ]} />
        {sums && (
          <Descriptions size="small" column={{ xs: 2, sm: 2, md: 3, lg: 6, xl: 6, xxl: 6 }} layout="vertical" style={{ padding: '16px 20px' }}
            items={([['opening', sums.opening], ['paidIn', sums.paid_in], ['creditChange', sums.credit], ['charged', sums.charged], ['writtenOff', sums.written_off], ['closing', sums.closing]] as const).map(
              ([label, value]) => ({ key: label, label: t(label), children: <b><Sum value={value} /></b> }))} />
        )}
      </Card>
      <Month project={project} month={month} />
      <Records project={project} line={line} from={from} to={to} onClose={() => setLine(undefined)} />
      <FormModal open={paying === 'top_up'} title="topUp" form={payForm} onClose={() => setPaying(undefined)}
        submit={async ({ amount, reference }) => {
          await call('top_up_wallet', { path: { project }, body: { amount: { amount, currency: 'CNY' }, reference: reference ?? null }, headers: { 'idempotency-key': payment } })
          void message.success(t('toppedUp'))
          reload()
        }}>
        <Form.Item name="amount" label={t('amount')} rules={[{ required: true, message: t('required') }]}><Input prefix="¥" inputMode="decimal" autoFocus /></Form.Item>
        <Form.Item name="reference" label={t('reference')} extra={t('referenceHint')}><Input /></Form.Item>
      </FormModal>
      <FormModal open={paying === 'credit'} title="setCredit" form={creditForm} onClose={() => setPaying(undefined)}
        submit={async ({ limit }) => {
          await call('set_credit_limit', { path: { project }, body: { limit: { amount: limit, currency: 'CNY' } }, headers: wallet.data ? { 'if-match': `"v${wallet.data.version}"` } : {} })
          reload()
        }}>
        <Form.Item name="limit" label={t('creditLimit')} rules={[{ required: true, message: t('required') }]}><Input prefix="¥" inputMode="decimal" /></Form.Item>
      </FormModal>
    </Page>
  )
}
