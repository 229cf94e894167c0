// A job's log as it grows. The browser connects again by itself and says where it was (Last-Event-ID).
import { useEffect, useState } from 'react'

export interface LogLine {
  attempt: number
  stream: 'stdout' | 'stderr'
  text: string
}

export interface JobLog {
  pieces: LogLine[]
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

export function useJobLog(job: string, onState: () => void): JobLog {
  const [log, setLog] = useState<JobLog>({ pieces: [], cut: false, line: 'open' })
  useEffect(() => {
    setLog({ pieces: [], cut: false, line: 'open' })
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
