import type { SinkConfig } from '../../../src/core/places.ts'
import { openSink } from '../../../src/sinks/registry.ts'
import { contextOf, placeOf, type SinkFixture } from '../sinks.ts'
import { fakeKubernetes, ROOT, seed, textAt } from './server.ts'

/** Keys of one Secret, beside one that is nobody's business. */
export async function kubernetesFixture(): Promise<SinkFixture> {
  const fake = await fakeKubernetes()
  seed(fake, 'ci/keys', { neighbour: 'stays' })
  const auth = { kind: 'token', token: { env: 'TOKEN' } } as const
  const config: SinkConfig = { kind: 'kubernetes', cluster: 'fake', server: fake.server, auth }
  return {
    config,
    open: () => openSink(config, contextOf('/nowhere', { env: { TOKEN: ROOT } })),
    place: (n) => placeOf(`here:ci/keys#k${n}`, config),
    dump: () => {
      const { data, annotations, owners } = fake.secrets.get('ci/keys') ?? {}
      return JSON.stringify([[...(data ?? [])], [...(annotations ?? [])], [...(owners?.keys() ?? [])]])
    },
    peek: async (n) => textAt(fake, 'ci/keys', `k${n}`),
    poke: async (n, text) => void seed(fake, 'ci/keys', { [`k${n}`]: text }),
    close: () => fake.close(),
  }
}
