import { resolvePlace, type SinkConfig } from '../../../src/core/places.ts'
import { openSink } from '../../../src/sinks/registry.ts'
import type { SinkFixture } from '../sinks.ts'
import { contentOf, fakeAzure, seed, TOKEN } from './server.ts'

/** Neighbouring members of one JSON secret. */
export async function azureFixture(): Promise<SinkFixture> {
  const fake = await fakeAzure()
  const config: SinkConfig = {
    kind: 'azure-key-vault',
    vault: fake.address,
    auth: { kind: 'token', token: { env: 'AZURE' } },
  }
  const held = (): Record<string, string> => JSON.parse(contentOf(fake, 'ci-keys') ?? '{}')
  seed(fake, 'ci-keys', '{"neighbour": "stays"}', { team: 'platform' })
  return {
    config,
    open: () => openSink(config, { name: 'here', root: '/nowhere', allowExec: false, env: { AZURE: TOKEN } }),
    place: (n) => {
      const resolved = resolvePlace(`here:ci-keys#k${n}`, 'here', config)
      if ('problems' in resolved) throw new Error(JSON.stringify(resolved.problems))
      return resolved.place
    },
    dump: () => JSON.stringify([held(), fake.secrets.get('ci-keys')?.versions.at(-1)?.tags]),
    peek: async (n) => held()[`k${n}`] ?? null,
    poke: async (n, text) => seed(fake, 'ci-keys', JSON.stringify({ ...held(), [`k${n}`]: text })),
    close: () => fake.close(),
  }
}
