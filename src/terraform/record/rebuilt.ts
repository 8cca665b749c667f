/**
 * A record made from attributes alone: after an upgrade of the state, or where the private part was lost. What only the private part
 * knew (versions of places, announced writes) is taken as unknown, which costs a look and never a key.
 */
import { formatName } from '../../core/address.ts'
import type { Config } from '../../core/config/config.ts'
import { resolvePlace, sinkNameOf } from '../../core/places.ts'
import type { Active, KeyRecord, PlaceState, Superseded } from '../../core/record.ts'
import { isConditional, isReadable } from '../../core/sink-kinds.ts'
import { DAY, HOUR, parseDuration } from '../../core/time.ts'
import { itemsOf, memberOf, numberOf, textOf } from '../plain.ts'
import type { TerraformKind } from '../schema/provider.ts'
import type { Value, ValueMap } from '../values/value.ts'
import { fieldsOfState } from './fields.ts'

interface Around {
  readonly kind: TerraformKind
  readonly config: Config
}

/** `null` for a state that names no live key. */
export function rebuilt(state: ValueMap, { kind, config }: Around): KeyRecord | null {
  const id = textOf(memberOf(state, 'id'))
  const keyId = textOf(memberOf(state, 'key_id')) ?? 'imported'
  if (id === null) return null
  const n = numberOf(memberOf(state, 'generation')) ?? 1
  const lineage = textOf(memberOf(state, 'lineage')) ?? ''
  const issued = issuedOf(state, { kind, stack: config.stack, keyId, n, lineage })
  const since = textOf(memberOf(state, 'rotated_at')) ?? textOf(memberOf(state, 'created_at')) ?? EPOCH
  const claimedAt = textOf(memberOf(state, 'created_at')) ?? EPOCH
  const active: Active = { phase: 'active', n, id, claimedAt, issued, claimed: true, activeAt: since }
  const old = retiringOf(state, { issued, since })
  const rotation = memberOf(state, 'rotation')
  return {
    address: `${config.stack}/${keyId}`,
    lineage,
    serial: 1,
    provider: kind,
    kind,
    scope: issued.scope,
    highest: Math.max(n, ...old.map((g) => g.n)),
    generations: [...old, active],
    abandoned: [],
    patches: [],
    places: placesOf(state, n, config),
    protect: memberOf(state, 'protect') === true,
    policy: {
      grace: durationOf(memberOf(rotation, 'grace'), DAY),
      hold: durationOf(memberOf(rotation, 'hold'), HOUR),
      removalHold: 0,
    },
    issuedAt: [],
  }
}

const EPOCH = '1970-01-01T00:00:00.000Z'

interface Named extends Pick<Around, 'kind'> {
  readonly stack: string
  readonly keyId: string
  readonly n: number
  readonly lineage: string
}

function issuedOf(state: ValueMap, { kind, stack, keyId, n, lineage }: Named): Active['issued'] {
  const name = textOf(memberOf(state, 'name')) ?? keyId
  const lifetime = textOf(memberOf(state, 'expires_in'))
  return {
    name: lineage === '' ? name : formatName(name, { stack, id: keyId, n, lineage }),
    scope: textOf(memberOf(state, 'workspace_id')) ?? '',
    fields: fieldsOfState(kind, state),
    expiresIn: lifetime === null ? null : parseDuration(lifetime),
    rotationSerial: numberOf(memberOf(memberOf(state, 'rotation'), 'serial')) ?? 0,
    words: { id: keyId, name },
  }
}

function retiringOf(
  state: ValueMap,
  { issued, since }: Pick<Active, 'issued'> & { since: string },
): readonly Superseded[] {
  return itemsOf(memberOf(state, 'retiring')).flatMap((item): readonly Superseded[] => {
    const [n, id, until] = [
      numberOf(memberOf(item, 'generation')),
      textOf(memberOf(item, 'id')),
      textOf(memberOf(item, 'until')),
    ]
    if (n === null || id === null) return []
    const old = { phase: 'superseded', n, id, claimedAt: since, issued, claimed: true, supersededAt: since } as const
    return [{ ...old, everActive: true, ...(until === null ? {} : { graceUntil: until }) }]
  })
}

function placesOf(state: ValueMap, n: number, { sinks }: Config): readonly PlaceState[] {
  return itemsOf(memberOf(state, 'places')).flatMap((item): readonly PlaceState[] => {
    const text = textOf(memberOf(item, 'place')) ?? ''
    const sink = sinks.get(sinkNameOf(text))
    const found = sink ? resolvePlace(text, sinkNameOf(text), sink) : null
    if (!sink || !found || !('place' in found)) return []
    const fingerprint = textOf(memberOf(item, 'fingerprint'))
    const readable = isReadable(sink)
    const status = statusOf(memberOf(item, 'status'), readable)
    if (status === null) return []
    const { identity, at } = found.place
    const known = { identity, sink: sinkNameOf(text), at, text, n, status, version: null, readable } as const
    return [{ ...known, conditional: isConditional(sink), ...(fingerprint === null ? {} : { fingerprint }) }]
  })
}

function statusOf(status: Value, readable: boolean): PlaceState['status'] | null {
  if (status === 'waiting') return null
  if (!readable) return 'unverifiable'
  return status === 'verified' ? 'verified' : 'claimed'
}

function durationOf(value: ReturnType<typeof memberOf>, fallback: number): number {
  return (typeof value === 'string' ? parseDuration(value) : null) ?? fallback
}
