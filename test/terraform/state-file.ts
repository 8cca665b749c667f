/** What terraform keeps on disk, as far as tests look at it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface StateFile {
  readonly serial: number
  readonly resources: readonly StateResource[]
}

export interface StateResource {
  readonly mode: string
  readonly type: string
  readonly name: string
  readonly instances: readonly { readonly attributes: Attributes }[]
}

interface Attributes {
  readonly [name: string]: unknown
  readonly retiring?: readonly { readonly id: string; readonly until: string | null }[] | null
  readonly rotation?: { readonly on?: string | null } | null
}

/** An empty one where there is none yet. */
export function stateIn(folder: string): StateFile {
  try {
    return JSON.parse(readFileSync(join(folder, 'terraform.tfstate'), 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { serial: 0, resources: [] }
    throw error
  }
}

/** Attributes of the first instance. */
export function resourceOf({ resources }: StateFile, name: string): Record<string, unknown> {
  const found = resources.find((one) => one.name === name)?.instances[0]?.attributes
  if (!found) throw new Error(`the state has no ${name}`)
  return found
}

const DAY = 86_400_000

/** By its own words a key has something left to do within a day: old generations, a step half done, a rotation by age. */
export function openEnds({ resources }: StateFile, now: number): boolean {
  const keys = resources.filter(({ mode, type }) => mode === 'managed' && type.startsWith('keywright_'))
  return keys.some(({ instances }) => instances.some(({ attributes }) => isOpen(attributes, now)))
}

function isOpen({ retiring, pending, rotation, expires_in, next_rotation_at: next }: Attributes, now: number): boolean {
  const isSoon = (until: unknown): boolean => typeof until !== 'string' || Date.parse(until) <= now + DAY
  const isAged = rotation?.on === 'apply' || typeof expires_in === 'string'
  const isDue = isAged && typeof next === 'string' && isSoon(next)
  return pending === true || isDue || (retiring ?? []).some(({ until }) => isSoon(until))
}
