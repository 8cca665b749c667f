import type { Secret } from '../core/secret.ts'
import type { Millis } from '../core/time.ts'
import { sha256OfSecret } from '../io/digest.ts'
import { BACKOFF } from '../io/http/backoff.ts'
import type { RequestEvent } from '../io/http/event.ts'
import { limiter } from '../io/http/limiter.ts'
import { httpClient } from '../io/http.ts'
import type { Clock } from '../ports/clock.ts'
import type { KeyApi } from '../ports/key-api.ts'
import { identify } from './openrouter/account.ts'
import { writeBudget } from './openrouter/budget.ts'
import { createKey } from './openrouter/create.ts'
import { assignKey, listAssignments, listGuardrails, unassignKey } from './openrouter/guardrails.ts'
import { getKey, proveSecret, removeKey, updateKey } from './openrouter/keys.ts'
import { line } from './openrouter/line.ts'
import { listKeys } from './openrouter/list.ts'

export const OPENROUTER_BASE_URL = 'https://openrouter.ai/api/v1'

export interface OpenRouterOptions {
  readonly baseUrl?: string
  /** A management key. */
  readonly token: Secret
  /** Most requests at once; 20 by default. */
  readonly parallelism?: number
  readonly writesPerDay?: number
  /** Writes per day kept for disables; by default 5% of `writesPerDay` and at least 5. */
  readonly reserve?: number
  readonly clock: Clock
  /** 0 <= x < 1, for the jitter between tries. */
  readonly random: () => number
  /** For one request, in real time; 30 seconds by default. */
  readonly timeoutMillis?: Millis
  readonly onRequest?: (event: RequestEvent) => void
}

/** OpenRouter's key API. Opens no connection before the first call. Throws TypeError for a base URL that is none. */
export function openRouter(options: OpenRouterOptions): KeyApi {
  const { origin, pathname } = new URL(options.baseUrl ?? OPENROUTER_BASE_URL)
  const { clock, token, random, onRequest, parallelism = 20, timeoutMillis = 30_000 } = options
  const http = httpClient({ origin, connections: parallelism, timeoutMillis })
  const budget = writeBudget({ ...options, now: clock.now })
  const api = line({
    http,
    token,
    origin,
    prefix: pathname.replace(/\/+$/, ''),
    clock,
    random,
    limiter: limiter({ ceiling: parallelism, longestWait: BACKOFF.longestWait, clock }),
    budget,
    ...(onRequest === undefined ? {} : { onRequest }),
  })
  return {
    capabilities: { update: true, disable: true, matchesOffline: true },
    identify: () => identify(api, origin),
    list: (scope, expected) => listKeys(api, { scope, expected, parallelism }),
    get: (id) => getKey(api, id),
    isOwn: (id) => sha256OfSecret(token) === id,
    guardrails: (scope) => listGuardrails(api, scope),
    assignments: (scope) => listAssignments(api, scope),
    create: (request) => createKey(api, request),
    update: (id, fields) => updateKey(api, id, fields),
    remove: (id) => removeKey(api, id),
    assign: (id, guardrail) => assignKey(api, id, guardrail),
    unassign: (id, guardrail) => unassignKey(api, id, guardrail),
    prove: (secret) => proveSecret(api, secret),
    matches: async (secret, id) => sha256OfSecret(secret) === id,
    writesLeft: () => budget.left(),
    bookWrites: (earlier) => budget.book(earlier),
    writesMade: () => budget.made(),
    close: () => http.close(),
  }
}
