// What nodes say of themselves: documents whose shape the API leaves open.

export interface Inventory {
  operating_system: string
  kernel: string
  memory_bytes: number
  cpu: { model: string; cores: number; threads: number; isa: string[] }
  disks: Array<{ name: string; capacity_bytes: number }>
}

export interface Reading {
  metric: string
  unit: string
  samples: number[]
  median: number
  low: number
  high: number
  coverage_ppm: number
  kernel: string
  shape: string
  suspect: boolean
  notes: string[]
  peak?: number
  peak_basis?: string
  share_ppm?: number
}

export interface Measured {
  cpu_model: string
  cores: number
  started_at: string
  ended_at: string
  conditions: { threads: number; frequency_khz: number; others_ppm: number; governor: string; kernel: string; filesystem: string; program: string }
  readings: Reading[]
}

export interface Graded {
  rules_version?: string
  class?: string
  provisional?: boolean
  valid_until?: string
  reasons?: Array<{ code: string; facts: Record<string, string> }>
}

export interface Candidate {
  node: string
  reason: { code: string; text: string }
  terms: Array<{ name: string; value_ppm: number; weight: number; contribution: number }>
  score: number
}

export const asInventory = (document: unknown) => document as Inventory
export const asMeasured = (document: unknown) => document as Measured
export const asGraded = (document: unknown) => document as Graded
export const asCandidates = (documents: unknown) => (documents ?? []) as Candidate[]
