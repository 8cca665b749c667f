/**
 * What the machine would do with a key now, and at any moment of the next day: a plan is applied later than it was made. Pure.
 *
 * The same forecast that other faces plan with, asked at each moment at which it says that something changes.
 */
import type { DesiredKey } from '../../core/key.ts'
import { type Forecast, forecast } from '../../core/machine/forecast.ts'
import type { Reason } from '../../core/machine/reason.ts'
import { rotationReasons } from '../../core/machine/rotation.ts'
import { RULES } from '../../core/machine/rules.ts'
import type { Sight, Step } from '../../core/machine/step.ts'
import { activeOf, isLive, type KeyRecord } from '../../core/record.ts'
import { at, DAY } from '../../core/time.ts'
import { type Kept, LEFTOVER_AGE } from '../record/kept.ts'

export interface Outlook {
  /** Now. */
  readonly steps: readonly Step[]
  readonly reasons: readonly Reason[]
  /** Within a day a generation could be issued, come into service, or be lost. */
  readonly issues: boolean
  /** Within a day an old generation could end, or be taken up. */
  readonly retires: boolean
  readonly places: boolean
  /** Why a new secret would be wanted that nobody would receive. */
  readonly stranded: readonly Reason[]
  /** Fields that somebody made stricter, and that stay so. */
  readonly held: readonly string[]
}

/** More moments of a day than any policy has. */
const MOST_LOOKS = 6

export function outlook(desired: DesiredKey, kept: Pick<Kept, 'record' | 'leftovers' | 'seen'>, sight: Sight): Outlook {
  const { record } = kept
  const now = forecast(desired, record, sight)
  const later = looks(desired, { record, sight, first: now })
  const all = [now, ...later].flatMap(({ steps }) => steps)
  const issue = now.steps.find((step) => step.do === 'issue')
  const strays = (kept.seen?.strays ?? []).filter((id) => !(kept.leftovers ?? []).some((one) => one.id === id))
  const issues = all.some(isIssue) || strays.length > 0
  return {
    steps: now.steps,
    reasons: issue?.do === 'issue' ? issue.reasons : [],
    issues,
    retires: issues || all.some((step) => isEnding(step)) || isBurnable(kept, sight.now),
    places: issues || now.steps.some(isPlacing),
    held: heldBy(now),
    stranded: strandedBy(desired, record, sight),
  }
}

function looks(
  desired: DesiredKey,
  { record, sight, first }: { readonly record: KeyRecord; readonly sight: Sight; readonly first: Forecast },
): readonly Forecast[] {
  const end = sight.now + DAY
  const found: Forecast[] = []
  let { until } = first.rest
  while (until !== null && until > sight.now && until < end && found.length < MOST_LOOKS) {
    const next = forecast(desired, record, { ...sight, now: until })
    found.push(next)
    until = next.rest.until !== null && next.rest.until > until ? next.rest.until : null
  }
  const isOver = first.rest.until === null && record.generations.filter(isLive).length < 2
  return isOver ? found : [...found, forecast(desired, record, { ...sight, now: end })]
}

function isIssue(step: Step): boolean {
  const does: readonly Step['do'][] = ['issue', 'activate', 'supersede', 'reinstate', 'abandon', 'note-gone', 'enable']
  return does.includes(step.do)
}

/** Or puts an end off: an old key that is still used is written down, or it would never be seen to stand still. */
function isEnding(step: Step): boolean {
  return step.do === 'disable' || step.do === 'remove' || step.do === 'note-use'
}

function isPlacing(step: Step): boolean {
  const does: readonly Step['do'][] = ['write', 'check', 'recover', 'empty', 'drop-place', 'restore']
  return does.includes(step.do)
}

function isBurnable({ leftovers = [] }: Pick<Kept, 'leftovers'>, now: number): boolean {
  return leftovers.some(({ createdAt }) => at(createdAt) + LEFTOVER_AGE <= now + DAY)
}

/** The machine rests then; a block that asks for it is told. */
function strandedBy(desired: DesiredKey, record: KeyRecord, sight: Sight): readonly Reason[] {
  const active = activeOf(record)
  const live = active ? sight.keys.get(active.id) : null
  if (!active || !live || desired.places.length > 0) return []
  return rotationReasons({ desired, record, sight, rules: RULES }, desired, { active, live })
}

function heldBy({ steps, record, rest }: Forecast): readonly string[] {
  const freeze = steps.find((step) => step.do === 'freeze')
  if (freeze?.do === 'freeze') return freeze.fields
  return rest.code === 'HELD_OUTSIDE' ? (record.frozen?.fields ?? []) : []
}

/** Steps that a reader of a plan wants to see as a change. */
export function isVisible(step: Step): boolean {
  const quiet: readonly Step['do'][] = [
    'freeze',
    'confirm',
    'thaw',
    'drop-claim',
    'note-use',
    'uncut',
    'settle-pin',
    'inspect',
    'end',
  ]
  return !quiet.includes(step.do)
}
