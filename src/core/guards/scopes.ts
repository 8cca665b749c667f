/** Scopes that nobody gets without a word of permission. */
import type { Diagnostic } from '../diagnostic.ts'
import type { FieldValue } from '../key.ts'
import type { Change } from '../plan.ts'
import { EVERY_SCOPE } from '../scopes.ts'
import { type GuardInputs, refusal } from './refusal.ts'

export function scopesToApprove({ plan, guard, allowance }: GuardInputs): readonly Diagnostic[] {
  const allowed = new Set(allowance.scopes)
  return plan.changes.flatMap((change) => {
    const gained = scopesGained(change, guard.approveScopes).filter((scope) => !allowed.has(scope))
    if (gained.length === 0) return []
    return refusal({
      code: 'GUARD_SCOPE_APPROVAL',
      message: `${change.address} would get ${gained.length === 1 ? 'the scope' : `${gained.length} scopes`} ${gained.join(', ')}, which guard.approveScopes lists.`,
      hint: `keywright apply ${gained.map((scope) => `--allow-scope ${scope}`).join(' ')}   or take it out of guard.approveScopes in keywright.yaml`,
      address: change.address,
    })
  })
}

/** Of `listed`, what the key could not do before. `*` covers all others, so it is asked for whenever anything is listed. */
function scopesGained({ action, fields }: Change, listed: readonly string[]): readonly string[] {
  if (listed.length === 0) return []
  const change = fields.find(({ field }) => field === 'scopes')
  if (!change) return []
  const before = action === 'create' ? [] : wordsOf(change.from)
  if (before.includes(EVERY_SCOPE)) return []
  return wordsOf(change.to).filter(
    (scope) => !before.includes(scope) && (scope === EVERY_SCOPE || listed.includes(scope)),
  )
}

function wordsOf(value: FieldValue): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
}
