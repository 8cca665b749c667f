/** The `grpc-timeout` header: up to eight digits and a unit. */
const UNITS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000001 }
/** The longest a timer of Node runs. */
const LONGEST = 2 ** 31 - 1

/** Milliseconds, rounded up; `null` when there is no such header, or none that can be read. */
export function millisOf(header: string): number | null {
  const [, digits, unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(header) ?? []
  const factor = UNITS[unit]
  if (digits === undefined || factor === undefined) return null
  return Math.min(Math.ceil(Number(digits) * factor), LONGEST)
}
