/** A fake Vault, sinks on it, and places in them. */
import { afterEach } from 'vitest'
import type { Place } from '../../../src/core/key.ts'
import { Secret } from '../../../src/core/secret.ts'
import type { VaultConfig } from '../../../src/core/vault-kind.ts'
import type { Owner, PlaceAt, SecretSink } from '../../../src/ports/secret-sink.ts'
import { openVault } from '../../../src/sinks/vault.ts'
import { leapingClock } from '../../fakes/key-apis.ts'
import { contextOf, placeOf } from '../../fakes/sinks.ts'
import { type FakeVault, fakeVault, type Policy, ROOT } from '../../fakes/vault/server.ts'

export const FIRST = Secret.of('sk-or-v1-first-0123456789')
export const SECOND = Secret.of('sk-or-v1-second-9876543210')
/** What every policy of a test allows beside its own rules. */
export const FULL = ['create', 'update', 'patch', 'read']

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

export async function fake(options: Parameters<typeof fakeVault>[0] = {}): Promise<FakeVault> {
  const vault = await fakeVault(options)
  open.push(vault)
  return vault
}

export type Change = Partial<Omit<VaultConfig, 'kind'>> & {
  readonly root?: string
  readonly env?: Record<string, string>
}

export interface Stage {
  readonly vault: FakeVault
  readonly sink: SecretSink
  readonly config: VaultConfig
  readonly clock: ReturnType<typeof leapingClock>
  readonly place: Place
}

/** A sink that logs in with the root token unless said. Waits cost no time. */
export async function stage(change: Change = {}, vault?: FakeVault): Promise<Stage> {
  const server = vault ?? (await fake())
  const { root = '/nowhere', env = { VAULT_TOKEN: ROOT }, ...rest } = change
  const config: VaultConfig = { kind: 'vault', address: server.address, ...rest }
  const clock = leapingClock()
  const tuning = { clock, random: () => 0, timeoutMillis: 300 }
  const sink = await openVault(config, contextOf(root, { env }), tuning)
  open.push({ close: () => sink.close?.() })
  return { vault: server, sink, config, clock, place: placeOf('here:ci/openrouter#api_key', config) }
}

/** A token with these rules; without `default` it may not look at itself. */
export function tokenFor(vault: FakeVault, policy: Policy, hasDefault = true): Record<string, string> {
  const name = `hvs.token-${vault.tokens.size}`
  vault.tokens.set(name, { policy, hasDefault })
  return { VAULT_TOKEN: name }
}

export function ownedBy(place: Place, change: Partial<Owner> = {}): PlaceAt {
  return {
    ...place,
    owner: { address: 'acme-7f3a/platform/ci-bot', lineage: 'k3v7x2ab', n: 4, ...change },
  }
}

/** Paths that were asked for, with their methods, without the token's own. */
export function asked({ seen }: FakeVault): readonly string[] {
  return seen.map(({ method, url }) => `${method} ${url.replace('/v1/', '')}`)
}

export async function failure(work: Promise<unknown>): Promise<{ code: string; message: string; hint: string }> {
  const error = await work.then(
    () => ({ code: 'none' }),
    (thrown) => thrown,
  )
  return { code: error.code, message: error.message, hint: error.hint }
}
