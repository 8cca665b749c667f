/** What `state list` and `state rebuild` say. */
import { display } from '../../core/display.ts'
import type { LiveKey } from '../../core/key.ts'
import { activeOf, type KeyRecord, type StackHeader } from '../../core/record.ts'
import { instant, type Millis } from '../../core/time.ts'
import type { Candidate, Rebuilt } from '../../engine/rebuild.ts'
import type { LeaseHolder } from '../../ports/state-store.ts'
import type { Look } from '../shell/command.ts'
import { idIn } from './change.ts'
import { document } from './json.ts'
import { paint } from './paint.ts'
import { block, counted, pad, paragraph, widest } from './text.ts'
import { ago, day } from './words.ts'

export interface RecordsView {
  readonly stack: string
  readonly location: string
  readonly header: StackHeader | null
  readonly holder: LeaseHolder | null
  readonly records: readonly KeyRecord[]
  readonly now: Millis
}

export function renderRecords(view: RecordsView, look: Look): string {
  const { stack, location, holder, records, now } = view
  if (look.format === 'json') return document('state', { ...view, now: undefined, at: instant(now) })
  const brush = paint(look)
  const width = widest(
    records.map(({ address }) => idIn(stack, address)),
    Math.floor(look.columns / 2),
  )
  return block(
    [
      `${brush.strong(stack)} · ${counted(records.length, 'record')} · ${display(location, { max: 300 })}`,
      ...(holder
        ? [`lease: ${display(`${holder.command} (process ${holder.pid} on ${holder.host})`, { max: 200 })}`]
        : []),
      ...[...records]
        .sort((a, b) => (a.address < b.address ? -1 : 1))
        .map((record) => {
          const last = record.lastChange ? `${record.lastChange.what} ${ago(record.lastChange.at, now)}` : ''
          return `  ${pad(idIn(stack, record.address), width)}  ${pad(phases(record), 24)}  ${brush.faint(last)}`
        }),
    ],
    look.columns,
  )
}

function phases(record: KeyRecord): string {
  const active = activeOf(record)
  const rest = record.generations.filter((g) => g !== active).map((g) => `#${g.n} ${g.phase}`)
  return [...(active ? [`#${active.n} active`] : []), ...rest].join(', ') || 'no generation'
}

export interface RebuildView {
  readonly stack: string
  readonly results: readonly Rebuilt[]
  /** Addresses that have a sound record already. */
  readonly kept: number
  /** Marked keys of this stack that stay unclaimed. */
  readonly unclaimed: readonly LiveKey[]
  readonly saved: boolean
}

export function renderRebuild(view: RebuildView, look: Look): string {
  const { stack, results, kept, unclaimed, saved } = view
  if (look.format === 'json')
    return document('rebuild', {
      stack,
      saved,
      kept,
      results,
      unclaimed: unclaimed.map(({ id, name }) => ({ id, name })),
    })
  const brush = paint(look)
  const width = widest(
    results.map(({ address }) => idIn(stack, address)),
    Math.floor(look.columns / 2),
  )
  const proven = results.filter((one) => one.kind === 'proven')
  return block(
    [
      ...results.flatMap((one) => lines(one, { look, width, stack })),
      ...(unclaimed.length === 0 ? [] : [brush.strong('Left alone (marked with this stack, proven by no place)')]),
      ...unclaimed.map(
        (key) => `  · ${display(key.name, { max: look.columns - 30 })}  ${brush.faint(`since ${day(key.createdAt)}`)}`,
      ),
      `${saved ? 'Recorded' : 'Would record'} ${counted(proven.length, 'address', 'addresses')}${kept === 0 ? '' : `, kept ${counted(kept, 'record')}`}; nothing live was changed.`,
      ...(saved ? [`Next: ${brush.info('keywright plan')}`] : []),
    ],
    look.columns,
  )
}

function lines(
  one: Rebuilt,
  { look, width, stack }: { readonly look: Look; readonly width: number; readonly stack: string },
): readonly string[] {
  const brush = paint(look)
  const id = pad(idIn(stack, one.address), width)
  switch (one.kind) {
    case 'proven': {
      const { record, by } = one
      const older = record.generations.length - 1
      const places = record.places.filter((place) => place.status === 'verified').map((place) => place.text)
      const how =
        by === 'place'
          ? `${display(places.join(', '), { max: 200 })} ${places.length === 1 ? 'holds' : 'hold'} it`
          : 'by your word'
      const rest = older === 0 ? '' : `; ${counted(older, 'earlier one')} will retire after grace`
      return [`  ${brush.good('✓')} ${id}  #${activeOf(record)?.n ?? '?'}: ${how}${rest}`]
    }
    case 'asked':
      return [
        `  ${brush.change('?')} ${id}  ${display(one.places.join(', '), { max: 200 })} cannot be read, so nothing proves which one serves: ${numbers(one.candidates)}`,
        ...one.candidates
          .slice(-1)
          .map(
            ({ n }) =>
              `      Next: ${brush.info(`keywright state rebuild --believe ${idIn(stack, one.address)}#${n}`)}   if you know that #${n} serves`,
          ),
      ]
    case 'unproven':
      return [
        `  ${brush.bad('✗')} ${id}  no place of this key holds the secret of ${numbers(one.candidates)}`,
        ...paragraph(
          'Put the secret back into its place and run this again; or disable the live key in the dashboard, and give this address another id.',
          look.columns,
          6,
        ),
      ]
    default:
      return one satisfies never
  }
}

function numbers(candidates: readonly Candidate[]): string {
  return candidates.map(({ n }) => `#${n}`).join(', ')
}
