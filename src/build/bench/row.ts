/** One figure of the bench and the limit it has to keep. */
export interface Row {
  /** Stable: the name in `--json`. */
  readonly name: string
  /** For people: what is compared with what. */
  readonly what: string
  readonly value: number
  /** `null`: shown beside the others, and kept to by nobody. */
  readonly limit: number | null
}

/** Rows that share their preparation. */
export interface Chapter {
  readonly name: string
  run(): Promise<readonly Row[]>
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = Number.NaN, high = Number.NaN] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]]
  return (low + high) / 2
}

export function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(({ name, what, value, limit }) => [
    limit === null ? '    ' : isKept({ value, limit }) ? 'ok  ' : 'OVER',
    name.padEnd(24),
    shown(value).padStart(8),
    (limit === null ? '' : `of ${shown(limit)}`).padEnd(9),
    what,
  ])
  return lines.map((cells) => `${cells.join('  ')}\n`).join('')
}

export function jsonOf(rows: readonly Row[]): string {
  const figures = rows.map(({ name, value, limit }) => [name, { value: Number(shown(value)), limit }])
  return `${JSON.stringify(Object.fromEntries(figures), null, 2)}\n`
}

export function isKept({ value, limit }: Pick<Row, 'value' | 'limit'>): boolean {
  return limit === null || value <= limit
}

function shown(value: number): string {
  return Number.isInteger(value) ? `${value}` : value.toFixed(2)
}
