import type { StoredKey } from './stored-key.ts'
import { type Counter, fixedWindow, slidingMinute, type Verdict } from './windows.ts'

/** Routes with a counter of their own. */
export type LimitedRoute = 'create' | 'rotate' | 'revoke'

/** All counters of requests. Each answers null where it does not apply. All clients share one address here, so there is one counter each. */
export interface Limits {
  global(now: number): Verdict | null
  route(route: LimitedRoute, now: number): Verdict | null
  /** A key with limits of its own is held to them, every other to the default. */
  key(key: StoredKey, now: number): Verdict | null
}

/** What the counters said about one request, as it went through. */
export interface Counted {
  global: Verdict | null
  key: Verdict | null
  route: Verdict | null
  /** Answers within a project are buffered, and then headers of inner counters are added to the outer ones rather than put in their place. */
  isBuffered: boolean
}

export const NO_LIMITS: Limits = { global: () => null, route: () => null, key: () => null }

const GLOBAL = 100
const PER_ROUTE = 10

/** `perKey` = requests a minute of one key. */
export function limits(perKey: number): Limits {
  const global = slidingMinute(GLOBAL)
  const routes: Readonly<Record<LimitedRoute, Counter>> = {
    create: slidingMinute(PER_ROUTE),
    rotate: slidingMinute(PER_ROUTE),
    revoke: slidingMinute(PER_ROUTE),
  }
  const keys = new Map<string, Counter>()
  return {
    global,
    route: (route, now) => routes[route](now),
    key(key, now) {
      const { requests, seconds } = limitOf(key, perKey)
      const name = `${key.id} ${requests} ${seconds}`
      const counter = keys.get(name) ?? fixedWindow(requests, seconds)
      keys.set(name, counter)
      return counter(now)
    },
  }
}

export function limitOf(key: StoredKey, perKey: number): { readonly requests: number; readonly seconds: number } {
  const { rate_limit_requests: requests, rate_limit_window_secs: seconds } = key
  return requests && seconds ? { requests, seconds } : { requests: perKey, seconds: 60 }
}

/** The key's counter speaks in the place of the global one; the route's is added to both, or speaks alone where nothing is buffered. */
export function rateHeaders({ global, key, route, isBuffered }: Counted): Record<string, string | string[]> {
  const outer = key ?? global
  const join = (one: number | null | undefined, other: number | null | undefined): string[] => {
    const both = isBuffered ? [one, other] : [other ?? one]
    return both.flatMap((value) => (value == null ? [] : [String(value)]))
  }
  const headers = {
    'X-RateLimit-Limit': join(outer?.limit, route?.limit),
    'X-RateLimit-Remaining': join(outer?.remaining, route?.remaining),
    'X-RateLimit-Reset': join(global?.reset, route?.reset),
  }
  return Object.fromEntries(Object.entries(headers).filter(([, values]) => values.length > 0))
}
