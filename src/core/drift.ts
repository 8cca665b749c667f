/** Drift: how live keys differ from what we last set, whatever the manifests say. Pure. */
import { abilitiesOf } from './abilities.ts'
import { attributesOf } from './attributes.ts'
import type { FieldValue, LiveKey } from './key.ts'
import type { Subject } from './plan.ts'
import { isLive, type KeyRecord, type LiveGeneration } from './record.ts'

/** `from` is what we set, `to` what is there now. `held`: made stricter, so it is left alone; else apply puts it back. */
export type Drift = {
  readonly address: string
  readonly n: number
} & (
  | { readonly what: 'deleted' }
  | { readonly what: 'name'; readonly from: string; readonly to: string }
  | {
      readonly what: 'field'
      readonly field: string
      readonly from: FieldValue
      readonly to: FieldValue
      readonly direction: 'tightened' | 'loosened' | 'changed'
    }
)

/** Empty when every recorded key is as it was left. */
export function driftOf({ record, sight, desired }: Pick<Subject, 'record' | 'sight' | 'desired'>): readonly Drift[] {
  const left = new Set(desired?.unmanaged)
  return record.generations.filter(isLive).flatMap((generation) => {
    const live = sight.keys.get(generation.id)
    if (live === undefined) return []
    const at = { address: record.address, n: generation.n }
    if (live === null) return wasGoing(generation) ? [] : [{ ...at, what: 'deleted' } as const]
    const fields = fieldDrift(record, generation, live).filter((one) => one.what !== 'field' || !left.has(one.field))
    const all = [...nameDrift(record, generation, live), ...fields, ...guardrailDrift(generation, live)]
    return all.map((one) => ({ ...at, ...one }))
  })
}

/** Our own delete was announced: that it is gone is no news. */
function wasGoing(generation: LiveGeneration): boolean {
  return (generation.phase === 'superseded' || generation.phase === 'disabled') && generation.removing === true
}

type Bare<T> = T extends unknown ? Omit<T, 'address' | 'n'> : never

/** Where nothing can be changed, nobody changed a name: the API itself gives one to what it rotates. */
function nameDrift({ kind }: KeyRecord, { issued }: LiveGeneration, live: LiveKey): readonly Bare<Drift>[] {
  if (!abilitiesOf(kind).update || issued.name === live.name) return []
  return [{ what: 'name', from: issued.name, to: live.name }]
}

/** Only of a guardrail that we gave it: one that somebody added is none of our business. */
function guardrailDrift({ issued }: LiveGeneration, { guardrail }: LiveKey): readonly Bare<Drift>[] {
  if (issued.guardrail === undefined || guardrail === undefined || guardrail === issued.guardrail) return []
  const direction = guardrail === null ? 'loosened' : 'changed'
  return [{ what: 'field', field: 'guardrail', from: issued.guardrail, to: guardrail, direction }]
}

/** What we announced ourselves is no drift: it may have landed without its answer. */
function fieldDrift(record: KeyRecord, generation: LiveGeneration, live: LiveKey): readonly Bare<Drift>[] {
  const announced = record.patches.filter((patch) => patch.n === generation.n)
  return attributesOf(record.kind).flatMap((row) => {
    if (generation.phase === 'disabled' && row.name === 'disabled') return []
    const from = generation.issued.fields[row.name]
    const to = live.fields[row.name] ?? null
    if (from === undefined || row.equal(from, to)) return []
    if (announced.some(({ fields }) => fields[row.name] !== undefined && row.equal(fields[row.name] ?? null, to)))
      return []
    const direction = row.loosens(to, from) ? 'tightened' : row.loosens(from, to) ? 'loosened' : 'changed'
    return [{ what: 'field', field: row.name, from, to, direction }]
  })
}
