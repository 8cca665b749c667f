/** A fake Secret Manager, sinks on it, and places in them. */
import { afterEach } from 'vitest'
import type { GcpConfig } from '../../../src/core/gcp-kind.ts'
import type { Place } from '../../../src/core/key.ts'
import { Secret } from '../../../src/core/secret.ts'
import type { Owner, PlaceAt, SecretSink } from '../../../src/ports/secret-sink.ts'
import { openGcp } from '../../../src/sinks/gcp.ts'
import { type FakeGcp, fakeGcp } from '../../fakes/gcp-secret-manager/server.ts'
import { leapingClock } from '../../fakes/key-apis.ts'
import { contextOf, placeOf } from '../../fakes/sinks.ts'

export const FIRST = Secret.of('sk-or-v1-first-0123456789')
export const SECOND = Secret.of('sk-or-v1-second-9876543210')
export const NAME = 'projects/acme-prod/secrets/ci-openrouter'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

export interface Stage {
  readonly fake: FakeGcp
  readonly sink: SecretSink
  readonly clock: ReturnType<typeof leapingClock>
  readonly place: Place
}

/** The secret is the key alone unless `field` is said. Waits cost no time. */
export interface Change extends Partial<GcpConfig> {
  readonly field?: string
  readonly timeoutMillis?: number
}

export async function stage(change: Change = {}, running?: FakeGcp): Promise<Stage> {
  const fake = running ?? (await fakeGcp())
  open.push(fake)
  const { field, timeoutMillis = 5000, ...rest } = change
  const config: GcpConfig = {
    kind: 'gcp-secret-manager',
    project: 'acme-prod',
    endpoint: fake.endpoint,
    credentials: { env: 'GCP' },
    ...rest,
  }
  const clock = leapingClock()
  const tuning = { clock, random: () => 0, timeoutMillis }
  const sink = await openGcp(config, contextOf('/nowhere', { env: { GCP: fake.credentials } }), tuning)
  open.push({ close: () => sink.close?.() })
  return { fake, sink, clock, place: placeOf(`here:ci-openrouter${field === undefined ? '' : `#${field}`}`, config) }
}

export function ownedBy(place: Place, change: Partial<Owner> = {}): PlaceAt {
  return { ...place, owner: { address: 'acme-7f3a/platform/ci-bot', lineage: 'k3v7x2ab', n: 1, ...change } }
}

export function states({ secrets }: FakeGcp): string {
  return (
    secrets
      .get(NAME)
      ?.versions.map(({ state }) => state)
      .join(' ') ?? 'none'
  )
}

export async function failure(work: Promise<unknown>): Promise<{ code: string; message: string; hint: string }> {
  const error = await work.then(
    () => ({ code: 'none' }),
    (thrown) => thrown,
  )
  return { code: error.code, message: error.message, hint: error.hint }
}
