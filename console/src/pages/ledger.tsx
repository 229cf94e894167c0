import { CheckCircleFilled, CloseCircleFilled } from '@ant-design/icons'
import { Card, Drawer, Tag } from 'antd'
import { useState } from 'react'
import { useCall, useList, type Item } from '../api/hooks'
import { decimal, Id, Listing, Page, Problem, Refresh, Time, useProjects } from '../parts'
import { useSettings } from '../settings'

type Account = Item<'list_accounts'>

function Entries({ account, onClose }: { account?: Account; onClose: () => void }) {
  const { t, name, language } = useSettings()
  const list = useList('list_entries', { path: { id: account?.id ?? '' }, query: { limit: 50 } }, !!account)
  const number = (text: string) => <span className="number">{decimal(text, language)}</span>
  return (
    <Drawer open={!!account} onClose={onClose} width={820} title={`${t('entries')} · ${account?.name || name('account', account?.code ?? '')}`}>
      <Listing list={list} rowKey="sequence" empty="emptyEntries"
        columns={[
          { title: t('sequence'), dataIndex: 'sequence' },
          { title: t('time'), dataIndex: 'created_at', render: (value) => <Time value={value} /> },
          { title: t('type'), key: 'code', render: (_, row) => `${name('transfer', row.code)} · ${name('step', row.kind)}` },
          { title: t('side'), dataIndex: 'side', render: (side: 'debit' | 'credit') => t(side) },
          { title: t('amount'), dataIndex: 'amount', align: 'right', render: number },
          { title: t('balance'), key: 'posted', align: 'right', render: (_, row) => number(row.balances.posted) },
          { title: t('reference'), dataIndex: 'reference_text' },
        ]} />
    </Drawer>
  )
}

export function LedgerPage() {
  const { t, name, language } = useSettings()
  const trial = useCall('get_trial_balance')
  const accounts = useList('list_accounts', { query: { limit: 100 } })
  const projects = useProjects()
  const [account, setAccount] = useState<Account>()
  const number = (text: string) => <span className="number">{decimal(text, language)}</span>
  return (
    <Page title="ledger" hint={t('ledgerHint')} extra={<Refresh loading={trial.loading} onClick={() => { trial.reload(); accounts.reload() }} />}>
      <div className="stack">
        {trial.error && <Problem failure={trial.error} retry={trial.reload} />}
        <Card title={t('trialBalance')} loading={trial.loading && !trial.data} styles={{ body: { padding: 0 } }}
          extra={trial.data && (
            <Tag icon={trial.data.balanced ? <CheckCircleFilled /> : <CloseCircleFilled />} color={trial.data.balanced ? 'success' : 'error'}>
              {t(trial.data.balanced ? 'balanced' : 'unbalanced')}
            </Tag>
          )}>
          <Listing list={{ ...trial, data: trial.data?.lines, loadingMore: false }} rowKey="unit" empty="emptyAccounts"
            columns={[
              { title: t('unit'), dataIndex: 'unit', render: (unit) => <b>{unit}</b> },
              { title: t('debits'), dataIndex: 'debits_posted', align: 'right', render: number },
              { title: t('credits'), dataIndex: 'credits_posted', align: 'right', render: number },
              { title: `${t('debits')} (${t('pending')})`, dataIndex: 'debits_pending', align: 'right', render: number },
              { title: `${t('credits')} (${t('pending')})`, dataIndex: 'credits_pending', align: 'right', render: number },
              { title: t('difference'), dataIndex: 'difference', align: 'right', render: (text: string) => <b>{number(text)}</b> },
            ]} />
        </Card>
        <Card title={t('accounts')} styles={{ body: { padding: 0 } }}>
          <Listing list={accounts} rowKey="id" empty="emptyAccounts" onOpen={setAccount}
            columns={[
              { title: t('name'), dataIndex: 'name', render: (text: string, row) => <b title={row.code}>{text || name('account', row.code)}</b> },
              { title: t('project'), dataIndex: 'project_id', render: (id) => projects.data?.find((found) => found.id === id)?.name ?? '—' },
              { title: t('unit'), dataIndex: 'unit' },
              { title: t('posted'), key: 'posted', align: 'right', render: (_, row) => number(row.balances.posted) },
              { title: t('available'), key: 'available', align: 'right', render: (_, row) => number(row.balances.available) },
              { title: 'ID', dataIndex: 'id', render: (value) => <Id value={value} /> },
            ]} />
        </Card>
      </div>
      <Entries account={account} onClose={() => setAccount(undefined)} />
    </Page>
  )
}
