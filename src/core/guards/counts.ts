/** Guards that count addresses: how many keys one plan may retire, disable, issue again, rotate or loosen. */
import type { Diagnostic } from '../diagnostic.ts'
import type { Change } from '../plan.ts'
import { type Allowance, type Guard, type GuardInputs, refusal } from './refusal.ts'

interface Row {
  readonly code: Diagnostic['code']
  readonly counts: (change: Change) => boolean
  /** The sentence up to the threshold. `share`: of how many keys, in percent. */
  readonly says: (count: number, share: string, percent: number) => string
  readonly most: keyof Guard
  readonly percent?: keyof Guard
  readonly flag: string
  readonly allowed: (allowance: Allowance) => number | undefined
  /** Words behind the flag. */
  readonly when?: string
}

const ROWS: readonly Row[] = [
  {
    code: 'GUARD_TOO_MANY_DELETES',
    counts: ({ action }) => action === 'retire',
    says: (count, share) => `This plan retires ${count} ${share}`,
    most: 'maxDeletes',
    percent: 'maxDeletePercent',
    flag: '--allow-deletes',
    allowed: ({ deletes }) => deletes,
  },
  {
    code: 'GUARD_TOO_MANY_DISABLES',
    counts: isDisable,
    says: (count, share) => `This plan disables ${count} ${share}`,
    most: 'maxDisables',
    percent: 'maxDisablePercent',
    flag: '--allow-disables',
    allowed: ({ disables }) => disables,
  },
  {
    code: 'GUARD_TOO_MANY_MISSING',
    counts: isVanished,
    says: (count, _, percent) =>
      `${count} recorded keys are gone from the API and would be issued again (${percent}% of all)`,
    most: 'maxMissing',
    percent: 'maxMissingPercent',
    flag: '--allow-missing',
    allowed: ({ missing }) => missing,
    when: 'if they really were deleted',
  },
  {
    code: 'GUARD_TOO_MANY_ROTATIONS',
    counts: isRotation,
    says: (count, share) => `This plan rotates ${count} ${share}`,
    most: 'maxRotations',
    percent: 'maxRotationPercent',
    flag: '--allow-rotations',
    allowed: ({ rotations }) => rotations,
  },
  {
    code: 'GUARD_TOO_MUCH_LOOSENED',
    counts: ({ origin, loosens }) => origin === 'authored' && loosens,
    says: (count) => `This plan allows ${count === 1 ? 'one key' : `${count} keys`} more than before`,
    most: 'maxLoosen',
    flag: '--allow-loosen',
    allowed: ({ loosen }) => loosen,
  },
]

/** Small sets are exempt from the percentage: one key of two is not a mass deletion. */
const PERCENT_FROM = 10

export function tooMany(inputs: GuardInputs): readonly Diagnostic[] {
  return ROWS.flatMap((row) => judge(row, inputs))
}

function judge(row: Row, { plan, guard, allowance, records }: GuardInputs): readonly Diagnostic[] {
  const count = plan.changes.filter(row.counts).length
  if (count <= (row.allowed(allowance) ?? 0)) return []
  const all = records.size
  const percent = all === 0 ? 0 : Math.round((count / all) * 100)
  const [most, share] = [bound(guard, row.most), row.percent === undefined ? null : bound(guard, row.percent)]
  const isTooMany = most !== null && count > most
  const isWhole = count === all && count > 1
  const isTooMuch = share !== null && percent > share && (all >= PERCENT_FROM || isWhole)
  if (!isTooMany && !isTooMuch) return []
  const allows = [most === null ? '' : `${most}`, share === null ? '' : `${share}%`].filter(Boolean).join(' and ')
  const raised = [isTooMany ? `${row.most}: ${count}` : '', isTooMuch ? `${row.percent}: ${percent}` : '']
  const forGood = `or raise it for good: guard: { ${raised.filter(Boolean).join(', ')} } in keywright.yaml`
  return refusal({
    code: row.code,
    message: `${row.says(count, `of ${all} keys (${percent}%)`, percent)}; the guard allows ${allows}.`,
    hint: `keywright apply ${row.flag} ${count}   ${row.when ?? forGood}`,
  })
}

function bound(guard: Guard, name: keyof Guard): number | null {
  const value = guard[name]
  return typeof value === 'number' ? value : null
}

/** Seen to be gone just now. A re-issue that an earlier run began was allowed then. */
function isVanished({ reasons, steps }: Change): boolean {
  return steps.includes('note-gone') && reasons.some((reason) => reason.kind === 'missing')
}

export function isDisable({ action, fields }: Change): boolean {
  return action === 'update' && fields.some(({ field, to }) => field === 'disabled' && to === true)
}

/** What leaked is replaced whatever a guard says, and what an earlier run began was allowed then. */
function isRotation({ action, reasons }: Change): boolean {
  return action === 'rotate' && !reasons.some(({ kind }) => kind === 'compromised' || kind === 'unfinished')
}
