/** A fake Key Vault, sinks on it, and places in them. */
import { afterEach } from 'vitest'
import type { AzureConfig } from '../../../src/core/azure-kind.ts'
import type { Place } from '../../../src/core/key.ts'
import { Secret } from '../../../src/core/secret.ts'
import type { Owner, PlaceAt, SecretSink } from '../../../src/ports/secret-sink.ts'
import { openAzure } from '../../../src/sinks/azure.ts'
import { type FakeAzure, fakeAzure, TOKEN } from '../../fakes/azure-key-vault/server.ts'
import { leapingClock } from '../../fakes/key-apis.ts'
import { contextOf, placeOf } from '../../fakes/sinks.ts'

export const FIRST = Secret.of('sk-or-v1-first-0123456789')
export const SECOND = Secret.of('sk-or-v1-second-9876543210')
export const NAME = 'ci-openrouter'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

export interface Stage {
  readonly fake: FakeAzure
  readonly sink: SecretSink
  readonly clock: ReturnType<typeof leapingClock>
  readonly place: Place
}

/** The secret is the key alone unless `field` is said. Waits cost no time. */
export interface Change extends Partial<AzureConfig> {
  readonly field?: string
  readonly timeoutMillis?: number
}

export async function stage({ field, timeoutMillis = 5000, ...change }: Change = {}): Promise<Stage> {
  const fake = await fakeAzure()
  open.push(fake)
  const auth = { kind: 'token', token: { env: 'AZURE' } } as const
  const config: AzureConfig = { kind: 'azure-key-vault', vault: fake.address, auth, ...change }
  const clock = leapingClock()
  const tuning = { clock, random: () => 0, timeoutMillis }
  const sink = await openAzure(config, contextOf('/nowhere', { env: { AZURE: TOKEN } }), tuning)
  return { fake, sink, clock, place: placeOf(`here:${NAME}${field === undefined ? '' : `#${field}`}`, config) }
}

export function ownedBy(place: Place, change: Partial<Owner> = {}): PlaceAt {
  return { ...place, owner: { address: 'acme-7f3a/platform/ci-bot', lineage: 'k3v7x2ab', n: 1, ...change } }
}

export function states({ secrets }: FakeAzure): string {
  return (
    secrets
      .get(NAME)
      ?.versions.map(({ enabled }) => (enabled ? 'on' : 'off'))
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
