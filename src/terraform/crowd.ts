/**
 * Blocks of one walk beside each other: no two have the same address, or deliver to the same place.
 *
 * Terraform shows one block at a time and does not name it. A replacement is planned twice, with the key that is there and then without
 * one; that is one block. Two blocks are told from it by two keys that are there, or by two that are not. Not seen here: blocks of two
 * aliases of the provider, which are two processes.
 */
import { display } from '../core/display.ts'
import type { DesiredKey } from '../core/key.ts'
import { problem } from './said.ts'
import type { Diagnostic } from './server/diagnostic.ts'

/** What the blocks of a walk said so far. */
export interface Crowd {
  /** By address: ids of the keys that are there, `null` for one that is not. */
  readonly keys: Map<string, Set<string | null>>
  /** Addresses by identity of a place. */
  readonly places: Map<string, string>
}

export function nobody(): Crowd {
  return { keys: new Map(), places: new Map() }
}

/** `id`: of the key in the state of the block. Remembers it and its places. */
export function crowded(crowd: Crowd, desired: DesiredKey, id: string | null): readonly Diagnostic[] {
  const { address } = desired
  const known = crowd.keys.get(address) ?? new Set()
  const isTwice = id === null ? known.has(null) : [...known].some((one) => one !== null && one !== id)
  crowd.keys.set(address, known.add(id))
  const twin = isTwice ? [sameAddress(desired)] : []
  const places = desired.places.flatMap(({ identity, text }, i) => {
    const owner = crowd.places.get(identity)
    if (owner === undefined) crowd.places.set(identity, address)
    return owner === undefined || owner === address ? [] : [samePlace(desired, { owner, text, i })]
  })
  return [...twin, ...places]
}

function sameAddress({ id }: DesiredKey): Diagnostic {
  const message = `Two blocks have the key_id "${display(id)}", so each would take the other's live key for its own.`
  return { ...problem('MANIFEST_ID_DUPLICATE', message, 'key_id = "..."   of its own for each'), path: ['key_id'] }
}

function samePlace(
  { id }: DesiredKey,
  { owner, text, i }: { readonly owner: string; readonly text: string; readonly i: number },
): Diagnostic {
  const message = `"${display(id)}" delivers to ${display(text)}, where the secret of ${display(owner)} goes already.`
  const said = problem('MANIFEST_PLACE_DUPLICATE', message, 'give each key a place of its own')
  return { ...said, path: ['deliver_to', i] }
}
