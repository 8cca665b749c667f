/**
 * Hooks: who has to hear that another secret serves, such as a program that read the old one when it started.
 *
 * They are an effect like any other: announced, done, folded. Which ones are owed stands in the record from the moment at which the
 * generation begins to serve, so a crash repeats a hook and never loses it. One that fails is tried again later and holds up nothing
 * else: neither a delivery, nor a rotation, nor the end of an old generation, whose grace is the time for mending the hook. A later
 * generation takes over what is owed, since whoever reads anew then reads the latest.
 */
import type { Hook } from '../hook-kinds.ts'
import type { DesiredKey } from '../key.ts'
import type { Active, KeyRecord, OpenHook } from '../record.ts'
import { at, HOUR, type Instant, instant, MINUTE, type Millis } from '../time.ts'
import type { Event } from './event.ts'
import { unplaced } from './placing.ts'
import { type Decision, type Inputs, REST } from './step.ts'

/** What the generation that begins to serve owes to hooks. */
export function owedBy(desired: DesiredKey | null): { readonly hooks?: readonly Pick<Hook, 'identity' | 'text'>[] } {
  const hooks = desired?.after ?? []
  return hooks.length === 0 ? {} : { hooks: hooks.map(({ identity, text }) => ({ identity, text })) }
}

/** The next hook, or a rest until it may be tried again; `null` when nothing is owed. */
export function tell({ record, sight }: Inputs, desired: DesiredKey, active: Active): Decision | null {
  const open = openHooks(record)
  if (open.length === 0 || unplaced(desired, record, active.n).length > 0) return null
  const wanted = new Map((desired.after ?? []).map((hook) => [hook.identity, hook]))
  const stray = open.find(({ identity }) => !wanted.has(identity))
  if (stray) return { do: 'drop-hook', identity: stray.identity }
  const due = open.find(({ nextAt }) => nextAt === undefined || at(nextAt) <= sight.now)
  const hook = due && wanted.get(due.identity)
  if (hook) return { do: 'hook', n: active.n, hook }
  const until = Math.min(...open.map(({ nextAt }) => (nextAt === undefined ? sight.now : at(nextAt))))
  return { ...REST, until, open: true, code: 'HOOK_FAILED', why: hookWords(record) }
}

/** Hooks that are owed for the generation that serves now. */
export function openHooks(record: Pick<KeyRecord, 'after' | 'generations'>): readonly OpenHook[] {
  const { after, generations } = record
  return after && generations.some((g) => g.phase === 'active' && g.n === after.n) ? after.open : []
}

/** `#5 serves, but github-dispatch acme/app failed 3 times (SINK_DENIED)`. */
export function hookWords(record: Pick<KeyRecord, 'after' | 'generations'>): string {
  const failed = openHooks(record).map(({ text, tries, code }) => {
    const why = code === undefined ? '' : ` (${code})`
    return tries === 0 ? `${text} is still to come` : `${text} failed ${tries === 1 ? 'once' : `${tries} times`}${why}`
  })
  return `#${record.after?.n ?? 0} serves, but ${failed.join(', ')}`
}

const LONGEST = HOUR

/** When a hook that failed may be tried again: a minute later, then twice as long each time, at most an hour. */
export function nextTry(tries: number, now: Millis): Instant {
  return instant(now + Math.min(LONGEST, MINUTE * 2 ** Math.min(tries - 1, 10)))
}

type Serving = Pick<Extract<Event, { readonly on: 'activated' }>, 'hooks' | 'n'>
type HookEvent = Extract<Event, { readonly on: 'hook-claimed' | 'hook-failed' | 'hook-done' }>

export function foldHook(record: KeyRecord, event: HookEvent): KeyRecord {
  const { after, ...rest } = record
  if (!after) return record
  const open = after.open.flatMap((one): readonly OpenHook[] =>
    one.identity === event.identity ? folded(one, event) : [one],
  )
  return open.length === 0 ? rest : { ...rest, after: { ...after, open } }
}

function folded({ identity, text, tries }: OpenHook, event: HookEvent): readonly OpenHook[] {
  switch (event.on) {
    case 'hook-claimed':
      return [{ identity, text, tries: tries + 1 }]
    case 'hook-failed':
      return [{ identity, text, tries, nextAt: nextTry(tries, at(event.at)), code: event.code }]
    case 'hook-done':
      return []
    default:
      return event satisfies never
  }
}

/** `after` is `before` with generation `n` in service: what that owes to hooks. A later reading covers the earlier ones. */
export function owing(before: KeyRecord, after: KeyRecord, { hooks = [], n }: Serving): KeyRecord {
  if (after === before || (hooks.length === 0 && after.after === undefined)) return after
  const { after: _, ...rest } = after
  return hooks.length === 0 ? rest : { ...rest, after: { n, open: hooks.map((hook) => ({ ...hook, tries: 0 })) } }
}
