/**
 * Instants of Strait. Lists tell microseconds in UTC, answers of create and rotate nanoseconds in the server's own offset (server source of
 * 2026-07-06): they are compared as instants, and never more closely than the list can tell. Microseconds since 1970 fit a double exactly.
 */
import { type Instant, instant, parseInstant } from '../../core/time.ts'

/** `null` when the value is no instant. Digits beyond microseconds are cut off. */
export function readMicros(value: unknown): number | null {
  if (typeof value !== 'string') return null
  const [, fraction = ''] = /\.(\d+)(?=Z|[+-])/.exec(value) ?? []
  const seconds = parseInstant(value.replace(`.${fraction}`, ''))
  return seconds === null ? null : seconds * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0'))
}

export function instantOf(micros: number): Instant {
  return instant(Math.floor(micros / 1000))
}

/** With all six digits, for cursors. */
export function microsText(micros: number): string {
  return `${instantOf(micros).slice(0, -1)}${`${micros % 1000}`.padStart(3, '0')}Z`
}
