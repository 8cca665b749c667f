/**
 * A key API and its sinks with people behind them: each effect returns only when all of them have called. A create is none of those
 * effects: nobody holds the new key yet, and no other is touched.
 */
import { formatAddress, parseName } from '../../src/core/address.ts'
import type { DesiredKey, Fields } from '../../src/core/key.ts'
import type { CreateOutcome, KeyApi } from '../../src/ports/key-api.ts'
import type { SecretSink } from '../../src/ports/secret-sink.ts'

export interface Watch {
  /** Somebody did something to a place or a live key of that address. */
  look(address: string): Promise<void>
  /** A live key was given these fields. */
  set(id: string, address: string, fields: Fields): void
}

export function watchedApi(api: KeyApi, { look, set }: Watch): KeyApi {
  const owners = new Map<string, string>()
  const owner = (id: string): string => owners.get(id) ?? ''
  const born = (outcome: CreateOutcome, address: string): CreateOutcome => {
    if (outcome.kind !== 'created') return outcome
    owners.set(outcome.key.id, address)
    set(outcome.key.id, address, outcome.key.fields)
    return outcome
  }
  const rotate = async (id: string, grace: number): Promise<CreateOutcome> => {
    const outcome = await api.rotate?.(id, grace)
    await look(owner(id))
    return born(outcome ?? { kind: 'unknown', reason: 'no such call' }, owner(id))
  }
  return {
    ...api,
    create: async (request) => born(await api.create(request), addressIn(request.name)),
    update: async (id, fields) => {
      const key = await api.update(id, fields)
      set(id, owner(id), fields)
      await look(owner(id))
      return key
    },
    remove: async (id) => {
      await api.remove(id)
      set(id, owner(id), { disabled: true })
      await look(owner(id))
    },
    ...(api.rotate ? { rotate } : {}),
  }
}

function addressIn(name: string): string {
  const marker = parseName(name)?.marker
  return marker ? formatAddress(marker.stack, marker.id) : ''
}

export function watchedSink(sink: SecretSink, keys: readonly DesiredKey[], { look }: Pick<Watch, 'look'>): SecretSink {
  const owners = new Map(keys.flatMap((key) => key.places.map((place) => [place.identity, key.address])))
  return {
    ...sink,
    write: async (place, bytes, ifVersion) => {
      const written = await sink.write(place, bytes, ifVersion)
      await look(owners.get(place.identity) ?? '')
      return written
    },
    remove: async (place, ifFingerprint) => {
      const removed = await sink.remove(place, ifFingerprint)
      await look(owners.get(place.identity) ?? '')
      return removed
    },
  }
}
