/** Microseconds since the epoch: all the database keeps. What is finer is lost at the first read back. */
export type Micros = number

export const MINUTE: Micros = 60_000_000
export const DAY: Micros = 1440 * MINUTE

/** As lists show instants: UTC, microseconds, no trailing zeros, `2026-01-31T09:00:00.123456Z`. */
export function formatUtc(at: Micros): string {
  return `${dateAndTime(at)}${fraction(at, 0)}Z`
}

/** As create and rotate show them: nanoseconds, in the server's own offset (minutes east of UTC), no trailing zeros. */
export function formatLocal(
  at: Micros,
  { offset, nanos }: { readonly offset: number; readonly nanos: number },
): string {
  const hours = String(Math.floor(Math.abs(offset) / 60)).padStart(2, '0')
  const minutes = String(Math.abs(offset) % 60).padStart(2, '0')
  const zone = offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${hours}:${minutes}`
  return `${dateAndTime(at + offset * MINUTE)}${fraction(at, nanos)}${zone}`
}

function dateAndTime(at: Micros): string {
  return new Date(Math.floor(at / 1000)).toISOString().slice(0, 19)
}

function fraction(at: Micros, nanos: number): string {
  const digits = `${String(at % 1_000_000).padStart(6, '0')}${String(nanos).padStart(3, '0')}`.replace(/0+$/, '')
  return digits === '' ? '' : `.${digits}`
}

const INSTANT = /^(\d{4}-\d\d-\d\d)T((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/

/** RFC 3339 with any fraction, cut to microseconds; null for other text and for days that do not exist. */
export function parseInstant(text: string): Micros | null {
  const [, date = '', time = '', digits = '', zone = ''] = INSTANT.exec(text) ?? []
  const seconds = Date.parse(`${date}T${time}${zone}`)
  if (Number.isNaN(seconds) || !isDay(date)) return null
  return seconds * 1000 + Number(digits.slice(0, 6).padEnd(6, '0'))
}

function isDay(date: string): boolean {
  return new Date(`${date}T00:00:00Z`).toISOString().startsWith(date)
}
