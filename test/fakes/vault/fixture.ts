import type { Place } from '../../../src/core/key.ts'
import { resolvePlace, type SinkConfig } from '../../../src/core/places.ts'
import { openSink } from '../../../src/sinks/registry.ts'
import type { SinkFixture } from '../sinks.ts'
import { fakeVault, fieldsOf, ROOT, secretAt, seed } from './server.ts'

/** Neighbouring fields of one secret, beside one that is nobody's business. */
export async function vaultFixture(): Promise<SinkFixture> {
  const vault = await fakeVault()
  const config: SinkConfig = { kind: 'vault', address: vault.address }
  const context = { name: 'here', root: '/nowhere', allowExec: false, env: { VAULT_TOKEN: ROOT } }
  seed(vault, 'ci/keys', { neighbour: 'stays' })
  return {
    config,
    open: () => openSink(config, context),
    place: (n) => placeAt(`here:ci/keys#k${n}`, config),
    dump: () => JSON.stringify([fieldsOf(vault, 'ci/keys'), secretAt(vault, 'ci/keys')?.custom]),
    peek: async (n) => {
      const value = fieldsOf(vault, 'ci/keys')?.[`k${n}`]
      return typeof value === 'string' ? value : null
    },
    poke: async (n, text) => seed(vault, 'ci/keys', { ...fieldsOf(vault, 'ci/keys'), [`k${n}`]: text }),
    close: () => vault.close(),
  }
}

function placeAt(text: string, config: SinkConfig): Place {
  const resolved = resolvePlace(text, 'here', config)
  if ('problems' in resolved) throw new Error(JSON.stringify(resolved.problems))
  return resolved.place
}
