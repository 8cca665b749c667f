/** Key APIs that know guardrails: one fixture per kind, with a way to make guardrails, which no key API of ours does. */
import { Secret } from '../../src/core/secret.ts'
import { type RunningEmulator, startEmulator } from '../../src/emulators/server.ts'
import type { KeyApi } from '../../src/ports/key-api.ts'
import { memoryWorld } from '../../src/providers/memory.ts'
import { PROVIDERS } from '../../src/providers/registry.ts'
import { homeOf, leapingClock } from './key-apis.ts'

/** A key API whose guardrail abilities are all there. */
export type GuardedApi = KeyApi & Required<Pick<KeyApi, 'guardrails' | 'assignments' | 'assign' | 'unassign'>>

export interface GuardedFixture {
  readonly api: GuardedApi
  /** Ids of two workspaces. */
  readonly scope: string
  readonly otherScope: string
  readonly absentKey: string
  readonly absentGuardrail: string
  /** Makes a guardrail and returns its id. */
  guardrail(name: string, scope?: string): Promise<string>
  close(): Promise<void>
}

export const GUARDED_FIXTURES: Readonly<Record<string, (() => Promise<GuardedFixture>) | undefined>> = {
  openrouter: async () => {
    const emulator = await startEmulator({ seed: 2 })
    const { baseUrl, managementKey } = emulator.openrouter
    const config = { baseUrl, token: Secret.of(managementKey) }
    const api = guarded(await PROVIDERS.openrouter.open(config, { clock: leapingClock(), random: () => 0 }))
    return {
      api,
      scope: homeOf(emulator),
      otherScope: emulator.world.openrouter.workspaces[1]?.id ?? '',
      absentKey: '0'.repeat(64),
      absentGuardrail: '00000000-0000-4000-8000-000000000000',
      guardrail: (name, scope) => makeGuardrail(emulator, { name, scope }),
      close: emulator.close,
    }
  },
  memory: async () => {
    const clock = leapingClock()
    const memory = memoryWorld({ clock, workspaces: { side: 'workspace-side' } })
    const api = guarded(await PROVIDERS.memory.open({}, { clock, random: () => 0, memory }))
    return {
      api,
      scope: 'workspace-default',
      otherScope: 'workspace-side',
      absentKey: 'id-none',
      absentGuardrail: 'g-none',
      guardrail: async (name, scope = 'workspace-default') => {
        const id = `g-${memory.guardrails.size + 1}`
        memory.guardrails.set(id, { name, scope })
        return id
      },
      close: async () => {},
    }
  },
}

/** The same API with its guardrail abilities promised. Fails the test for one that lacks any. */
export function guarded(api: KeyApi): GuardedApi {
  const { guardrails, assignments, assign, unassign } = api
  if (!guardrails || !assignments || !assign || !unassign) throw new Error('an API without guardrails')
  return { ...api, guardrails, assignments, assign, unassign }
}

interface GuardrailWish {
  readonly name: string
  readonly scope?: string | undefined
}

/** Makes a guardrail as a dashboard would and returns its id. */
export async function makeGuardrail(emulator: RunningEmulator, { name, scope }: GuardrailWish): Promise<string> {
  const { data } = await ask(emulator, 'POST', '/guardrails', { name, ...(scope && { workspace_id: scope }) })
  return String(data?.id)
}

/** Gives keys a guardrail, as somebody else would. */
export async function assignAll(emulator: RunningEmulator, id: string, hashes: readonly string[]): Promise<void> {
  await ask(emulator, 'POST', `/guardrails/${id}/assignments/keys`, { key_hashes: hashes })
}

/** Sends one request with the management key; throws unless it succeeds. */
export async function ask(
  { openrouter: { baseUrl, managementKey } }: RunningEmulator,
  method: string,
  path: string,
  body?: object,
): Promise<{ readonly data?: Readonly<Record<string, unknown>> }> {
  const headers = { authorization: `Bearer ${managementKey}` }
  const response = await fetch(baseUrl + path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`)
  return (await response.json()) as { data?: Record<string, unknown> }
}
