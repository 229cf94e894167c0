// A job's log as it grows. The browser connects again by itself and says where it was (Last-Event-ID).
import { useEffect, useState } from 'react'

export interface LogLine {
  attempt: number
  stream: 'stdout' | 'stderr'
  text: string
}

export interface JobLog {
  pieces: LogLine[]
  // When the log of an attempt was removed: it is kept for a time.
  removed: Map<number, string>
  state?: string
  // Whether earlier pieces were left out, for a log that would not fit on a page.
  cut: boolean
  line: 'open' | 'broken' | 'over'
}

const kPiecesMax = 2000

function add(log: JobLog, piece: LogLine): JobLog {
  const last = log.pieces.at(-1)
  if (last && last.attempt === piece.attempt && last.stream === piece.stream && last.text.length < 4000) {
    return { ...log, line: 'open', pieces: [...log.pieces.slice(0, -1), { ...last, text: last.text + piece.text }] }
  }
  const pieces = [...log.pieces, piece]
  return { ...log, line: 'open', cut: log.cut || pieces.length > kPiecesMax, pieces: pieces.slice(-kPiecesMax) }
}

const kEmpty: JobLog = { pieces: [], removed: new Map(), cut: false, line: 'open' }

export function useJobLog(job: string, onState: () => void): JobLog {
  const [log, setLog] = useState<JobLog>(kEmpty)
  useEffect(() => {
    setLog(kEmpty)
    const source = new EventSource(`/api/v1/jobs/${encodeURIComponent(job)}/logs`)
    source.addEventListener('log', (event) => {
      const piece = JSON.parse((event as MessageEvent<string>).data) as LogLine
      setLog((old) => add(old, piece))
    })
    source.addEventListener('state', (event) => {
      const { state } = JSON.parse((event as MessageEvent<string>).data) as { state: string }
      setLog((old) => ({ ...old, state, line: 'open' }))
      onState()
    })
    source.addEventListener('removed', (event) => {
      const { attempt, removed_at } = JSON.parse((event as MessageEvent<string>).data) as { attempt: number; removed_at: string }
      setLog((old) => ({ ...old, removed: new Map(old.removed).set(attempt, removed_at) }))
    })
    source.addEventListener('end', () => {
      source.close()
      setLog((old) => ({ ...old, line: 'over' }))
      onState()
    })
    source.onerror = () => setLog((old) => ({ ...old, line: source.readyState === EventSource.CLOSED ? 'over' : 'broken' }))
    return () => source.close()
    // onState only tells the page to look again; a new one does not need a new line.
  }, [job])
  return log
}
