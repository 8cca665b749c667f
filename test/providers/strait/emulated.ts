import { onTestFinished } from 'vitest'
import type { Fields } from '../../../src/core/key.ts'
import { Secret } from '../../../src/core/secret.ts'
import { DAY } from '../../../src/core/time.ts'
import type { EmulatorOptions } from '../../../src/emulators/options.ts'
import { type RunningEmulator, startEmulator } from '../../../src/emulators/server.ts'
import type { RequestEvent } from '../../../src/io/http/event.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import type { CreateOutcome } from '../../../src/ports/key-api.ts'
import { type StraitApi, type StraitOptions, strait } from '../../../src/providers/strait.ts'
import { quietClock } from './quiet-clock.ts'

export const START = '2030-01-01T00:00:00Z'

export interface Emulated {
  readonly emulator: RunningEmulator
  readonly api: StraitApi
  readonly project: string
  /** The clock of both sides. */
  readonly clock: Clock
  readonly events: readonly RequestEvent[]
  /** A key with these fields, living 30 days. Throws unless it was created. */
  make(fields?: Fields, name?: string): Promise<Extract<CreateOutcome, { kind: 'created' }>>
  /** One more client, of another key or project for instance. */
  open(tuning?: Partial<StraitOptions>): StraitApi
  /** Requests the emulator saw, by method and path template. */
  requests(): Readonly<Record<string, number>>
}

/** A Strait project with a provider on it, limits included, and one clock for both. Jitter is the largest possible. */
export async function emulated(options: EmulatorOptions = {}, tuning: Partial<StraitOptions> = {}): Promise<Emulated> {
  const emulator = await startEmulator({ seed: 7, clock: START, ...options })
  onTestFinished(() => emulator.close())
  const clock = quietClock(emulator.world.clock)
  const events: RequestEvent[] = []
  const { baseUrl, token, project } = emulator.strait
  const base = { baseUrl, token: Secret.of(token), project, clock, random: () => 0.999_999, timeoutMillis: 5_000 }
  const open = (more: Partial<StraitOptions> = {}) =>
    strait({ ...base, onRequest: (event) => void events.push(event), ...tuning, ...more })
  const api = open()
  const requests = () => emulator.world.traffic.counts().requests
  const make = async (fields: Fields = {}, name = 'worker') =>
    made(await api.create({ name, scope: project, fields: { scopes: ['jobs:read'], ...fields }, lifetime: 30 * DAY }))
  return { emulator, api, project, clock, events, make, open, requests }
}

/** The created key, or an error that tells the other outcome. */
export function made(outcome: CreateOutcome): Extract<CreateOutcome, { kind: 'created' }> {
  if (outcome.kind !== 'created') throw new Error(`${outcome.kind}: ${outcome.reason}`)
  return outcome
}
