/** What became of one address, in the order it happened: `issued #1`, `proven`, `delivered 2/2`, ... Read from steps and record. */
import { display } from '../../core/display.ts'
import { type Ending, endingsOf } from '../../core/endings.ts'
import type { DesiredKey } from '../../core/key.ts'
import { UNKNOWN_SECRET } from '../../core/machine/history.ts'
import { isUnread } from '../../core/machine/take-over.ts'
import type { Change } from '../../core/plan.ts'
import { activeOf, deliveringOf, generationOf, isLive, type KeyRecord } from '../../core/record.ts'
import type { Millis } from '../../core/time.ts'
import type { Outcome } from '../../engine/job.ts'
import type { OutcomeView } from '../shell/faces.ts'
import { markerWords } from './change.ts'
import { heldWords } from './held-words.ts'
import { waitingWords } from './plan-words.ts'
import { counted } from './text.ts'
import { changedField, when } from './words.ts'

export function outcomeWords(view: OutcomeView): readonly string[] {
  const { change, outcome, waiting, now } = view
  const { steps, record } = outcome
  const does = (step: string): boolean => steps.includes(step)
  return [
    ...(does('adopt') && record ? adoption(record, change?.action === 'adopt') : []),
    does('cut') ? 'limit divided' : '',
    does('issue') ? issue(outcome) : '',
    does('assign') ? 'under its guardrail' : '',
    does('recover') ? 'secret taken up again from its place' : '',
    does('prove') && outcome.status === 'settled' ? 'proven' : '',
    ...(record && (does('write') || does('check')) ? delivery(record, change) : []),
    does('activate') ? 'active' : '',
    does('update') || does('lift') ? updates(change, record) : '',
    does('enable') ? 'enabled' : '',
    does('reinstate') && record ? `#${activeOf(record)?.n ?? 0} serves again` : '',
    ...ends(view),
    does('empty') ? 'places emptied' : '',
    outcome.problem?.code === 'HELD_OUTSIDE' || does('freeze') ? held(outcome) : '',
    putOff(outcome, now),
    outcome.status === 'open' && outcome.problem === null && waiting ? waitingWords(waiting, now) : '',
    does('end') ? 'record closed' : '',
  ].filter((part) => part !== '')
}

/** Where its secret was found, by the line of its history; copies that were made since are told as deliveries. */
function adoption(record: KeyRecord, isNew: boolean): readonly string[] {
  const active = activeOf(record)
  const taken = isNew ? ['taken over'] : []
  if (active?.adopted !== undefined) return isNew ? [...taken, `${UNKNOWN_SECRET} until the first rotation`] : []
  const found = record.history?.findLast(({ what, n }) => what === 'adopted' && n === active?.n)?.why ?? ''
  const other = record.places.filter((place) => place.n === active?.n && isUnread(place))
  const names = display(other.map(({ text }) => text).join(', '), { max: 200 })
  return [
    ...taken,
    display(found, { max: 200 }),
    other.length === 0
      ? ''
      : `${names} ${other.length === 1 ? 'holds' : 'hold'} something else until the first rotation`,
  ]
}

/** Only what the API answered counts as issued; a create without an answer may or may not have made a key. */
function issue({ steps, record }: Outcome): string {
  if (!record) return ''
  const n = record.highest
  const made = record.generations.find((g) => g.n === n)
  if (made && isLive(made)) return `issued #${n}`
  if (made || record.abandoned.some((claim) => claim.n === n)) return `#${n} unanswered, will be looked up`
  return steps.lastIndexOf('issue') < steps.length - 1 ? `issued #${n}` : ''
}

function held({ address, record }: Outcome): string {
  const id = display(address.slice(address.indexOf('/') + 1))
  const fields = record?.frozen?.fields ?? []
  return `held: ${fields.length === 0 ? 'made stricter by hand' : heldWords(fields)}, left alone; keywright resume ${id}`
}

/** A pause or a pin, with what ends it. */
function putOff({ address, problem, record }: Outcome, now: Millis): string {
  const type = `keywright resume ${display(address.slice(address.indexOf('/') + 1))}`
  if (problem?.code === 'ADDRESS_PAUSED' && record?.paused)
    return `paused until ${when(record.paused.until, now)}${because(record.paused.reason)}; ${type}`
  if (problem?.code === 'ADDRESS_PINNED' && record?.pinned)
    return `pinned to #${record.pinned.n}${because(record.pinned.reason)}; ${type}`
  return ''
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : ` (${display(reason, { max: 80 })})`
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
  if (change?.action === 'create' || change?.action === 'reissue' || change?.action === 'rotate')
    return record && activeOf(record)?.issued.fields.disabled === true ? 'disabled, as declared' : ''
  const fields =
    change?.action === 'update' || change?.action === 'finish'
      ? change.fields.map((field) => `${field.field} ${changedField(field, change.window)}`)
      : []
  if (change?.action === 'adopt') return change.rename ? 'renamed' : ''
  if (change?.rename) fields.push('renamed')
  if (change?.marker) fields.push(change.marker.first ? 'marked' : `marker ${markerWords(change.marker)}`)
  return fields.length === 0 ? 'updated' : fields.join(', ')
}

/** What ended, and when the rest will. */
function ends({ outcome: { steps, record }, desired, now, live }: OutcomeView): readonly string[] {
  const removed = steps.filter((step) => step === 'remove').length
  const waiting = record ? leaving(record, desired, { now, live }) : []
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
function leaving(
  record: KeyRecord,
  desired: DesiredKey | null,
  { now, live }: Pick<OutcomeView, 'now' | 'live'>,
): readonly string[] {
  const several = record.generations.filter(isLive).length > 1
  return endingsOf(record, desired, now).map((ending) => {
    const g = generationOf(record, ending.n)
    const off = g?.phase === 'superseded' && live.get(g.id)?.fields.disabled === true
    const gone = g?.phase === 'disabled' && g.removing === true
    return endingWords(ending, { several, off, gone, given: g?.phase === 'superseded' && !g.everActive, now })
  })
}

interface Seen {
  readonly several: boolean
  readonly off: boolean
  readonly gone: boolean
  readonly given: boolean
  readonly now: Millis
}

function endingWords({ n, for: what, until }: Ending, { several, off, gone, given, now }: Seen): string {
  const time = until === null ? '' : when(until, now)
  switch (what) {
    case 'pin':
      return `#${n} kept: the rollback`
    case 'successor':
      return given ? `#${n} given up, deleted when a later one is active` : `#${n} stays until a later one is active`
    case 'grace':
      if (given) return `#${n} given up, deleted when a later one is active`
      return until !== null && until <= now
        ? `#${n} past its grace`
        : `#${n} in grace${off ? ', disabled,' : ''} until ${time}`
    case 'hold':
    case 'removal': {
      const end = gone ? 'to be deleted' : `deleted after ${time}`
      return what === 'removal' && !several ? `disabled, ${end}` : `#${n} disabled, ${end}`
    }
    default:
      return what satisfies never
  }
}
