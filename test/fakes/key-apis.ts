/** One fixture per kind of key API: a fresh, empty account behind an opened provider. The conformance suite wants one for each registry row. */

import type { Fields } from '../../src/core/key.ts'
import { Secret } from '../../src/core/secret.ts'
import { DAY } from '../../src/core/time.ts'
import type { EmulatorOptions } from '../../src/emulators/options.ts'
import { type RunningEmulator, startEmulator } from '../../src/emulators/server.ts'
import type { RequestEvent } from '../../src/io/http/event.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { CreateOutcome, KeyApi } from '../../src/ports/key-api.ts'
import { type OpenRouterOptions, openRouter } from '../../src/providers/openrouter.ts'
import { PROVIDERS } from '../../src/providers/registry.ts'

export interface KeyApiFixture {
  readonly api: KeyApi
  /** Id of its default workspace. */
  readonly scope: string
  /** Well-formed id of a key that never was. */
  readonly absentId: string
  close(): Promise<void>
}

/** What a kind of key API is like, for the tables of the conformance suite. */
export interface KeyApiTraits {
  /** What every create needs. */
  readonly born: Fields
  readonly lifetime?: number
  /** Every managed field, sorted. */
  readonly managed: readonly string[]
  /** Fields that come back as they were created. */
  readonly kept: readonly Fields[]
  /** Fields before a change, and the change. Empty where nothing can be changed. */
  readonly changes: readonly (readonly [Fields, Fields])[]
}

const SPENDING: KeyApiTraits = {
  born: {},
  managed: ['creatorUserId', 'disabled', 'expiresAt', 'includeByokInLimit', 'limit', 'limitReset'],
  kept: [
    { limit: 0 },
    { limit: null },
    { limit: 12.345678 },
    { limit: 20, limitReset: 'monthly' },
    { limit: 20, limitReset: null },
    { includeByokInLimit: true },
    { expiresAt: '2027-12-31T23:59:59.000Z' },
    { expiresAt: null },
  ],
  changes: [
    [{ limit: 5 }, { limit: 0 }],
    [{ limit: 0 }, { limit: null }],
    [{ limit: 5, limitReset: 'daily' }, { limitReset: null }],
    [{ limit: null }, { limit: 3, limitReset: 'weekly', includeByokInLimit: true }],
  ],
}

export const KEY_API_TRAITS: Readonly<Record<string, KeyApiTraits>> = {
  openrouter: SPENDING,
  memory: SPENDING,
  strait: {
    born: { scopes: ['jobs:read'] },
    lifetime: 30 * DAY,
    managed: ['environmentId', 'expiresAt', 'scopes'],
    kept: [
      { scopes: ['*'] },
      { scopes: ['runs:read', 'jobs:write', 'jobs:read', 'jobs:read'] },
      { scopes: ['jobs:read'], environmentId: 'production' },
      { scopes: ['jobs:read'], environmentId: null },
    ],
    changes: [],
  },
}

export const KEY_API_FIXTURES: Readonly<Record<string, (() => Promise<KeyApiFixture>) | undefined>> = {
  openrouter: async () => {
    const emulator = await startEmulator({ seed: 1 })
    const { baseUrl, managementKey } = emulator.openrouter
    const config = { baseUrl, token: Secret.of(managementKey) }
    const api = await PROVIDERS.openrouter.open(config, { clock: leapingClock(), random: () => 0 })
    return { api, scope: homeOf(emulator), absentId: '0'.repeat(64), close: emulator.close }
  },
  strait: async () => {
    const emulator = await startEmulator({ seed: 1, strait: { limits: false } })
    const { baseUrl, token, project } = emulator.strait
    const config = { baseUrl, token: Secret.of(token), project }
    const api = await PROVIDERS.strait.open(config, { clock: leapingClock(), random: () => 0 })
    return { api, scope: project, absentId: '01890000-0000-7000-8000-000000000000', close: emulator.close }
  },
  memory: async () => {
    const api = await PROVIDERS.memory.open({}, { clock: leapingClock(), random: () => 0 })
    const { identity } = await api.identify()
    return { api, scope: identity.account, absentId: 'id-none', close: async () => {} }
  },
}

export interface LeapingClock extends Clock {
  /** Every sleep so far, in milliseconds. */
  readonly sleeps: readonly number[]
  advance(millis: number): void
}

/** Stands still but for its sleeps, which take no real time and move it on; sleeps side by side overlap, as they should. */
export function leapingClock(start: number = Date.parse('2026-11-22T10:00:00Z')): LeapingClock {
  const sleeps: number[] = []
  let now = start
  return {
    sleeps,
    now: () => now,
    advance(millis) {
      now += millis
    },
    sleep: async (millis) => {
      const until = now + millis
      sleeps.push(millis)
      await new Promise((resolve) => setImmediate(resolve))
      now = Math.max(now, until)
    },
  }
}

export interface Emulated {
  readonly emulator: RunningEmulator
  readonly api: KeyApi
  readonly scope: string
  readonly clock: LeapingClock
  readonly events: readonly RequestEvent[]
  /** Requests the emulator saw, by method and path template. */
  requests(): Readonly<Record<string, number>>
}

type Tuning = Partial<Omit<OpenRouterOptions, 'clock' | 'onRequest'>>

const open: RunningEmulator[] = []

/** An OpenRouter account with provider; `closeEmulators` frees it. Jitter is the largest possible. */
export async function emulated(options: EmulatorOptions = {}, tuning: Tuning = {}): Promise<Emulated> {
  const clock = leapingClock()
  const emulator = await startEmulator({ seed: 7, clock: new Date(clock.now()).toISOString(), ...options })
  open.push(emulator)
  const { baseUrl, managementKey } = emulator.openrouter
  const events: RequestEvent[] = []
  const base = { baseUrl, token: Secret.of(managementKey), random: () => 0.999_999, timeoutMillis: 5_000 }
  const api = openRouter({ ...base, ...tuning, clock, onRequest: (event) => void events.push(event) })
  const requests = () => emulator.world.traffic.counts().requests
  return { emulator, api, scope: homeOf(emulator), clock, events, requests }
}

export async function closeEmulators(): Promise<void> {
  await Promise.all(open.splice(0).map((emulator) => emulator.close()))
}

export function homeOf(emulator: RunningEmulator): string {
  return emulator.world.openrouter.workspaces[0]?.id ?? ''
}

/** The created key, or an error that tells the other outcome. */
export function issued(outcome: CreateOutcome): Extract<CreateOutcome, { kind: 'created' }> {
  if (outcome.kind !== 'created') throw new Error(`${outcome.kind}: ${outcome.reason}`)
  return outcome
}
