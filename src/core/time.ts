/** Instants are ISO 8601 UTC strings in states and plans, milliseconds since the epoch inside arithmetic. `Date` stays outside the core. */
export type Instant = string
export type Millis = number

export const SECOND: Millis = 1_000
export const MINUTE: Millis = 60 * SECOND
export const HOUR: Millis = 60 * MINUTE
export const DAY: Millis = 24 * HOUR

const UNITS: Readonly<Record<string, Millis>> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY, w: 7 * DAY }
const PART = /(\d+(?:\.\d+)?)(s|m|h|d|w)/gy

/** `30d`, `1h30m`, `90s`, `2w`; `0` is zero. `null` when it is not a duration. */
export function parseDuration(text: string): Millis | null {
  if (text === '0') return 0
  PART.lastIndex = 0
  let total = 0
  while (PART.lastIndex < text.length) {
    const match = PART.exec(text)
    if (!match) return null
    total += Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0)
  }
  return text === '' ? null : Math.round(total)
}

/** The shortest exact text: 90 minutes is `1h30m`, a day is `1d`, zero is `0`. */
export function formatDuration(millis: Millis): string {
  if (millis === 0) return '0'
  let rest = Math.round(millis / SECOND) * SECOND
  let text = ''
  for (const [unit, size] of [
    ['d', DAY],
    ['h', HOUR],
    ['m', MINUTE],
    ['s', SECOND],
  ] as const) {
    const count = Math.floor(rest / size)
    if (count > 0) text += `${count}${unit}`
    rest -= count * size
  }
  return text === '' ? '0' : text
}

const INSTANT = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(\.\d+)?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/

/** Days since 1970-01-01 of a civil date (proleptic Gregorian). */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yoe = y - era * 400
  const doy = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + doy - 719_468
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** Milliseconds since the epoch (fractions kept), or `null` when the text is no valid date-time with an offset. */
export function parseInstant(text: string): Millis | null {
  return text.length === OWN_LENGTH && text.endsWith('Z') ? parseOwn(text) : parseAny(text)
}

const OWN_LENGTH = '2027-01-31T09:00:00.000Z'.length

/** The form that `instant` writes. Records are full of it and are read at every look, so it is read five times as fast as the others. */
function parseOwn(text: string): Millis | null {
  const marks = text[4] === '-' && text[7] === '-' && text[10] === 'T' && text[13] === ':' && text[16] === ':'
  if (!marks || text[19] !== '.') return parseAny(text)
  const [year, month, day] = [digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10)]
  const [hour, minute] = [digits(text, 11, 13), digits(text, 14, 16)]
  const [second, milli] = [digits(text, 17, 19), digits(text, 20, 23)]
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
  if (!isDate || !(year >= 0 && hour <= 23 && minute <= 59 && second <= 59 && milli >= 0)) return null
  return daysFromCivil(year, month, day) * DAY + hour * HOUR + minute * MINUTE + second * SECOND + milli
}

/** NaN where something else than a digit stands. */
function digits(text: string, from: number, to: number): number {
  let value = 0
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : Number.NaN
  }
  return value
}

function parseAny(text: string): Millis | null {
  const match = INSTANT.exec(text)
  if (!match) return null
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number)
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month) || hour > 23 || minute > 59 || second > 59)
    return null
  const offset = match[8] ?? 'Z'
  const shift =
    offset === 'Z'
      ? 0
      : (offset[0] === '-' ? -1 : 1) * (Number(offset.slice(1, 3)) * HOUR + Number(offset.slice(4, 6)) * MINUTE)
  const fraction = match[7] === undefined ? 0 : Number(match[7]) * SECOND
  return daysFromCivil(year, month, day) * DAY + hour * HOUR + minute * MINUTE + second * SECOND + fraction - shift
}

/** Milliseconds of an instant already known to be valid, such as one from a record. Throws on anything else. */
export function at(instant: Instant): Millis {
  const millis = parseInstant(instant)
  if (millis === null) throw new RangeError(`not an instant: ${JSON.stringify(instant).slice(0, 60)}`)
  return millis
}

function civilFromDays(days: number): readonly [number, number, number] {
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const doe = z - era * 146_097
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365)
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100))
  const mp = Math.floor((5 * doy + 2) / 153)
  const month = mp < 10 ? mp + 3 : mp - 9
  return [yoe + era * 400 + (month <= 2 ? 1 : 0), month, doy - Math.floor((153 * mp + 2) / 5) + 1]
}

const two = (value: number): string => (value < 10 ? `0${value}` : `${value}`)

/** `2027-01-31T09:00:00.000Z`, always with milliseconds. */
export function instant(millis: Millis): Instant {
  const whole = Math.floor(millis)
  const days = Math.floor(whole / DAY)
  const rest = whole - days * DAY
  const [year, month, day] = civilFromDays(days)
  const ms = `${rest % SECOND}`.padStart(3, '0')
  const time = `${two(Math.floor(rest / HOUR))}:${two(Math.floor(rest / MINUTE) % 60)}:${two(Math.floor(rest / SECOND) % 60)}.${ms}`
  return `${`${year}`.padStart(4, '0')}-${two(month)}-${two(day)}T${time}Z`
}
