// A streamed chat completion, as the pieces in which it arrives.
import { total } from '../money'
import { call, Failure, failureOf, send } from './client'
import type { Money } from './types'

export interface Said {
  role: 'user' | 'assistant'
  content: string
}

export interface Piece {
  // The platform's id of the call, under which it is charged.
  request?: string
  text?: string
  usage?: { prompt_tokens: number; completion_tokens: number }
}

interface Asked {
  key: string
  model: string
  messages: Said[]
  limit: number
  signal: AbortSignal
}

interface Chunk {
  choices?: Array<{ delta?: { content?: string } }>
  usage?: Piece['usage'] | null
  error?: { message: string; code?: string; type?: string }
}

// The data of each server-sent event, whatever the pieces in which the network brings them.
async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    rest += value
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('data:')) yield line.slice(5).trim()
  }
}

export async function* stream({ key, model, messages, limit, signal }: Asked): AsyncGenerator<Piece> {
  const response = await send('/v1/chat/completions', {
    method: 'POST',
    signal,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, messages, max_tokens: limit, stream: true, stream_options: { include_usage: true } }),
  })
  if (!response.ok || !response.body) throw await failureOf(response)
  yield { request: response.headers.get('x-request-id') ?? '' }
  for await (const data of events(response.body)) {
    if (data === '[DONE]') return
    const chunk = JSON.parse(data) as Chunk
    if (chunk.error) throw new Failure({ status: 502, code: chunk.error.code ?? chunk.error.type ?? 'models.failed', detail: chunk.error.message })
    const text = chunk.choices?.[0]?.delta?.content
    if (text) yield { text }
    if (chunk.usage) yield { usage: chunk.usage }
  }
}

const kLooks = 10
const kPause = 300

// What a call cost, from the records of its own id. They are written when the stream has ended.
export async function costOf(request: string): Promise<Money | undefined> {
  for (let i = 0; i < kLooks && request; ++i) {
    const { items } = await call('list_usage_records', { query: { subject: request, limit: 10 } })
    if (items.length > 0) return total(items.map((record) => record.amount))
    await new Promise((resolve) => setTimeout(resolve, kPause))
  }
  return undefined
}
