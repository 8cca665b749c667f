/** `deliverTo`: from entries of a list to places inside configured sinks. */
import type { Config } from '../config/config.ts'
import type { Place } from '../key.ts'
import { type PlaceEntry, resolvePlace, type SinkConfig, sinkNameOf } from '../places.ts'
import { didYouMean, listed } from '../suggest.ts'
import type { Spot } from './complaint.ts'
import { complain, type Entry, isBroken, read } from './entry.ts'
import { shown } from './looks-secret.ts'
import { isMapping, isSequence, type Mapping, type SourceDocument } from './source.ts'
import { type Filled, fill, fillTemplate } from './words.ts'

/** A place, and where it is written. */
export interface Delivered {
  readonly place: Place
  readonly spot: Spot
}

export function deliveriesOf(entry: Entry, config: Config): readonly Delivered[] {
  const found = read(entry, 'deliverTo')
  if (found === 'faulty') return []
  const list = found === 'absent' || !isSequence(found.value) ? [] : found.value
  if (list.length === 0) {
    if (!isBroken(entry) && !staysPut(entry))
      complainNobody(entry, found === 'absent' ? entry.spot : found.slot, config)
    return []
  }
  if (found === 'absent') return []
  const { document } = found.slot
  return list.flatMap((item, i) => delivered(entry, item, { document, container: list, member: i }, config))
}

/** An adopted key that nothing rotates needs no place; one that is rotated would be replaced for nobody. */
function staysPut({ isAdopted, slots }: Entry): boolean {
  if (isAdopted !== true || slots.has('expiresIn')) return false
  return (slots.get('rotation.every')?.value ?? 'manual') === 'manual'
}

function complainNobody(entry: Entry, spot: Spot, config: Config): void {
  const message = `"${entry.id}" delivers its secret to nobody, so it could never be used.`
  const hint = `deliverTo: [{ sink: ${config.known.sinks[0] ?? 'dotenv'}, ... }]`
  complain(entry, spot, { code: 'MANIFEST_DELIVER_MISSING', message, hint, part: 'key' })
}

function delivered(entry: Entry, item: unknown, spot: Spot, config: Config): readonly Delivered[] {
  const written = isMapping(item) ? filledMembers(entry, item, spot.document) : filledText(entry, item, spot)
  if (written === null) return []
  const name = sinkNameOf(written)
  const sink = config.sinks.get(name)
  const at = isMapping(item) ? { document: spot.document, container: item, member: 'sink' } : spot
  if (sink === undefined) {
    if (!config.known.sinks.includes(name)) complainSink(entry, at, name, config)
    return []
  }
  return placed(entry, { written, name, sink }, isMapping(item) ? item : null, spot)
}

function complainSink(entry: Entry, spot: Spot, name: string, { known }: Config): void {
  const message = `No sink is called ${shown(name)}. Sinks in keywright.yaml: ${listed(known.sinks)}.${didYouMean(name, known.sinks)}`
  const hint =
    known.sinks[0] === undefined ? 'sinks: { dotenv: { kind: dotenv } }   in keywright.yaml' : `sink: ${known.sinks[0]}`
  complain(entry, spot, { code: 'MANIFEST_SINK_UNKNOWN', message, hint })
}

interface Asked {
  readonly written: PlaceEntry
  readonly name: string
  readonly sink: SinkConfig
}

function placed(entry: Entry, { written, name, sink }: Asked, item: Mapping | null, spot: Spot): readonly Delivered[] {
  const resolved = resolvePlace(written, name, sink)
  if ('place' in resolved) return [{ place: resolved.place, spot }]
  for (const { member, message, hint } of resolved.problems) {
    const inside = item !== null && member !== undefined && Object.hasOwn(item, member)
    const at = inside ? { document: spot.document, container: item, member } : spot
    complain(entry, at, { code: 'MANIFEST_PLACE_INVALID', message: sentence(message), hint })
  }
  return []
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`
}

function filledText(entry: Entry, item: unknown, spot: Spot): string | null {
  const filled = settled(entry, fill(item, entry.words), spot)
  return typeof filled === 'string' && !entry.faults.at(spot.container, spot.member) ? filled : null
}

function filledMembers(entry: Entry, item: Mapping, document: SourceDocument): PlaceEntry | null {
  if (entry.faults.in(item)) return null
  const members: Record<string, unknown> = {}
  let whole = true
  for (const member of Object.keys(item)) {
    const filled = member === 'value' ? fillTemplate(item[member], entry.words) : fill(item[member], entry.words)
    const value = settled(entry, filled, { document, container: item, member })
    if (value === undefined) whole = false
    members[member] = typeof value === 'number' ? String(value) : value
  }
  const { sink } = members
  return whole && typeof sink === 'string' ? { ...members, sink } : null
}

/** The value, or `undefined` with a diagnostic. */
function settled(entry: Entry, filled: Filled, spot: Spot): unknown {
  if ('value' in filled) return filled.value
  complain(entry, spot, { code: 'MANIFEST_WORD_UNKNOWN', message: filled.wrong, hint: filled.hint })
  return undefined
}
