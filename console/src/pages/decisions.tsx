// Why a job runs where it runs, or does not run yet: each decision with its candidates and the terms of their scores.
import { CheckCircleFilled } from '@ant-design/icons'
import { Card, Collapse, Empty, Tooltip } from 'antd'
import dayjs from 'dayjs'
import { kSeries } from '../charts/chart'
import { useAgain, useCall, useList } from '../api/hooks'
import type { ListJobDecisionsResponse } from '../api/types'
import { names } from '../names'
import { Named, Problem, Time } from '../parts'
import { useSettings } from '../settings'
import { asCandidates, type Candidate } from './measured'

type Decision = ListJobDecisionsResponse['decisions'][number]
type Names = (text: string) => string

// A score is a share of what would be best, in millionths; shown as points of a hundred.
const points = (millionths: number) => (millionths / 10_000).toFixed(1)

const kTerms = ['fit', 'accelerators', 'speed', 'freshness']

function Score({ candidate, top }: { candidate: Candidate; top: number }) {
  const { name } = useSettings()
  return (
    <div className="score">
      <div className="score-bar" style={{ width: `${top > 0 ? (candidate.score / top) * 100 : 0}%` }}>
        {candidate.terms.map((term) => (
          <Tooltip key={term.name} title={`${name('term', term.name)}: ${(term.value_ppm / 10_000).toFixed(1)}% × ${points(term.weight * 1000)} = ${points(term.contribution)}`}>
            <span style={{ flexGrow: term.contribution, background: kSeries[kTerms.indexOf(term.name) % kSeries.length] ?? kSeries[0] }} />
          </Tooltip>
        ))}
      </div>
      <b className="number">{points(candidate.score)}</b>
    </div>
  )
}

function OneDecision({ decision, named }: { decision: Decision; named: Names }) {
  const { t, name } = useSettings()
  const candidates = asCandidates(decision.candidates)
  const chosen = candidates.find((one) => one.node === decision.node_id)
  const top = Math.max(0, ...candidates.map((one) => one.score))
  const words = decision.verdict === 'start' && chosen
    ? t('decisionOne', { n: candidates.length, node: named(chosen.node), score: points(chosen.score) })
    : candidates.length > 0 ? t('decisionNone', { n: candidates.length }) : ''
  return (
    <div className="decision">
      <p className="decision-words">
        <Named kind="verdict" value={decision.verdict} /> <b>{named(decision.reason.text)}</b> {words}
      </p>
      <p className="quiet">
        <span title={decision.reason.code}>{t('decisionRound', { n: decision.round })} · <Time value={decision.decided_at} /></span>
        {decision.starts_at && decision.verdict === 'reserve' && <> · {t('startsAt')} <Time value={decision.starts_at} /></>}
      </p>
      {candidates.length > 0 && (
        <ul className="candidates" aria-label={t('candidate')}>
          {[...candidates].sort((a, b) => b.score - a.score).map((one) => (
            <li key={one.node} className={one === chosen ? 'chosen' : ''}>
              <div>
                {one === chosen && <CheckCircleFilled style={{ color: '#2f8f5b' }} aria-label={t('chosen')} />} <b>{named(one.node)}</b>
                <div className="quiet">{named(one.reason.text)}</div>
              </div>
              {one.terms.length > 0 ? <Score candidate={one} top={top} /> : null}
            </li>
          ))}
        </ul>
      )}
      {candidates.some((one) => one.terms.length > 0) && (
        <div className="terms">
          {kTerms.map((term, i) => <span key={term}><i style={{ background: kSeries[i] }} />{name('term', term)}</span>)}
        </div>
      )}
    </div>
  )
}

// `turn` changes when the job does, so that its decisions are looked at again.
export function Decisions({ job, turn }: { job: string; turn: number }) {
  const { t, name } = useSettings()
  const found = useCall('list_job_decisions', { path: { id: job }, query: { sort: '-created' } })
  const nodes = useList('list_nodes', { query: { limit: 100 } })
  useAgain(turn, found.refresh)
  const words = Object.keys(names.node).map((state) => [new RegExp(`\\b${state}$`), name('node', state)] as const)
  const named: Names = (text) => {
    const said = (nodes.data ?? []).reduce((whole, node) => whole.replaceAll(node.id, node.name), text)
    const dated = said.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (time) => dayjs(time).format('YYYY-MM-DD HH:mm:ss'))
    return words.reduce((whole, [state, word]) => whole.replace(state, word), dated)
  }
  const [latest, ...earlier] = found.data?.decisions ?? []
  return (
    <Card title={t('decision')} loading={found.loading && !found.data} data-testid="decisions">
      {found.error && <Problem failure={found.error} retry={found.reload} />}
      {found.data && !latest && <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={t('noDecision')} />}
      {latest && <OneDecision decision={latest} named={named} />}
      {earlier.length > 0 && (
        <Collapse ghost items={[{
          key: 'earlier', label: t('earlierDecisions', { n: `${earlier.length}${found.data?.next_cursor ? '+' : ''}` }),
          children: earlier.map((decision, index) => <OneDecision key={index} decision={decision} named={named} />),
        }]} />
      )}
    </Card>
  )
}
