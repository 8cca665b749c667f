/** `rotation.window`: `{ days: mon-fri, hours: "09:00-16:00", zone: Europe/Berlin }`. */
import type { Window } from '../key.ts'
import { isZone, zoneNames } from '../schedule/zone.ts'
import { didYouMean, listed } from '../suggest.ts'
import { complain, type Entry, type Read, read, readPart, wrongValue } from './entry.ts'
import { shown } from './looks-secret.ts'
import { isMapping, isSequence } from './source.ts'

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const ALL: readonly number[] = [1, 2, 3, 4, 5, 6, 7]

/** `null` when none is written, or when it is wrong. */
export function windowOf(entry: Entry): Window | null {
  const found = read(entry, 'rotation.window')
  if (typeof found === 'string' || !isMapping(found.value)) return null
  const whole = { slot: found.slot, value: found.value }
  const days = daysOf(entry, readPart(entry, whole, 'days'))
  const hours = hoursOf(entry, readPart(entry, whole, 'hours'))
  const zone = zoneOf(entry, readPart(entry, whole, 'zone'))
  return days === null || hours === null || zone === null ? null : { days, ...hours, zone }
}

/** Every day unless written. */
function daysOf(entry: Entry, found: Read): readonly number[] | null {
  if (found === 'absent') return ALL
  if (found === 'faulty') return null
  const { slot, value } = found
  const words = isSequence(value) ? value : typeof value === 'string' ? value.split(',') : []
  const days = new Set<number>()
  for (const word of words) {
    const some = typeof word === 'string' ? daysIn(word.trim()) : null
    if (some === null) return wrongDay(entry, slot, word)
    for (const day of some) days.add(day)
  }
  if (days.size > 0) return [...days].sort()
  wrongValue(entry, slot, 'days', { what: 'days of the week', example: 'mon-fri' })
  return null
}

/** `wed`, `mon-fri`, `sat-mon` (over the end of the week) or `all`. */
function daysIn(word: string): readonly number[] | null {
  if (word === 'all') return ALL
  const [first = '', last = first, ...more] = word.split('-').map((part) => part.trim())
  const [from, to] = [DAYS.indexOf(first), DAYS.indexOf(last)]
  if (from < 0 || to < 0 || more.length > 0) return null
  const count = ((to - from + 7) % 7) + 1
  return Array.from({ length: count }, (_, i) => ((from + i) % 7) + 1)
}

function wrongDay(entry: Entry, slot: Parameters<typeof complain>[1], word: unknown): null {
  const text = String(word).trim().toLowerCase()
  const wrong = text.split('-').find((part) => !DAYS.includes(part)) ?? text
  const day = DAYS.find((one) => wrong.startsWith(one))
  const near = day === undefined ? didYouMean(wrong, [...DAYS, 'all']) : ` Did you mean "${day}"?`
  const message = `"days" must be of ${listed(DAYS)}, a range of them, or all; here is ${shown(word)}.${near}`
  complain(entry, slot, { code: 'MANIFEST_WRONG_VALUE', message, hint: 'days: mon-fri   or   days: [mon, wed]' })
  return null
}

const HOURS = /^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/
const MIDNIGHT = 24 * 60

function hoursOf(entry: Entry, found: Read): Pick<Window, 'from' | 'to'> | null {
  if (typeof found === 'string') return null
  const [whole, hour, minute, toHour, toMinute] = HOURS.exec(String(found.value)) ?? []
  const from = Number(hour) * 60 + Number(minute)
  const to = toHour === undefined ? MIDNIGHT : Number(toHour) * 60 + Number(toMinute)
  if (whole !== undefined && from !== to) return { from, to }
  const what = whole === undefined ? 'two times of day' : 'two different times of day, 00:00-24:00 for all of it'
  wrongValue(entry, found.slot, 'hours', { what, example: '"09:00-16:00"' })
  return null
}

function zoneOf(entry: Entry, found: Read): string | null {
  if (typeof found === 'string') return null
  const { slot, value } = found
  if (typeof value === 'string' && isZone(value)) return value
  const message = `"zone" must be the IANA name of a time zone; here it is ${shown(value)}.${nearZone(String(value))}`
  complain(entry, slot, { code: 'MANIFEST_WRONG_VALUE', message, hint: 'zone: Europe/Berlin' })
  return null
}

/** By the whole name, or by its city alone. */
function nearZone(word: string): string {
  const names = zoneNames()
  const city = names.find((name) => name.toLowerCase().endsWith(`/${word.toLowerCase()}`))
  return city === undefined ? didYouMean(word, names) : ` Did you mean "${city}"?`
}
