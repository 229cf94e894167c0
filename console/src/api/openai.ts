// Lists of the OpenAI-compatible routes, which page by the last id seen, and files that people keep.
import { useState } from 'react'
import { call, Failure, failureOf, send, type Name, type Reply } from './client'
import { useLoaded, type Listed } from './hooks'

const kPage = 50

type PagedName = { [N in Name]: Reply<N> extends { data: unknown[]; has_more: boolean } ? N : never }[Name]
type Thing<N extends PagedName> = Reply<N> extends { data: Array<infer T> } ? T : never

// The first pages of a project's files or batches; more of them when asked for.
export function useThings<N extends PagedName>(name: N, project: string): Listed<Thing<N>> {
  const [pages, setPages] = useState(1)
  const load = async () => {
    const found: Thing<N>[] = []
    for (let page = 0, after: string | undefined; page < pages; ++page) {
      const reply = await call(name, { query: { project_id: project, limit: kPage, ...(after && { after }) } as never })
      const { data, has_more, last_id } = reply as unknown as { data: Thing<N>[]; has_more: boolean; last_id?: string | null }
      found.push(...data)
      after = last_id ?? undefined
      if (!has_more || !after) return { found, more: false }
    }
    return { found, more: true }
  }
  const loaded = useLoaded(project ? load : undefined, `${name} ${project} ${pages}`)
  return {
    ...loaded,
    data: loaded.data?.found,
    more: loaded.data?.more ? () => setPages((count) => count + 1) : undefined,
    loadingMore: loaded.loading && pages > 1,
  }
}

export async function uploadForBatch(project: string, file: File): Promise<string> {
  const form = new FormData()
  form.set('purpose', 'batch')
  form.set('file', file)
  const response = await send('/v1/files?project_id=' + encodeURIComponent(project), { method: 'POST', body: form })
  if (!response.ok) throw await failureOf(response)
  return ((await response.json()) as { id: string }).id
}

// Gives what is at an address to the browser as a file. A link would show the server's refusal as a page.
export async function download(address: string, name: string) {
  const response = await send(address)
  if (!response.ok) throw await failureOf(response)
  const url = URL.createObjectURL(await response.blob())
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}

export const asFailure = (error: unknown) => (error instanceof Failure ? error : new Failure({ status: 0, code: 'console.failed', detail: String(error) }))
