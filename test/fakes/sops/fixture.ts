import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { resolvePlace, type SinkConfig } from '../../../src/core/places.ts'
import { Secret } from '../../../src/core/secret.ts'
import { openSink } from '../../../src/sinks/registry.ts'
import type { SinkFixture } from '../sinks.ts'
import { sopsYaml } from './encrypt.ts'
import { decrypted } from './independent.ts'

/** Neighbouring values of one file that sops wrote. An outsider looks with a package that is not ours. */
export async function sopsFixture(): Promise<SinkFixture> {
  const identity = await generateIdentity()
  const root = mkdtempSync(join(tmpdir(), 'kw-sops-'))
  const file = join(root, 'ci.sops.yaml')
  const config: SinkConfig = { kind: 'sops', recipients: [await identityToRecipient(identity)] }
  writeFileSync(file, await sopsYaml('# top\nneighbour: ENC(neighbour|"stays")\n', { identity }, ['neighbour']))
  const open = () => openSink(config, { name: 'here', root, allowExec: false, env: { SOPS_AGE_KEY: identity } })
  const place = (n: number) => {
    const resolved = resolvePlace(`here:ci.sops.yaml#keys.k${n}`, 'here', config)
    if ('problems' in resolved) throw new Error(JSON.stringify(resolved.problems))
    return resolved.place
  }
  const peek = async (n: number): Promise<string | null> => {
    const plain = await decrypted(readFileSync(file, 'utf8'), identity, 'yaml')
    const keys = plain.keys
    const held =
      typeof keys === 'object' && keys !== null ? Object.entries(keys).find(([name]) => name === `k${n}`) : undefined
    return held === undefined ? null : String(held[1])
  }
  return {
    config,
    open,
    place,
    /** Without seal and time, which every change makes anew. */
    dump: () => (existsSync(file) ? readFileSync(file, 'utf8').replace(/^ {4}(?:mac|lastmodified): .*$/gm, '') : ''),
    peek,
    poke: async (n, text) => {
      const sink = await open()
      const { version } = await sink.preflight(place(n))
      await sink.write(place(n), Secret.of(text), version)
    },
    close: () => rmSync(root, { recursive: true }),
  }
}
