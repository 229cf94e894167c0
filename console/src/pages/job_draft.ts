// A job as its form has it, to and from the API's spec and job.yaml.
import type { Job, SubmitJobRequest } from '../api/types'
import { line, words } from '../format'
import type { TextKey } from '../texts'

type Spec = Job['spec']

export interface DraftInput {
  path: string
  artifact: string
}

export interface Draft {
  name: string
  how: 'direct' | 'shell'
  command: string
  cpu: string
  memory: string
  disk: string
  accelerators: number
  time_limit: string
  inputs: DraftInput[]
  outputs: string[]
  environment: string
  network: 'none' | 'outbound'
  retry: 'infrastructure' | 'never'
  priority: number
  site?: string
}

export const kBlank: Draft = {
  name: '', how: 'shell', command: '', cpu: '1', memory: '512MiB', disk: '1GiB', accelerators: 0, time_limit: '10m', inputs: [], outputs: [],
  environment: '', network: 'none', retry: 'infrastructure', priority: 50,
}

export const kExamples: ReadonlyArray<{ title: TextKey; draft: Draft }> = [
  { title: 'exampleWords', draft: {
    ...kBlank, name: 'word-statistics', time_limit: '2m', outputs: ['words.txt'],
    command: [
      '# Characters, words and the most frequent words of the text files that the job was given.',
      'set -e', 'ls -l', 'cat /usr/share/common-licenses/* ./*.txt ./*.md 2>/dev/null > text || true', 'wc -m -w -l text',
      "tr -cs '[:alpha:]' '\\n' < text | tr '[:upper:]' '[:lower:]' | sort | uniq -c | sort -rn | head -n 40 > words.txt", 'head -n 10 words.txt',
    ].join('\n'),
  } },
  { title: 'examplePrimes', draft: {
    ...kBlank, name: 'primes', time_limit: '5m', outputs: ['primes.txt'],
    command: [
      'awk \'BEGIN { for (n = 2; n <= 60000; ++n) { prime = 1',
      '  for (d = 2; d * d <= n; ++d) if (n % d == 0) { prime = 0; break }',
      '  if (prime) { print n > "primes.txt"; if (++count % 1000 == 0) { print count " primes, the last is " n; fflush() } } }',
      '  print "done: " count }\'',
    ].join('\n'),
  } },
  { title: 'exampleHost', draft: { ...kBlank, name: 'look-around', time_limit: '30s', command: ['id', 'pwd', 'nproc', 'uname -a', 'df -h . | tail -n 1', 'env | sort'].join('\n') } },
]

export function draftOf(spec: Spec): Draft {
  const [program, flag, script] = spec.command
  const shell = spec.command.length === 3 && /(^|\/)(ba)?sh$/.test(program ?? '') && flag === '-c'
  return {
    ...kBlank,
    name: spec.name,
    how: shell ? 'shell' : 'direct',
    command: shell ? (script ?? '') : line(spec.command),
    cpu: spec.cpu ?? kBlank.cpu,
    memory: spec.memory ?? kBlank.memory,
    disk: spec.disk ?? kBlank.disk,
    accelerators: spec.accelerators?.count ?? 0,
    time_limit: spec.time_limit,
    inputs: (spec.inputs ?? []).flatMap(({ path, artifact }) => (artifact ? [{ path, artifact }] : [])),
    outputs: spec.outputs ?? [],
    environment: Object.entries(spec.environment ?? {}).map(([name, value]) => `${name}=${String(value)}`).join('\n'),
    network: spec.network ?? kBlank.network,
    retry: spec.retry?.when ?? kBlank.retry,
    priority: spec.priority ?? kBlank.priority,
    site: spec.site ?? undefined,
  }
}

export function requestOf(draft: Draft, project: string): SubmitJobRequest {
  const pairs = draft.environment.split('\n').filter((row) => row.trim() !== '').map((row) => [row.split('=')[0]!.trim(), row.slice(row.indexOf('=') + 1)] as const)
  return {
    project_id: project,
    name: draft.name,
    command: draft.how === 'shell' ? ['/bin/sh', '-c', draft.command] : words(draft.command),
    inputs: draft.inputs,
    outputs: draft.outputs,
    cpu: draft.cpu,
    memory: draft.memory,
    disk: draft.disk,
    ...(draft.accelerators > 0 && { accelerators: { count: draft.accelerators } }),
    time_limit: draft.time_limit,
    environment: Object.fromEntries(pairs),
    network: draft.network,
    retry: { when: draft.retry },
    priority: draft.priority,
    ...(draft.site && { site: draft.site }),
  }
}

// What a job.yaml says, and the files on its author's disk that it names. Scalars stay texts, as the
// platform reads them; only what the form holds as numbers becomes one.
export async function draftOfYaml(text: string): Promise<{ draft: Draft; sources: string[] }> {
  const { parseDocument } = await import('yaml')
  const document = parseDocument(text, { schema: 'failsafe', uniqueKeys: true })
  const fault = document.errors[0]
  if (fault) throw new Error(fault.message.split('\n')[0])
  const spec = document.toJS() as Record<string, unknown> | null
  if (spec === null || typeof spec !== 'object' || Array.isArray(spec)) throw new Error('name, command, time_limit')
  if (!Array.isArray(spec.command)) throw new Error('command: [program, argument]')
  const accelerators = spec.accelerators as { count?: string } | undefined
  const inputs = (Array.isArray(spec.inputs) ? spec.inputs : []) as Array<{ path: string; artifact?: string; source?: string }>
  const whole = {
    ...spec,
    command: spec.command.map(String),
    inputs,
    ...(spec.priority !== undefined && { priority: Number(spec.priority) }),
    ...(accelerators && { accelerators: { ...accelerators, count: Number(accelerators.count ?? 0) } }),
  } as unknown as Spec
  return { draft: draftOf(whole), sources: inputs.flatMap(({ path, artifact }) => (artifact ? [] : [path])) }
}
