/** Who did what to an address, when and why: a short memory inside the record, so that it needs no log beside the state. */
import { type Actor, activeOf, type Deed, type KeyRecord, type Past } from '../record.ts'
import { instant, type Millis } from '../time.ts'
import type { Event } from './event.ts'
import type { Reason } from './reason.ts'
import type { Step } from './step.ts'

/** Lines kept of each address. */
export const MOST_LINES = 30

export interface Telling {
  readonly event: Event
  /** What the machine was about, or `null` for a human's word. */
  readonly step: Step | null
  readonly now: Millis
  readonly actor: Actor
}

/** `record` with one more line, if the event is worth one. `before` is the record that the event was folded into. */
export function remember(record: KeyRecord, before: KeyRecord, telling: Telling): KeyRecord {
  const line = lineOf(telling.event, before, telling.step)
  if (!line) return record
  const past = { at: instant(telling.now), ...line }
  return { ...record, history: append(record.history ?? [], past, telling.actor) }
}

/** Every line with its actor. */
export function pastOf({ history = [] }: Pick<KeyRecord, 'history'>): readonly (Past & { readonly who: string })[] {
  let by: Signature = {}
  return history.map((line) => {
    if (line.who !== undefined) by = actorOf(line)
    return { who: 'unknown', ...line, ...by }
  })
}

function append(history: readonly Past[], line: Past, actor: Actor): readonly Past[] {
  const last = history.findLast((one) => one.who !== undefined)
  return shortened([...history, last && isBySame(last, actor) ? line : { ...line, ...actorOf(actor) }])
}

/** True when the same run of the same actor did both, at the same commit. */
export function isBySame(one: Signature, other: Signature): boolean {
  return one.who === other.who && one.runUrl === other.runUrl && one.commit === other.commit
}

/** The first line that stays is signed, whoever signed before it. */
function shortened(history: readonly Past[]): readonly Past[] {
  if (history.length <= MOST_LINES) return history
  const kept = history.slice(-MOST_LINES)
  const [first, ...rest] = kept
  if (!first || first.who !== undefined) return kept
  const signed = history.slice(0, -MOST_LINES).findLast((one) => one.who !== undefined)
  return signed ? [{ ...first, ...actorOf(signed) }, ...rest] : kept
}

function actorOf({ who, runUrl, commit }: Signature): Signature {
  return {
    ...(who === undefined ? {} : { who }),
    ...(runUrl === undefined ? {} : { runUrl }),
    ...(commit === undefined ? {} : { commit }),
  }
}

type Signature = Pick<Past, keyof Actor>
type Line = Omit<Past, 'at' | keyof Actor>

function lineOf(event: Event, before: KeyRecord, step: Step | null): Line | null {
  switch (event.on) {
    case 'created':
      return said('issued', event.n, step?.do === 'issue' ? step.reasons.map(reasonWord).join(', ') : undefined)
    case 'abandoned':
      return said('unanswered', event.n)
    case 'adopted':
      return adoption(event, before)
    case 'activated':
    case 'reinstated':
      return said('active', event.n, insteadOf(before, event.n))
    case 'superseded':
      return said('given up', event.n)
    case 'updated':
      return step?.do === 'update' ? said('updated', event.n, Object.keys(event.fields).join(', ')) : null
    case 'assigned':
      return said('updated', event.n, 'guardrail')
    case 'disabled':
      return said('disabled', event.n, step?.do === 'disable' ? step.why : undefined)
    case 'enabled':
      return said('enabled', event.n)
    case 'gone':
      return step?.do === 'note-gone'
        ? said('missing', event.n)
        : said('deleted', event.n, step?.do === 'remove' ? step.why : undefined)
    case 'hook-done':
      return step?.do === 'hook' ? said('told', step.n, step.hook.text) : null
    case 'frozen':
      return { what: 'held', why: event.fields.join(', ') }
    case 'thawed':
      return { what: 'let go' }
    case 'requested':
      return said('requested', undefined, event.reason)
    case 'extended':
      return event.atOnce ? { what: 'retired' } : { what: 'extended', until: event.until }
    case 'pinned':
      return said('pinned', event.n, event.reason)
    case 'paused':
      return { ...said('paused', undefined, event.reason), until: event.until }
    case 'resumed':
      return { what: 'resumed' }
    case 'compromised':
      return said('leaked', event.ns.at(-1), event.afterReplacement ? 'after replacement' : undefined)
    default:
      return null
  }
}

function said(what: Deed, n: number | undefined, why?: string): Line {
  return { what, ...(n === undefined ? {} : { n }), ...(why ? { why } : {}) }
}

/** Of a key that was taken over: no place was seen to hold its secret. */
export const UNKNOWN_SECRET = 'secret unknown'

function adoption({ n, held }: Extract<Event, { readonly on: 'adopted' }>, before: KeyRecord): Line | null {
  if (held.length > 0) return said('adopted', n, `secret found in ${held.map(({ place }) => place.text).join(', ')}`)
  return activeOf(before)?.adopted === 'unseen' ? said('adopted', n, UNKNOWN_SECRET) : null
}

function insteadOf(before: KeyRecord, n: number): string | undefined {
  const old = activeOf(before)
  return old && old.n !== n ? `instead of #${old.n}` : undefined
}

function reasonWord(reason: Reason): string {
  if (reason.kind === 'fields') return reason.changes.map(({ field }) => field).join(', ')
  return reason.kind === 'serial' ? `serial ${reason.to}` : reason.kind
}
