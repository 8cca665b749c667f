/** What ending and replacing every key would mean: order, money, writes, time, places. */
import { abilitiesOf } from '../../core/abilities.ts'
import { type Millis, SECOND } from '../../core/time.ts'
import type { FleetKey, Pace } from '../../engine/fleet.ts'
import { ASSUMED_LATENCY } from '../../engine/fleet.ts'
import type { Look } from '../shell/command.ts'
import { idIn } from './change.ts'
import { document } from './json.ts'
import { paint } from './paint.ts'
import { block, counted, pad, padStart, paragraph, widest } from './text.ts'
import { money, span } from './words.ts'

export interface FleetView {
  readonly stack: string
  /** The most money first. */
  readonly fleet: readonly FleetKey[]
  readonly paces: readonly Pace[]
  /** By provider, `null` where no budget is kept. */
  readonly writesPerDay: ReadonlyMap<string, number | null>
  readonly afterReplacement: boolean
  readonly parallelism: number
  /** What to type to do it. */
  readonly line: string
}

/** Keys shown by name. */
const MOST = 40

export function renderFleet(view: FleetView, look: Look): string {
  if (look.format === 'json') return fleetJson(view)
  const { fleet, stack, line, afterReplacement } = view
  if (fleet.length === 0) return block([`${stack}: no key works, so nothing could leak.`])
  const brush = paint(look)
  const how = afterReplacement ? 'replaced, then ended' : 'ended at once, then replaced'
  return block(
    [
      `${brush.strong(stack)}: ${counted(fleet.length, 'key')} would be ${how}, the most money first`,
      '',
      ...rows(view, look),
      '',
      ...view.paces.flatMap((pace) => paragraph(paceWords(pace, view), look.columns, 0)),
      ...paragraph(placeWords(fleet), look.columns, 0),
      'Nothing was sent or written.',
      `Next: ${brush.info(line)}`,
    ],
    look.columns,
  )
}

function rows({ fleet, stack }: FleetView, { columns }: Look): readonly string[] {
  const shown = fleet.slice(0, MOST)
  const width = widest(
    shown.map(({ address }) => idIn(stack, address)),
    Math.floor(columns / 2),
  )
  const more = fleet.length - shown.length
  return [
    ...shown.map((key, i) => {
      const facts = [counted(key.writes, 'write'), counted(key.places.length, 'place')]
      return `  ${padStart(`${i + 1}`, 3)}  ${pad(idIn(stack, key.address), width)}  ${pad(stakeWords(key), 20)}  ${facts.join(', ')}`
    }),
    ...(more > 0 ? [`       and ${more} more; --json lists them all`] : []),
  ]
}

function stakeWords({ stake, kind }: FleetKey): string {
  if (!abilitiesOf(kind).spend) return 'no spend counted'
  return Number.isFinite(stake) ? `${money(stake)} a month` : 'unlimited'
}

/** Nothing takes no time at all. */
function about(millis: Millis): string {
  return `about ${span(Math.max(SECOND, Math.ceil(millis / SECOND) * SECOND))}`
}

function paceWords({ provider, keys, writes, ended, replaced, by }: Pace, view: FleetView): string {
  const assumed =
    by === 'limits'
      ? 'by the limits of the API, 10 a minute and route'
      : `assuming ${ASSUMED_LATENCY / 1000} s a request, ${view.parallelism} at once`
  const times = view.afterReplacement
    ? `all replaced and ended after ${about(replaced)}`
    : `none works after ${about(ended)}, all replaced after ${about(replaced)}`
  const perDay = view.writesPerDay.get(provider) ?? null
  const short =
    perDay !== null && perDay < writes ? ` Only ${counted(perDay, 'write')} a day are allowed (writesPerDay).` : ''
  return `${provider}: ${counted(keys, 'key')}, ${counted(writes, 'write')}; ${times} (${assumed}).${short}`
}

function placeWords(fleet: readonly FleetKey[]): string {
  const places = fleet.flatMap((key) => key.places)
  const sinks = new Map<string, number>()
  for (const text of places) {
    const sink = text.split(':')[0] ?? text
    sinks.set(sink, (sinks.get(sink) ?? 0) + 1)
  }
  const list = [...sinks].map(([sink, count]) => `${sink} ${count}`).join(', ')
  return `${counted(places.length, 'place')} written: ${list}.`
}

function fleetJson({ stack, fleet, paces, afterReplacement, line }: FleetView): string {
  return document('leaked', {
    stack,
    dryRun: true,
    afterReplacement,
    keys: fleet.map((key) => ({ ...key, stake: Number.isFinite(key.stake) ? key.stake : null })),
    writes: fleet.reduce((sum, { writes }) => sum + writes, 0),
    paces,
    line,
  })
}
