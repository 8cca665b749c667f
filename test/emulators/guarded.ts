import type { RunningEmulator } from '../../src/emulators/server.ts'
import { type Answer, type Call, create } from './client.ts'

export interface WireGuardrail {
  readonly id: string
  readonly name: string
  readonly workspace_id: string
  readonly [field: string]: unknown
}

export interface WireAssignment {
  readonly key_hash: string
  readonly guardrail_id: string
  readonly [field: string]: unknown
}

/** No key has this hash. */
export const NO_KEY = '0'.repeat(64)
/** Nothing has this id. */
export const NOWHERE = '00000000-0000-4000-8000-000000000000'

export async function guardrail(call: Call, fields: object = {}): Promise<WireGuardrail> {
  const answer = await call('POST', '/guardrails', { name: 'no training', ...fields })
  if (answer.status !== 201) throw new Error(`create answered ${answer.status}: ${answer.text}`)
  return answer.body.data as WireGuardrail
}

/** Hashes of fresh keys. */
export async function keys(call: Call, count: number, fields: object = {}): Promise<readonly string[]> {
  const made: string[] = []
  for (let each = 0; each < count; each += 1) made.push((await create(call, fields)).key.hash)
  return made
}

export function assign(call: Call, { id }: { readonly id: string }, key_hashes: readonly string[]): Promise<Answer> {
  return call('POST', `/guardrails/${id}/assignments/keys`, { key_hashes })
}

export function rowsOf(answer: Answer): readonly WireAssignment[] {
  return answer.body.data as readonly WireAssignment[]
}

/** Which key has which guardrail, according to the emulator itself. */
export function truth(emulator: RunningEmulator): ReadonlyMap<string, string | null> {
  return new Map(emulator.world.openrouter.keys().map(({ hash, guardrail_id }) => [hash, guardrail_id]))
}

export async function defaultGuardrailOf(call: Call): Promise<string> {
  const { data } = (await call('GET', '/workspaces/default')).body
  return (data as { default_guardrail_id: string }).default_guardrail_id
}
