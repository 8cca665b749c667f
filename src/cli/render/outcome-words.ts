/** What became of one address, in the order it happened: `issued #1`, `proven`, `delivered 2/2`, ... Read from steps and record. */
import { display } from '../../core/display.ts'
import type { Change } from '../../core/plan.ts'
import { activeOf, deliveringOf, isLive, type KeyRecord } from '../../core/record.ts'
import { at, type Millis } from '../../core/time.ts'
import type { OutcomeView } from '../shell/faces.ts'
import { counted } from './text.ts'
import { fromTo, when } from './words.ts'

export function outcomeWords({ change, outcome, now }: OutcomeView): readonly string[] {
  const { steps, record } = outcome
  const does = (step: string): boolean => steps.includes(step)
  return [
    does('issue') ? `issued #${record?.highest ?? '?'}` : '',
    does('recover') ? 'secret taken up again from its place' : '',
    does('prove') && outcome.status === 'settled' ? 'proven' : '',
    ...(record && (does('write') || does('check')) ? delivery(record, change) : []),
    does('activate') ? 'active' : '',
    does('update') || does('lift') ? updates(change, record) : '',
    does('enable') ? 'enabled' : '',
    ...ends(outcome, now),
    does('empty') ? 'places emptied' : '',
    does('freeze') ? `held: made stricter outside keywright (${record?.frozen?.fields.join(', ') ?? ''})` : '',
    does('end') ? 'record closed' : '',
  ].filter((part) => part !== '')
}

function delivery(record: KeyRecord, change: Change | null): readonly string[] {
  const newest = deliveringOf(record) ?? activeOf(record)
  if (!newest) return []
  const planned = change?.places.filter((place) => place.change !== 'dropped').length ?? 0
  const mine = record.places.filter((place) => place.n === newest.n)
  const done = mine.filter(({ status }) => status === 'written' || status === 'verified' || status === 'unverifiable')
  const readable = done.filter((place) => place.readable)
  const verified = readable.filter((place) => place.status === 'verified')
  const blind = mine.filter((place) => place.status === 'unverifiable')
  const all = Math.max(planned, mine.length)
  if (verified.length === all) return [`delivered, read back ${all}/${all}`]
  return [
    `delivered ${done.length}/${all}`,
    readable.length === 0 ? '' : `read back ${verified.length}/${readable.length}`,
    blind.length === 0 ? '' : `unverifiable (${display([...new Set(blind.map((place) => place.sink))].join(', '))})`,
  ]
}

function updates(change: Change | null, record: KeyRecord | null): string {
  if (change?.action === 'create' || change?.action === 'rotate')
    return record && activeOf(record)?.issued.fields.disabled === true ? 'disabled, as declared' : ''
  const fields =
    change?.action === 'update' ? change.fields.map((field) => `${field.field} ${fromTo(field.field, field)}`) : []
  if (change?.rename) fields.push('renamed')
  return fields.length === 0 ? 'updated' : fields.join(', ')
}

/** What ended, and when the rest will. */
function ends({ steps, record }: OutcomeView['outcome'], now: Millis): readonly string[] {
  const removed = steps.filter((step) => step === 'remove').length
  const waiting = record ? leaving(record, now) : []
  return [
    removed === 0
      ? ''
      : record === null || waiting.length === 0
        ? `deleted${removed > 1 ? ` ${removed}` : ''}`
        : `${counted(removed, 'key')} deleted`,
    ...waiting,
  ]
}

/** Old generations and what they wait for: `#4 in grace until Mon 14:02 UTC`, `disabled, deleted after 28 Nov 2027`. */
export function leaving(record: KeyRecord, now: Millis): readonly string[] {
  return record.generations.filter(isLive).flatMap((g) => {
    if (g.phase === 'superseded') {
      if (!g.everActive) return [`#${g.n} given up, deleted when a later one is active`]
      const since = Math.max(at(g.supersededAt), at(activeOf(record)?.activeAt ?? g.supersededAt))
      const until = since + record.policy.grace
      return [until <= now ? `#${g.n} past its grace` : `#${g.n} in grace until ${when(until, now)}`]
    }
    if (g.phase !== 'disabled') return []
    const hold = g.why === 'removed' ? record.policy.removalHold : record.policy.hold
    const end = g.removing === true ? 'to be deleted' : `deleted after ${when(at(g.disabledAt) + hold, now)}`
    return [g.why === 'removed' ? `disabled, ${end}` : `#${g.n} disabled, ${end}`]
  })
}
