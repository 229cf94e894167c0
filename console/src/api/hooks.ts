// Answers of the API as state of a page: first load, reload, further pages.
import { useCallback, useEffect, useRef, useState } from 'react'
import { call, Failure, type Call, type Name, type Reply } from './client'

export interface Loaded<T> {
  data?: T
  error?: Failure
  loading: boolean
  reload: () => void
  // Looks again without showing that it does, for pages that keep themselves current.
  refresh: () => void
}

function asFailure(error: unknown): Failure {
  return error instanceof Failure ? error : new Failure({ status: 0, code: 'console.failed', detail: String(error) })
}

export function useLoaded<T>(load: (() => Promise<T>) | undefined, key: string): Loaded<T> {
  const [state, setState] = useState<{ data?: T; error?: Failure; loading: boolean }>({ loading: !!load })
  const [turn, setTurn] = useState(0)
  const quiet = useRef(false)
  const latest = useRef(load)
  latest.current = load
  useEffect(() => {
    let current = true
    if (!latest.current) return setState({ loading: false })
    const keep = quiet.current
    quiet.current = false
    if (!keep) setState((old) => ({ ...old, error: undefined, loading: true }))
    latest.current().then(
      (data) => current && setState({ data, loading: false }),
      (error) => current && setState((old) => ({ data: keep ? old.data : undefined, error: asFailure(error), loading: false })),
    )
    return () => {
      current = false
    }
  }, [key, turn])
  const reload = useCallback(() => setTurn((before) => before + 1), [])
  const refresh = useCallback(() => {
    quiet.current = true
    setTurn((before) => before + 1)
  }, [])
  return { ...state, reload, refresh }
}

// Does something again and again while the page is looked at.
export function useEvery(ms: number, act: () => void, active = true) {
  const latest = useRef(act)
  latest.current = act
  useEffect(() => {
    if (!active) return
    const timer = setInterval(() => document.visibilityState === 'visible' && latest.current(), ms)
    return () => clearInterval(timer)
  }, [ms, active])
}

export function useCall<N extends Name>(name: N, options: Call<N> | undefined = {}, enabled = true): Loaded<Reply<N>> {
  return useLoaded(enabled ? () => call(name, options) : undefined, name + JSON.stringify(options) + enabled)
}

export type ListName = { [N in Name]: Reply<N> extends { items: unknown[] } ? N : never }[Name]
export type Item<N extends ListName> = Reply<N> extends { items: Array<infer T> } ? T : never

export interface Listed<T> extends Loaded<T[]> {
  more?: () => void
  loadingMore: boolean
}

// Does something when a count goes on, but not for its first value.
export function useAgain(turn: number, act: () => void) {
  const seen = useRef(turn)
  const latest = useRef(act)
  latest.current = act
  useEffect(() => {
    if (seen.current === turn) return
    seen.current = turn
    latest.current()
  }, [turn])
}

// A list with its further pages, as far as they were asked for.
export function useList<N extends ListName>(name: N, options: Call<N> = {}, enabled = true): Listed<Item<N>> {
  const [rest, setRest] = useState<{ items: Item<N>[]; cursor?: string | null }>()
  const [loadingMore, setLoadingMore] = useState(false)
  const [moreError, setMoreError] = useState<Failure>()
  const first = useCall(name, options, enabled)
  useEffect(() => setRest(undefined), [first.data])
  const page = first.data as { items: Item<N>[]; next_cursor?: string | null } | undefined
  const cursor = rest ? rest.cursor : page?.next_cursor
  const more = () => {
    setLoadingMore(true)
    call(name, { ...options, query: { ...options.query, cursor } as Call<N>['query'] }).then(
      (next) => {
        const { items, next_cursor } = next as { items: Item<N>[]; next_cursor?: string | null }
        setRest((old) => ({ items: [...(old?.items ?? []), ...items], cursor: next_cursor }))
        setLoadingMore(false)
      },
      (error) => {
        setMoreError(asFailure(error))
        setLoadingMore(false)
      },
    )
  }
  return {
    data: page && [...page.items, ...(rest?.items ?? [])],
    error: first.error ?? moreError,
    loading: first.loading,
    reload: first.reload,
    // Further pages that somebody asked for are not taken away again.
    refresh: () => void (rest === undefined && first.refresh()),
    more: cursor ? more : undefined,
    loadingMore,
  }
}
