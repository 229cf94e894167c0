// What needs somebody's attention now.
import { Alert } from 'antd'
import { Link } from 'react-router-dom'
import type { Item } from '../api/hooks'
import type { GetTrialBalanceResponse, GetWalletResponse } from '../api/types'
import { micros } from '../money'
import { decimal } from '../parts'
import { useSettings } from '../settings'

interface Known {
  nodes: Item<'list_nodes'>[]
  deployments: Item<'list_deployments'>[]
  models: Item<'list_models'>[]
  wallets: Array<{ project: Item<'list_projects'>; wallet?: GetWalletResponse }>
  trial?: GetTrialBalanceResponse
}

const kWalletLow = 1_000_000n

interface Told {
  key: string
  type: 'error' | 'warning'
  text: string
  to: string
}

function useTold({ nodes, deployments, models, wallets, trial }: Known): Told[] {
  const { t, name, language } = useSettings()
  const told: Told[] = []
  if (trial && !trial.balanced) told.push({ key: 'books', type: 'error', text: t('alertBooks'), to: '/ledger' })
  for (const node of nodes) {
    if (node.state === 'unreachable') told.push({ key: node.id, type: 'error', text: t('alertNode', { name: node.name, state: name('node', node.state) }), to: '/nodes/' + node.id })
    if (node.missing_isolation) told.push({ key: node.id + 'i', type: 'warning', text: t('alertIsolation', { name: node.name, feature: node.missing_isolation }), to: '/nodes/' + node.id })
  }
  for (const deployment of deployments.filter((one) => one.state === 'failed')) {
    told.push({ key: deployment.id, type: 'error', text: t('alertDeployment', { name: models.find((model) => model.id === deployment.model)?.name ?? deployment.id }), to: '/models' })
  }
  for (const { project, wallet } of wallets) {
    if (wallet && micros(wallet.available) < kWalletLow) {
      told.push({ key: project.id, type: 'warning', text: t('alertWallet', { name: project.name, sum: '¥' + decimal(wallet.available.amount, language) }), to: '/bill?project=' + project.id })
    }
  }
  return told
}

export function Alerts(known: Known) {
  const { t } = useSettings()
  const told = useTold(known)
  if (!known.trial) return null
  if (told.length === 0) return <Alert type="success" showIcon message={t('allWell')} data-testid="all-well" />
  return (
    <section className="alerts" aria-label={t('alerts')} data-testid="alerts">
      {told.map((one) => <Alert key={one.key} type={one.type} showIcon message={<Link to={one.to}>{one.text}</Link>} />)}
    </section>
  )
}
