/**
 * How far the clocks of an IANA zone are ahead of UTC. `Intl` is the only source of zone data; it answers in wall-clock parts, so
 * an offset is what the parts say minus what was asked, and a formatter is slow to build and not fast to use. Both are cached.
 *
 * Premise (true of every rule in the zone database since 1972): clocks change on a quarter of an hour of UTC, and not twice
 * within eight days. So a day that starts and ends with one offset has it throughout, and one probe per zone and day is enough.
 */
import { at, DAY, type Instant, MINUTE, type Millis } from '../time.ts'

/** Clocks change on a multiple of this. */
export const QUARTER: Millis = 15 * MINUTE

/** Probes of a zone that are kept; a fake year of days needs 366. */
const MOST_PROBES = 4_096

interface Zone {
  readonly format: Intl.DateTimeFormat
  readonly probes: Map<Millis, Millis>
}

const ZONES = new Map<string, Zone>()

/** Whether the name is one of an IANA zone. Bare offsets such as `+02:00` are none: they know no summer time. */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    return zoneOf(name) !== null
  } catch {
    return false
  }
}

/** Names to suggest from. */
export function zoneNames(): readonly string[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone')]
}

/** Milliseconds that a wall clock of the zone is ahead of UTC at that moment. Throws a RangeError for an unknown zone. */
export function offsetAt(name: string, moment: Millis): Millis {
  const zone = zoneOf(name)
  const day = Math.floor(moment / DAY) * DAY
  const before = probe(zone, day)
  return before === probe(zone, day + DAY) ? before : probe(zone, Math.floor(moment / QUARTER) * QUARTER)
}

function zoneOf(name: string): Zone {
  const known = ZONES.get(name)
  if (known !== undefined) return known
  const two = '2-digit'
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: two,
    day: two,
    hour: two,
    minute: two,
    second: two,
  })
  const zone = { format, probes: new Map<Millis, Millis>() }
  ZONES.set(name, zone)
  return zone
}

function probe({ format, probes }: Zone, moment: Millis): Millis {
  const known = probes.get(moment)
  if (known !== undefined) return known
  const offset = at(wallClock(format, moment)) - moment
  if (probes.size >= MOST_PROBES) probes.clear()
  probes.set(moment, offset)
  return offset
}

/** What the clocks on the wall show, written as if it were UTC. */
function wallClock(format: Intl.DateTimeFormat, moment: Millis): Instant {
  const parts = new Map(format.formatToParts(moment).map(({ type, value }) => [type, value]))
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? ''
  const date = `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`
  return `${date}T${part('hour')}:${part('minute')}:${part('second')}Z`
}
