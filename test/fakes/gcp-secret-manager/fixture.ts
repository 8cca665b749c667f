import { resolvePlace, type SinkConfig } from '../../../src/core/places.ts'
import { openSink } from '../../../src/sinks/registry.ts'
import type { SinkFixture } from '../sinks.ts'
import { contentOf, fakeGcp, seed } from './server.ts'

const NAME = 'projects/acme-prod/secrets/ci-keys'

/** Neighbouring members of one JSON secret. With an alias every write is conditional; without one nothing is. */
export async function gcpFixture(alias: string | null = 'live'): Promise<SinkFixture> {
  const fake = await fakeGcp()
  const named = alias === null ? {} : { alias }
  const config: SinkConfig = {
    kind: 'gcp-secret-manager',
    project: 'acme-prod',
    endpoint: fake.endpoint,
    credentials: { env: 'GCP' },
    ...named,
  }
  const held = (): Record<string, string> => JSON.parse(contentOf(fake, NAME, alias ?? undefined) ?? '{}')
  seed(fake, NAME, '{"neighbour": "stays"}', alias ?? undefined)
  return {
    config,
    open: () => openSink(config, { name: 'here', root: '/nowhere', allowExec: false, env: { GCP: fake.credentials } }),
    place: (n) => {
      const resolved = resolvePlace(`here:ci-keys#k${n}`, 'here', config)
      if ('problems' in resolved) throw new Error(JSON.stringify(resolved.problems))
      return resolved.place
    },
    dump: () => JSON.stringify([held(), fake.secrets.get(NAME)?.annotations]),
    peek: async (n) => held()[`k${n}`] ?? null,
    poke: async (n, text) => seed(fake, NAME, JSON.stringify({ ...held(), [`k${n}`]: text }), alias ?? undefined),
    close: () => fake.close(),
  }
}
