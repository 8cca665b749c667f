/** Sentences that the human and the Markdown form of a plan share. */
import { display } from '../../core/display.ts'
import type { Action, Plan, PlanWait } from '../../core/plan.ts'
import type { Millis } from '../../core/time.ts'
import type { PlanView } from '../shell/faces.ts'
import { idIn } from './change.ts'
import { counted } from './text.ts'
import { amount, reasonWords, span, untilWords } from './words.ts'

/** `acme-7f3a · openrouter user_2dHF… · 212 keys live · 5 requests`. */
export function accountLine({ session, requests, snapshotAge }: PlanView): string {
  const { plan, world } = session
  const accounts = [...world.providers.values()].map(({ name, identity }) => {
    const who = display(identity.creator ?? identity.account, { max: 12 })
    return `${display(name)} ${who}`
  })
  const age = snapshotAge === null || snapshotAge < 1_000 ? '' : ` of ${span(snapshotAge)} ago`
  const sent = requests === null ? `from a snapshot${age}, nothing was sent` : counted(requests, 'request')
  return [plan.stack, ...accounts, `${counted(plan.live, 'key')} live`, sent].join(' · ')
}

const ACTIONS: readonly (readonly [Action, string])[] = [
  ['create', 'create'],
  ['adopt', 'adopt'],
  ['reissue', 're-issue'],
  ['update', 'update'],
  ['rotate', 'rotate'],
  ['place', 'deliver'],
  ['retire', 'retire'],
  ['finish', 'finish'],
  ['forget', 'forget'],
]

/** `1 create, 1 update`; `nothing to do`. */
export function countWords({ changes }: Pick<Plan, 'changes'>): string {
  const counts = ACTIONS.map(
    ([action, word]) => [changes.filter((change) => change.action === action).length, word] as const,
  )
  const parts = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`)
  return parts.length === 0 ? 'nothing to do' : parts.join(', ')
}

/** What of a plan waits and is shown; a wrong clock is one warning for all of them. */
export function shownWaits({ waiting }: Plan): readonly PlanWait[] {
  return waiting.filter(({ code }) => code !== 'CLOCK_SKEW')
}

/** `rotate: rotation.serial is 2 now; backing off after 5 issues within 24 hours for 15 s`. */
export function waitingWords({ why, until, reasons }: PlanWait, now: Millis): string {
  const wanted = reasons?.map(reasonWords).filter((text) => text !== '') ?? []
  const what = reasons === undefined ? '' : wanted.length === 0 ? 'a new key: ' : `rotate: ${wanted.join('; ')}; `
  return display(`${what}${why}${untilWords(until, now)}`, { max: 400 })
}

/** What is left to do although nothing can be done now, and what begins later: `1 open`, `2 put off`; empty for none. */
export function openWords({ waiting }: Plan): string {
  const open = openCount(waiting)
  const later = waiting.length - open
  return [open === 0 ? '' : `${open} open`, later === 0 ? '' : `${later} put off`].filter(Boolean).join(', ')
}

export function openCount(waiting: Plan['waiting']): number {
  return waiting.filter(({ open }) => open).length
}

/** What ends the waiting by hand, where something does. */
export function endedBy({ code, address }: PlanWait, stack: string): string | null {
  if (code !== 'ADDRESS_PAUSED' && code !== 'ADDRESS_PINNED') return null
  return `keywright resume ${idIn(stack, address)}`
}

/** `2 places unverifiable: their sinks cannot read back`; empty for none. */
export function blindWords({ unverifiable }: Plan): string {
  return unverifiable === 0 ? '' : `${counted(unverifiable, 'place')} unverifiable`
}

/** `max spend 5,120 -> 5,190 USD a month`. */
export function spendWords({ spend: { before, after } }: Plan): string {
  if (before === after) return `max spend ${after === null ? 'unlimited' : `${amount(after)} USD a month`}`
  const from = before === null ? 'unlimited' : amount(before)
  return `max spend ${from} -> ${after === null ? 'unlimited' : `${amount(after)} USD a month`}`
}

/** ` (1 LOOSEN, 2 new places, 1 retire)`; empty when nothing in the plan stands out. */
export function approvalWords({ approval }: Plan): string {
  const parts = [
    approval.loosen === 0 ? '' : `${approval.loosen} LOOSEN`,
    approval.newPlaces === 0 ? '' : counted(approval.newPlaces, 'new place'),
    approval.retire === 0 ? '' : `${approval.retire} retire`,
  ].filter((part) => part !== '')
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}
