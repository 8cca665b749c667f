/**
 * The line to the API: every request of one provider passes here, under one limiter and one budget of writes.
 *
 * `once` sends at most one request and reports what came back, whatever it is. `settle` is for idempotent calls: it tries again after
 * broken connections, timeouts, 429, 5xx and anything that is not JSON, with full jitter, honouring `Retry-After` up to a bound.
 * Nothing else in the provider repeats a request, so a call that uses `once` is sent once.
 */
import { KeywrightError } from '../../core/diagnostic.ts'
import type { Secret } from '../../core/secret.ts'
import type { Millis } from '../../core/time.ts'
import { BACKOFF, jittered } from '../../io/http/backoff.ts'
import type { RequestEvent } from '../../io/http/event.ts'
import type { Limiter } from '../../io/http/limiter.ts'
import type { HttpClient, HttpRequest } from '../../io/http.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Write, WriteBudget } from './budget.ts'
import { isSettled, type Received, type Reply, readReply, type Unsent } from './reply.ts'

export interface Call {
  readonly method: HttpRequest['method']
  /** Path below the base URL with its parameters named, for events and messages: `/keys/{hash}`. */
  readonly template: string
  readonly path: string
  readonly body?: object
  /** Another secret than the management key. */
  readonly bearer?: Secret
  /** What it counts as in the budget; absent for reads. */
  readonly write?: Write
}

export interface LineParts {
  readonly http: HttpClient
  readonly token: Secret
  /** Scheme, host and port of the base URL. */
  readonly origin: string
  /** Path of the base URL, without trailing slash. */
  readonly prefix: string
  readonly clock: Clock
  readonly random: () => number
  readonly limiter: Limiter
  readonly budget: WriteBudget
  readonly onRequest?: (event: RequestEvent) => void
}

export interface Line {
  once(call: Call): Promise<Reply>
  /** A documented answer below 500. Throws `API_UNREACHABLE`, `API_RATE_LIMITED`, `API_BAD_RESPONSE` or `API_WRITE_QUOTA`, all retryable. */
  settle(call: Call): Promise<Received>
  /** Milliseconds until the writes of a new UTC day begin. */
  untilReset(): Millis
}

export function line(parts: LineParts): Line {
  return {
    once: (call) => attempt(parts, call, 1),
    settle: (call) => settle(parts, call),
    untilReset: () => parts.budget.untilReset(),
  }
}

async function settle(parts: LineParts, call: Call): Promise<Received> {
  for (let tried = 1; ; tried++) {
    const reply = await attempt(parts, call, tried)
    if (reply.kind === 'unsent') throw unsent(reply)
    if (reply.kind === 'reply' && isSettled(reply)) return reply
    if (reply.kind === 'reply' && reply.quota !== null) throw quotaUsedUp(parts, call)
    const wait = (reply.kind === 'reply' ? reply.retryAfter : null) ?? jittered(tried, parts.random)
    if (tried >= BACKOFF.tries || wait > BACKOFF.longestWait)
      throw givenUp(call, reply, { tried, origin: parts.origin })
    await parts.clock.sleep(wait)
  }
}

function attempt(parts: LineParts, call: Call, number: number): Promise<Reply> {
  return parts.limiter.run(async (ticket) => {
    const paused = parts.limiter.pausedFor()
    if (paused > BACKOFF.longestWait) return { kind: 'unsent', code: 'API_RATE_LIMITED', retryAfter: paused }
    const full = call.write === undefined ? null : parts.budget.take(call.write)
    if (full !== null) return { kind: 'unsent', code: 'API_WRITE_QUOTA', retryAfter: full }
    const reply = await exchange(parts, call, number)
    learn(parts, reply, ticket)
    return reply
  })
}

async function exchange(parts: LineParts, call: Call, number: number): Promise<Exclude<Reply, Unsent>> {
  const sentAt = parts.clock.now()
  const answer = await parts.http.send({
    method: call.method,
    path: `${parts.prefix}${call.path}`,
    bearer: call.bearer ?? parts.token,
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
  })
  const receivedAt = parts.clock.now()
  const status = answer.kind === 'answer' ? answer.status : null
  const { method, template: path } = call
  parts.onRequest?.({ method, path, status, millis: receivedAt - sentAt, attempt: number })
  return readReply(answer, sentAt, receivedAt)
}

/** Draws what is to be learned for all later requests. The quota of the day says nothing about speed. */
function learn({ limiter, budget }: LineParts, reply: Exclude<Reply, Unsent>, ticket: number): void {
  if (reply.kind === 'failed') return
  if (reply.quota !== null) budget.exhaust(reply.quota.size)
  else if (reply.status === 429) limiter.refused(ticket)
  else if (isSettled(reply)) limiter.succeeded()
  if (reply.quota === null && reply.retryAfter !== null && reply.status >= 400) limiter.pause(reply.retryAfter)
}

function unsent({ code, retryAfter }: Unsent): KeywrightError {
  const message =
    code === 'API_WRITE_QUOTA'
      ? 'the writes of this UTC day are used up; nothing was sent'
      : 'the key API asked for a long pause; nothing was sent'
  return new KeywrightError(code, { message, hint: HINTS[code], retryable: true, retryAfter })
}

function quotaUsedUp({ budget }: LineParts, { method, template }: Call): KeywrightError {
  const message = `${method} ${template}: the key API says that the writes of this UTC day are used up`
  const retryAfter = budget.untilReset()
  return new KeywrightError('API_WRITE_QUOTA', { message, hint: HINTS.API_WRITE_QUOTA, retryable: true, retryAfter })
}

function givenUp(
  { method, template }: Call,
  reply: Exclude<Reply, Unsent>,
  { tried, origin }: { readonly tried: number; readonly origin: string },
): KeywrightError {
  const code = codeOf(reply)
  const what =
    reply.kind === 'failed'
      ? `${reply.reason} at ${origin}`
      : `status ${reply.status}${reply.json === null ? ', no JSON' : ''}`
  const message = `${method} ${template}: ${what} (${tried} ${tried === 1 ? 'try' : 'tries'})`
  const asked = reply.kind === 'reply' ? reply.retryAfter : null
  return new KeywrightError(code, {
    message,
    hint: HINTS[code],
    retryable: true,
    ...(asked === null ? {} : { retryAfter: asked }),
  })
}

function codeOf(reply: Exclude<Reply, Unsent>): keyof typeof HINTS {
  if (reply.kind === 'failed' || reply.status >= 500) return 'API_UNREACHABLE'
  return reply.status === 429 ? 'API_RATE_LIMITED' : 'API_BAD_RESPONSE'
}

const HINTS = {
  API_UNREACHABLE: 'keywright census   tries network, base URL and token; then run the same command again',
  API_RATE_LIMITED: 'run the same command again later, or with --parallelism 2',
  API_BAD_RESPONSE: 'keywright census   tries the base URL and shows what answers there',
  API_WRITE_QUOTA:
    'run the same command again after 00:00 UTC, or raise writesPerDay of the provider in keywright.yaml',
} as const
