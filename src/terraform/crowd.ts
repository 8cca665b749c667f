/**
 * Blocks of one walk beside each other: no two have the same address, hold the same live key, or deliver to the same place.
 *
 * Terraform shows one block at a time and does not name it. A replacement is planned twice, with the key that is there and then without
 * one; that is one block. Two blocks are told from it by two that have a key, or by two that have none. Not seen here: blocks of two
 * aliases of the provider, which are two processes.
 */
import { display } from '../core/display.ts'
import type { DesiredKey } from '../core/key.ts'
import { problem } from './said.ts'
import type { Diagnostic } from './server/diagnostic.ts'

/** What the blocks of a walk said so far. */
export interface Crowd {
  /** Addresses of blocks that have a key already. */
  readonly old: Set<string>
  /** Addresses of blocks that get one. */
  readonly fresh: Set<string>
  /** Addresses by id of the live key. */
  readonly ids: Map<string, string>
  /** Addresses by identity of a place. */
  readonly places: Map<string, string>
}

export function nobody(): Crowd {
  return { old: new Set(), fresh: new Set(), ids: new Map(), places: new Map() }
}

export interface Standing {
  /** The block has a state. */
  readonly isOld: boolean
  /** Of the live key in it. */
  readonly id: string | null
}

/** Remembers the block. */
export function crowded(crowd: Crowd, desired: DesiredKey, { isOld, id }: Standing): readonly Diagnostic[] {
  const { address } = desired
  const known = isOld ? crowd.old : crowd.fresh
  const owner = id === null ? undefined : crowd.ids.get(id)
  const twin = known.has(address)
    ? [sameAddress(desired)]
    : owner !== undefined && owner !== address
      ? [sameKey(desired, owner)]
      : []
  known.add(address)
  if (id !== null && owner === undefined) crowd.ids.set(id, address)
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

function sameKey({ id }: DesiredKey, owner: string): Diagnostic {
  const message = `"${display(id)}" and ${display(owner)} hold the same live key, so each would mark it as its own.`
  return { ...problem('MANIFEST_ID_DUPLICATE', message, 'terraform state rm   one of the two'), path: ['key_id'] }
}

function samePlace(
  { id }: DesiredKey,
  { owner, text, i }: { readonly owner: string; readonly text: string; readonly i: number },
): Diagnostic {
  const message = `"${display(id)}" delivers to ${display(text)}, where the secret of ${display(owner)} goes already.`
  const said = problem('MANIFEST_PLACE_DUPLICATE', message, 'give each key a place of its own')
  return { ...said, path: ['deliver_to', i] }
}
