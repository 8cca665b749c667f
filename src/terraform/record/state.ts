/** From record and live key to attributes: what a state says about a key. Never a secret. */
import { parseName } from '../../core/address.ts'
import type { DesiredKey, LiveKey } from '../../core/key.ts'
import { dueAt } from '../../core/machine/due.ts'
import { graceEnd, isSpared } from '../../core/machine/retire.ts'
import { RULES } from '../../core/machine/rules.ts'
import { activeOf, deliveringOf, type Generation, type KeyRecord } from '../../core/record.ts'
import { at, instant } from '../../core/time.ts'
import { memberOf } from '../plain.ts'
import type { TerraformKind } from '../schema/provider.ts'
import type { Value, ValueMap } from '../values/value.ts'
import { attributesOfFields } from './fields.ts'
import { type Kept, LEFTOVER_AGE } from './kept.ts'

export interface Shown {
  readonly kind: TerraformKind
  readonly kept: Kept
  /** Live key in service; `null` when there is none, or it was not seen. */
  readonly live: LiveKey | null
  /** What was written, by the last plan or the state before: values that mean the same keep their form. */
  readonly said: ValueMap
  /** With `every` as written. `null` while only reading: then what depends on it stays as it was. */
  readonly desired: DesiredKey | null
  /** Workspace ids by slug and id; `null` while the account was not looked at. */
  readonly scopes: ReadonlyMap<string, string> | null
}

export function stateOf(shown: Shown): ValueMap {
  const { kind, kept, live, said } = shown
  const { record } = kept
  const fields = live ? attributesOfFields(kind, live.fields, said) : {}
  return { ...said, ...fields, ...namesOf(shown), ...resultsOf(shown), pending: isPending(record, shown) }
}

function namesOf({ kind, live, said, scopes }: Shown): Record<string, Value> {
  if (!live) return {}
  const name = parseName(live.name)?.display ?? live.name
  if (kind !== 'openrouter') return memberOf(said, 'name') === null ? { name } : {}
  const scope = memberOf(said, 'workspace_id')
  const isSame = typeof scope === 'string' && scopes?.get(scope) === live.scope
  return { name, workspace_id: isSame ? scope : live.scope }
}

function resultsOf(shown: Shown): Record<string, Value> {
  const { kind, kept, live, said } = shown
  const { record } = kept
  const active = activeOf(record)
  const id = active?.id ?? null
  const generation = active?.n ?? null
  return {
    id,
    ...(kind === 'openrouter' ? { hash: id } : {}),
    label: live ? live.label : active ? memberOf(said, 'label') : null,
    lineage: record.lineage === '' ? null : record.lineage,
    generation,
    fingerprint: fingerprintOf(shown),
    places: placesOf(shown),
    created_at: live ? live.createdAt : active ? memberOf(said, 'created_at') : null,
    rotated_at: active && active.n > 1 && kept.adopted !== active.n ? active.activeAt : null,
    next_rotation_at: nextRotation(shown),
    retiring: retiringOf(shown),
  }
}

/** OpenRouter's id of a key is the hash of its secret. */
function fingerprintOf({ kind, kept, said }: Shown): Value {
  const active = activeOf(kept.record)
  if (!active) return null
  return kind === 'openrouter' ? `sha256:${active.id}` : (kept.fingerprint ?? memberOf(said, 'fingerprint'))
}

export function placesOf({ kept, desired, said }: Pick<Shown, 'kept' | 'desired' | 'said'>): Value {
  if (desired === null) return memberOf(said, 'places')
  const { places } = kept.record
  const all = desired.places.map(({ identity, text }): Value => {
    const state = places.find((one) => one.identity === identity)
    if (!state) return { place: text, generation: 0, status: 'waiting', fingerprint: null }
    const { n, status, fingerprint = null } = state
    return { place: text, generation: n, status, fingerprint }
  })
  const gone = places.filter(({ identity }) => !desired.places.some((one) => one.identity === identity))
  return [
    ...all,
    ...gone.map((one) => ({
      place: one.text,
      generation: one.n,
      status: one.status,
      fingerprint: one.fingerprint ?? null,
    })),
  ]
}

/** As it can be foreseen: the same at each look. */
export function nextRotation({ kept, desired, live, said }: Pick<Shown, 'kept' | 'desired' | 'live' | 'said'>): Value {
  if (desired === null) return memberOf(said, 'next_rotation_at')
  const active = activeOf(kept.record)
  const due = active ? dueAt(kept.record, desired, { active, live }) : null
  return due === null ? null : instant(due.at)
}

function retiringOf({ kept, desired, said }: Shown): Value {
  if (desired === null) return memberOf(said, 'retiring')
  const { record, leftovers = [] } = kept
  const old = record.generations.flatMap((g): readonly Value[] => {
    if (g.phase !== 'superseded' && g.phase !== 'disabled') return []
    const phase = g.phase === 'disabled' ? 'hold' : 'grace'
    return [{ generation: g.n, id: g.id, phase, until: untilOf(g, record, desired) }]
  })
  const left = leftovers.map(({ n, id, createdAt }): Value => {
    return { generation: n, id, phase: 'leftover', until: instant(at(createdAt) + LEFTOVER_AGE) }
  })
  return [...old, ...left]
}

export function untilOf(g: Generation, record: KeyRecord, desired: DesiredKey): string | null {
  if (g.phase === 'disabled') return instant(at(g.disabledAt) + record.policy.hold)
  const successor = activeOf(record)
  if (g.phase !== 'superseded') return null
  if (!successor) return null
  return instant(graceEnd({ record }, desired, { g, successor, spared: isSpared({ rules: RULES }, g) }))
}

/** Something is half done: nothing serves, something is on its way, or a place lacks the secret that serves. */
export function isPending(record: KeyRecord, { kept, desired }: Pick<Shown, 'kept' | 'desired'>): boolean {
  const active = activeOf(record)
  if (!active || deliveringOf(record) || record.generations.some((g) => g.phase === 'creating')) return true
  if (record.abandoned.length > 0 && record.abandoned.some((claim) => claim.n > active.n)) return true
  const places = desired?.places ?? []
  return places.some(({ identity }) => {
    const state = record.places.find((one) => one.identity === identity)
    const isHeld = state?.n === active.n && (state.status === 'verified' || state.status === 'unverifiable')
    return !isHeld && kept.adopted !== active.n
  })
}

/** Old keys that go on working for a while, and until when. */
export function stillValid(
  record: KeyRecord,
  desired: DesiredKey,
): readonly { readonly n: number; readonly until: string | null }[] {
  return record.generations.flatMap((g) =>
    g.phase === 'superseded' ? [{ n: g.n, until: untilOf(g, record, desired) }] : [],
  )
}
