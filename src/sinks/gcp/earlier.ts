/** Earlier versions of a secret, for a rollback. */
import { Secret } from '../../core/secret.ts'
import { fingerprintOf } from '../../io/digest.ts'
import type { PlaceAt } from '../../ports/secret-sink.ts'
import { heldIn } from '../field-text.ts'
import { stampOf } from './history.ts'
import { ONCE } from './line.ts'
import { contentOf, numberOf, type Parts, type Seen, secretName } from './look.ts'

/** Versions that are looked into without a stamp that names them. */
const FARTHEST = 30

/** The content of the place in a version that held exactly these bytes; that version is enabled. `null` when none is left. */
export async function earlierWith(parts: Parts, place: PlaceAt, seen: Seen, print: string): Promise<Secret | null> {
  const stamped = stampOf(seen.annotations, place)?.entries.filter(({ fingerprint }) => fingerprint === print) ?? []
  for (const { version } of stamped) {
    await unlock(parts, place, version)
    const found = await heldBy(parts, place, version, print)
    if (found !== null) return found
  }
  for (const version of await enabledVersions(parts, place)) {
    const found = await heldBy(parts, place, version, print)
    if (found !== null) return found
  }
  return null
}

async function heldBy(parts: Parts, place: PlaceAt, version: number, print: string): Promise<Secret | null> {
  const content = await contentOf(parts, `${secretName(parts, place)}/versions/${version}`, place)
  const held = content === null ? null : heldIn(content.text, place)
  return held !== null && fingerprintOf(held) === print ? Secret.of(held) : null
}

/** One that was destroyed stays so. */
async function unlock(parts: Parts, place: PlaceAt, version: number): Promise<void> {
  const on = secretName(parts, place)
  await parts.line.ask({
    permission: 'secretmanager.versions.enable',
    on,
    send: (client) => client.enableSecretVersion({ name: `${on}/versions/${version}` }, ONCE),
  })
}

async function enabledVersions(parts: Parts, place: PlaceAt): Promise<readonly number[]> {
  const parent = secretName(parts, place)
  const answer = await parts.line.ask({
    permission: 'secretmanager.versions.list',
    on: parent,
    send: async (client) => {
      const page = { parent, filter: 'state:ENABLED', pageSize: FARTHEST }
      return (await client.listSecretVersions(page, { ...ONCE, autoPaginate: false }))[0]
    },
  })
  return answer.refused === null ? answer.value.map(({ name }) => numberOf(name ?? '')) : []
}
