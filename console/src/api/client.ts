// The one way to the API: typed by operation, with the session's CSRF token, in the reader's language.
import { operations, type Operations, type Problem } from './types'

export type Name = keyof Operations
export type Reply<N extends Name> = Operations[N]['reply']

export interface Call<N extends Name> {
  path?: Record<string, string>
  query?: Operations[N]['query']
  body?: Operations[N]['body']
  headers?: Record<string, string>
}

// An answer that is not a success, as the server explains it.
export class Failure extends Error {
  constructor(readonly problem: Pick<Problem, 'status' | 'code' | 'detail'> & Partial<Problem>) {
    super(problem.detail)
  }
}

let csrfToken = ''
let language = 'zh'
let onSignedOut: () => void = () => undefined

export function setCsrfToken(token: string) {
  csrfToken = token
}
export function setApiLanguage(code: string) {
  language = code
}
export function setSignedOutHook(hook: () => void) {
  onSignedOut = hook
}

export async function failureOf(response: Response): Promise<Failure> {
  try {
    const body = await response.json()
    if (body.error) return new Failure({ status: response.status, code: body.error.code ?? body.error.type, detail: body.error.message })
    return new Failure(body)
  } catch {
    return new Failure({ status: response.status, code: 'http.' + response.status, detail: response.statusText })
  }
}

export async function send(url: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('accept-language', language)
  if (init.method && init.method !== 'GET' && !headers.has('authorization')) headers.set('x-csrf-token', csrfToken)
  try {
    return await fetch(url, { ...init, headers })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    const detail = language === 'zh' ? '无法连接服务器，请检查网络后重试。' : 'The server cannot be reached. Check the connection and try again.'
    throw new Failure({ status: 0, code: 'console.unreachable', detail })
  }
}

export async function call<N extends Name>(name: N, { path = {}, query = {}, body, headers = {} }: Call<N> = {}): Promise<Reply<N>> {
  const [method, template] = operations[name]
  const address = template.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(path[key] ?? ''))
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== undefined && value !== '') search.set(key, String(value))
  const init: RequestInit = { method, headers }
  if (body !== undefined) {
    init.body = JSON.stringify(body)
    init.headers = { ...headers, 'content-type': 'application/json' }
  }
  const response = await send(search.size ? `${address}?${search}` : address, init)
  if (!response.ok) {
    if (response.status === 401 && name !== 'sign_in') onSignedOut()
    throw await failureOf(response)
  }
  if (response.status === 204) return undefined as Reply<N>
  return (await response.json()) as Reply<N>
}
