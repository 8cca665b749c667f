/** One request seen. Never a body; anything in the path that looks like a key is blanked. */
export interface SeenRequest {
  /** By the emulator's clock, ISO 8601. */
  readonly at: string
  readonly method: string
  /** Below the API's prefix (Strait has none: its paths begin with `/v1`), with its query. */
  readonly path: string
  /** null when the connection was cut instead of answered. */
  readonly status: number | null
  readonly fault: string | null
}

export interface TrafficCounts {
  /** `POST /keys` -> 3, by method and path template; unknown routes count under `METHOD (unknown)`. */
  readonly requests: Readonly<Record<string, number>>
  /** Under the same names: answers by status, e.g. `{ 201: 2, cut: 1 }`; `cut` = the connection was cut instead. */
  readonly statuses: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly total: number
  /** All but GET. */
  readonly writes: number
  /** Most requests that were in the house at one moment. */
  readonly peakConcurrency: number
}

export interface Traffic {
  enter(): void
  leave(): void
  record(seen: SeenRequest, template: string | null): void
  log(): readonly SeenRequest[]
  counts(): TrafficCounts
  /** Forgets log and counts. */
  reset(): void
}

const LOG_LIMIT = 200_000

export function traffic(): Traffic {
  const requests = new Map<string, number>()
  const statuses = new Map<string, Record<string, number>>()
  let log: SeenRequest[] = []
  let inside = 0
  let peak = 0
  return {
    enter: () => {
      inside += 1
      peak = Math.max(peak, inside)
    },
    leave: () => {
      inside -= 1
    },
    record(seen, template) {
      const name = `${seen.method} ${template ?? '(unknown)'}`
      requests.set(name, (requests.get(name) ?? 0) + 1)
      const answered = statuses.get(name) ?? {}
      const status = seen.status ?? 'cut'
      statuses.set(name, { ...answered, [status]: (answered[status] ?? 0) + 1 })
      log.push({ ...seen, path: blankKeys(seen.path) })
      if (log.length > LOG_LIMIT) log = log.slice(LOG_LIMIT / 2)
    },
    log: () => log,
    counts: () => ({ statuses: Object.fromEntries(statuses), ...summarise(requests, peak) }),
    reset: () => {
      requests.clear()
      statuses.clear()
      log = []
      peak = inside
    },
  }
}

function summarise(requests: ReadonlyMap<string, number>, peakConcurrency: number): Omit<TrafficCounts, 'statuses'> {
  const counted = [...requests].map(([name, count]) => ({ count, isWrite: !name.startsWith('GET ') }))
  const sum = (of: readonly { count: number }[]): number => of.reduce((total, { count }) => total + count, 0)
  return {
    requests: Object.fromEntries(requests),
    total: sum(counted),
    writes: sum(counted.filter(({ isWrite }) => isWrite)),
    peakConcurrency,
  }
}

function blankKeys(path: string): string {
  return path.replace(/\b(sk-or-|strait_|whsec_)[A-Za-z0-9-]+/g, '$1(blanked)')
}
