/**
 * Strait's key API (server source of 2026-07-06): lists, creates, rotates and revokes the keys of one project. It has no reading of a single
 * key and no change of any kind.
 *
 * Keys whose life is over stay listed, and are listed here: `fields.expiresAt` and `graceEndsAt` tell (`worksAt`), and nothing else does.
 */
import type { Secret } from '../core/secret.ts'
import type { Millis } from '../core/time.ts'
import { BACKOFF } from '../io/http/backoff.ts'
import type { RequestEvent } from '../io/http/event.ts'
import { gate } from '../io/http/gate.ts'
import { httpClient } from '../io/http.ts'
import type { Clock } from '../ports/clock.ts'
import type { CreateOutcome, KeyApi } from '../ports/key-api.ts'
import { type ExpiringKeys, expiringKeys } from './strait/expiring.ts'
import { line } from './strait/line.ts'
import { Project } from './strait/project.ts'
import { proofs } from './strait/proofs.ts'

export { worksAt } from './strait/liveness.ts'

export const STRAIT_BASE_URL = 'https://api.strait.dev'

export interface StraitOptions {
  readonly baseUrl?: string
  /** A key of the whole project that holds every scope it is to hand out; in practice `*`. */
  readonly token: Secret
  /** Id of the project that key belongs to. */
  readonly project: string
  /** Most requests at once; never more than 4, so that a managing key that fails cannot lock out its address. */
  readonly parallelism?: number
  readonly clock: Clock
  /** 0 <= x < 1, for the jitter between tries. */
  readonly random: () => number
  /** For one request, in real time; 30 seconds by default. */
  readonly timeoutMillis?: Millis
  readonly onRequest?: (event: RequestEvent) => void
}

export interface StraitApi extends KeyApi {
  rotate(id: string, graceMillis: Millis): Promise<CreateOutcome>
  /** Keys that end within so many days (1 to 365), have ended, or have no end. One request. */
  expiringSoon(withinDays: number): Promise<ExpiringKeys>
}

/** Requests per minute and address that the API takes (its defaults, server source of 2026-07-06): in all, and by route. */
const PER_MINUTE = 100
const BY_ROUTE = { create: 10, rotate: 10, revoke: 10 }

/** Opens no connection before the first call. Throws TypeError for a base URL that is none. */
export function strait(options: StraitOptions): StraitApi {
  const { origin, pathname } = new URL(options.baseUrl ?? STRAIT_BASE_URL)
  const { clock, token, random, onRequest, timeoutMillis = 30_000 } = options
  const ceiling = Math.max(1, Math.min(4, options.parallelism ?? 4))
  const http = httpClient({ origin, connections: ceiling, timeoutMillis })
  const tried = proofs(clock.now)
  const api = line({
    http,
    token,
    origin,
    prefix: pathname.replace(/\/+$/, ''),
    clock,
    random,
    gate: gate({ clock, perMinute: PER_MINUTE, lanes: BY_ROUTE, ceiling, longestWait: BACKOFF.longestWait }),
    onUnauthorized: tried.failed,
    ...(onRequest === undefined ? {} : { onRequest }),
  })
  const project = new Project({ line: api, token, project: options.project, origin, proofs: tried, now: clock.now })
  return {
    capabilities: { update: false, disable: false, matchesOffline: false, refusesForGood: true },
    identify: () => project.identify(),
    list: (scope) => project.list(scope),
    get: (id) => project.get(id),
    isOwn: (id) => project.isOwn(id),
    create: (request) => project.create(request),
    update: (id, fields) => project.update(id, fields),
    remove: (id) => project.remove(id),
    rotate: (id, graceMillis) => project.rotate(id, graceMillis),
    prove: (secret) => project.prove(secret),
    matches: (secret, id) => project.matches(secret, id),
    expiringSoon: (withinDays) => expiringKeys(api, withinDays),
    close: () => http.close(),
  }
}
