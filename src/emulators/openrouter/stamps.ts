/** `2026-01-31T09:00:00.000001+00:00`, the form the published contract's examples show. */
export function formatMicros(micros: number): string {
  const iso = new Date(Math.floor(micros / 1000)).toISOString()
  return `${iso.slice(0, -1)}${String(micros % 1000).padStart(3, '0')}+00:00`
}

/** The inverse, in microseconds since the epoch. */
export function parseMicros(stamp: string): number {
  return Date.parse(`${stamp.slice(0, 23)}Z`) * 1000 + Number(stamp.slice(23, 26))
}
