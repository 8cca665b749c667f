/** keywright never disables, revokes or shrinks the key it runs with: the run that did so could not be undone by the next one. */
import { attribute } from '../attributes.ts'
import type { Diagnostic } from '../diagnostic.ts'
import type { Change } from '../plan.ts'
import { activeOf, isLive, type KeyRecord } from '../record.ts'
import { type GuardInputs, refusal } from './refusal.ts'

export function selfLockout({ plan, records, own = new Set() }: GuardInputs): readonly Diagnostic[] {
  if (own.size === 0) return []
  return plan.changes.flatMap((change) => {
    const record = records.get(change.address)
    const what = record === undefined ? null : lossOf(change, record, own)
    if (what === null) return []
    return refusal({
      code: 'GUARD_SELF_LOCKOUT',
      message: `${change.address} is the key this run authenticates with, and the plan ${what} it.`,
      hint: 'put another managing key where `token` of the provider looks for it, and run again',
      address: change.address,
    })
  })
}

function lossOf(change: Change, record: KeyRecord, own: ReadonlySet<string>): string | null {
  const isOwn = (n: number): boolean => record.generations.some((g) => g.n === n && isLive(g) && own.has(g.id))
  const active = activeOf(record)
  if (change.retires.some(isOwn)) return 'ends'
  if (active === null || !own.has(active.id)) return null
  if (change.action === 'retire') return 'ends'
  return change.fields.some(({ field, from, to }) => attribute(field)?.loosens(to, from)) ? 'shrinks' : null
}
