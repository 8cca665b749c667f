/** How far apart the times of a cron expression are. Five fields as GitHub reads them: numbers, lists, ranges, steps, names. */
import { DAY, HOUR, MINUTE, type Millis } from '../../time.ts'

interface Field {
  readonly from: number
  readonly to: number
  readonly names: readonly string[]
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const FIELDS: readonly Field[] = [
  { from: 0, to: 59, names: [] },
  { from: 0, to: 23, names: [] },
  { from: 1, to: 31, names: [] },
  { from: 1, to: 12, names: MONTHS },
  { from: 0, to: 6, names: WEEKDAYS },
]

/** A year that begins on a Monday; leap days make no gap longer by more than a day. */
const YEAR_DAYS = 365
const LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/** The longest time between two runs of any of these; `null` when one is no expression, or none ever runs. */
export function longestGap(crons: readonly string[]): Millis | null {
  const parsed = crons.map(parseCron)
  if (parsed.some((one) => one === null)) return null
  const times = [...new Set(parsed.flatMap((one) => (one === null ? [] : timesOf(one))))].sort((a, b) => a - b)
  const [first] = times
  const last = times.at(-1)
  if (first === undefined || last === undefined) return null
  const around = first + YEAR_DAYS * DAY - last
  return times.reduce((most, time, i) => Math.max(most, i === 0 ? 0 : time - (times[i - 1] ?? time)), around)
}

type Sets = readonly ReadonlySet<number>[]

interface Cron {
  readonly sets: Sets
  /** Both days are restricted: then either of them is enough. */
  readonly either: boolean
}

function parseCron(text: string): Cron | null {
  const parts = text.trim().toLowerCase().split(/\s+/)
  if (parts.length !== FIELDS.length) return null
  const sets = FIELDS.map((field, i) => setOf(parts[i] ?? '', field))
  if (sets.some((one) => one === null)) return null
  const either = !parts[2]?.startsWith('*') && !parts[4]?.startsWith('*')
  return { sets: sets.filter((one) => one !== null), either }
}

function setOf(text: string, field: Field): ReadonlySet<number> | null {
  const found = new Set<number>()
  for (const part of text.split(',')) {
    const range = rangeOf(part, field)
    if (range === null) return null
    for (let n = range.from; n <= range.to; n += range.step) found.add(n)
  }
  return found
}

function rangeOf(part: string, { from, to, names }: Field): { from: number; to: number; step: number } | null {
  const [, first = '', last, step] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d{1,2}))?$/.exec(part) ?? []
  const number = (word: string): number => {
    const n = names.includes(word) ? names.indexOf(word) + from : /^\d{1,2}$/.test(word) ? Number(word) : Number.NaN
    return n === 7 && to === 6 ? 0 : n
  }
  const start = first === '*' ? from : number(first)
  const end = last !== undefined ? number(last) : first === '*' || step !== undefined ? to : start
  const by = step === undefined ? 1 : Number(step)
  return start >= from && end <= to && start <= end && by > 0 ? { from: start, to: end, step: by } : null
}

/** All times of the year, in milliseconds from its start. */
function timesOf({ sets, either }: Cron): readonly Millis[] {
  const [minutes, hours, days, months, weekdays] = sets
  const inDay = [...(hours ?? [])].flatMap((hour) =>
    [...(minutes ?? [])].map((minute) => hour * HOUR + minute * MINUTE),
  )
  const times: Millis[] = []
  let start = 0
  for (const [month, length] of LENGTHS.entries())
    for (let day = 1; day <= length; day++, start += DAY) {
      const isDay = days?.has(day) === true
      const isWeekday = weekdays?.has((start / DAY + 1) % 7) === true
      if (!months?.has(month + 1) || !(either ? isDay || isWeekday : isDay && isWeekday)) continue
      for (const time of inDay) times.push(start + time)
    }
  return times
}
