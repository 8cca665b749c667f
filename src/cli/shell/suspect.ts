/** Whose secret leaked: by its hash, by an address, or, where an API shows only the first characters of a secret, by these. */
import { KeywrightError } from '../../core/diagnostic.ts'
import { isLive, type KeyRecord } from '../../core/record.ts'
import type { Secret } from '../../core/secret.ts'
import { nearestWord } from '../../core/suggest.ts'
import { type Suspect, suspects } from '../../engine/incident.ts'
import type { Args, Shell } from './command.ts'
import type { Incident } from './incident.ts'
import { hashIn, onCommandLine, type Pasted, secretOfStdin } from './pasted.ts'
import { sayYes } from './say-yes.ts'

export type Leak =
  | { readonly by: 'address'; readonly suspect: Suspect }
  | { readonly by: 'secret'; readonly hash: string; readonly suspect: Suspect | null }

/** Throws `CLI_USAGE`, `CLI_ADDRESS_UNKNOWN`, and `LEAK_AMBIGUOUS` when several keys could be meant. */
export async function leakOf(shell: Shell, { words }: Args, incident: Incident | null): Promise<Leak> {
  const [word] = words
  const records: ReadonlyMap<string, KeyRecord> = (await incident?.records()) ?? new Map()
  const hash = word === undefined ? null : hashIn(word)
  if (word !== undefined && hash === null) return { by: 'address', suspect: named(word, incident, records) }
  const pasted: Pasted = hash === null ? await secretOfStdin(shell, 'leaked') : { hash }
  return {
    by: 'secret',
    hash: pasted.hash,
    suspect: incident ? await holder(pasted, { shell, incident, records }) : null,
  }
}

/** A word that is neither a hash nor an address may well be a secret, so it is not repeated. */
function named(word: string, incident: Incident | null, records: ReadonlyMap<string, KeyRecord>): Suspect {
  const address = [word, `${incident?.stack}/${word}`].find((one) => records.has(one))
  if (address !== undefined) return { address, n: null }
  const near = nearestWord(
    word,
    [...records.keys()].map((one) => one.slice((incident?.stack.length ?? 0) + 1)),
  )
  if (near === null) throw onCommandLine('leaked')
  throw new KeywrightError('CLI_ADDRESS_UNKNOWN', {
    message: `No key has that address. Did you mean ${near}? Nothing was done.`,
    hint: `keywright leaked ${near}`,
  })
}

interface Room {
  readonly shell: Shell
  readonly incident: Incident
  readonly records: ReadonlyMap<string, KeyRecord>
}

async function holder({ hash, secret }: Pasted, room: Room): Promise<Suspect | null> {
  const found = suspects(room.records, hash)
  if (found.length > 1) throw ambiguous(found, 'was the secret of one of them')
  if (found[0] || !secret) return found[0] ?? null
  const alike = await byPrefix(secret, room)
  if (alike.length > 1) throw ambiguous(alike, 'begins as the secrets of all of them do')
  return alike[0] ?? null
}

/** A key that works and begins alike is nearly certainly the one; a person has to say so. */
async function byPrefix(secret: Secret, { shell, incident, records }: Room): Promise<readonly Suspect[]> {
  const found: Suspect[] = []
  for (const { address, provider, generations } of records.values()) {
    const api = await incident.api(provider)
    if (api.capabilities.matchesOffline) continue
    for (const g of generations.filter(isLive)) if (await api.matches(secret, g.id)) found.push({ address, n: g.n })
  }
  const [only, ...more] = found
  if (!only || more.length > 0) return found
  const id = only.address.slice(incident.stack.length + 1)
  const question = `The value works and begins as ${id} #${only.n} does; no place proves more. Is it that one?`
  return (await sayYes(shell, question, `keywright leaked ${id}`)) ? found : []
}

function ambiguous(found: readonly Suspect[], how: string): KeywrightError {
  const names = found.map(({ address, n }) => `${address} #${n}`).join(', ')
  const id = found[0]?.address.slice(found[0].address.indexOf('/') + 1) ?? 'ADDRESS'
  return new KeywrightError('LEAK_AMBIGUOUS', {
    message: `The value ${how}: ${names}. Nothing was changed.`,
    hint: `keywright leaked ${id}   ends every secret of it that still works`,
  })
}
