/**
 * The line to the API: every request of one provider passes here, under one gate.
 *
 * `once` sends at most one request and reports what came back, whatever it is. `settle` is for idempotent calls: it tries again after
 * broken connections, timeouts, 429, 5xx and anything that is not the API's own answer, with full jitter, honouring `Retry-After` up to a
 * bound. Nothing else in the provider repeats a request.
 *
 * Ten refused credentials lock out the whole address, all its other clients included. So the first 401 to the managing key ends the line:
 * whatever is asked for afterwards is not sent.
 */
import { KeywrightError } from '../../core/diagnostic.ts'
import type { Secret } from '../../core/secret.ts'
import { BACKOFF, jittered } from '../../io/http/backoff.ts'
import type { RequestEvent } from '../../io/http/event.ts'
import type { Gate } from '../../io/http/gate.ts'
import type { HttpClient, HttpRequest } from '../../io/http.ts'
import type { Clock } from '../../ports/clock.ts'
import { unauthorized } from './refusal.ts'
import { type Failed, isSettled, type Received, type Reply, readReply, type Unsent } from './reply.ts'

export interface Call {
  readonly method: HttpRequest['method']
  /** Path with its parameters named, for events and messages: `/v1/api-keys/{id}`. */
  readonly template: string
  readonly path: string
  readonly body?: object
  /** Another secret than the managing key. */
  readonly bearer?: Secret
  /** Which limit of the API it falls under beside that of all requests. */
  readonly lane: Lane
}

export type Lane = 'read' | 'create' | 'rotate' | 'revoke'

export interface LineParts {
  readonly http: HttpClient
  readonly token: Secret
  /** Scheme, host and port of the base URL. */
  readonly origin: string
  /** Path of the base URL, without trailing slash. */
  readonly prefix: string
  readonly clock: Clock
  readonly random: () => number
  readonly gate: Gate
  /** Told of each 401, whoever's credential it was about. */
  readonly onUnauthorized: () => void
  readonly onRequest?: (event: RequestEvent) => void
}

export interface Line {
  once(call: Call): Promise<Reply>
  /** A documented answer below 500. Throws `API_UNREACHABLE`, `API_RATE_LIMITED`, `API_BAD_RESPONSE` (retryable), `API_UNAUTHORIZED`. */
  settle(call: Call): Promise<Received>
}

export function line(parts: LineParts): Line {
  const state: State = { ...parts, refusal: null }
  return {
    once: (call) => attempt(state, call, 1),
    settle: (call) => settle(state, call),
  }
}

interface State extends LineParts {
  /** What the API said when it refused the managing key. */
  refusal: string | null
}

async function settle(state: State, call: Call): Promise<Received> {
  for (let tried = 1; ; tried++) {
    const reply = await attempt(state, call, tried)
    if (reply.kind === 'unsent') throw unsent(reply)
    if (reply.kind === 'reply' && isSettled(reply)) return reply
    const wait = (reply.kind === 'reply' ? reply.retryAfter : null) ?? jittered(tried, state.random)
    if (tried >= BACKOFF.tries || wait > BACKOFF.longestWait) throw givenUp(call, reply, { tried, ...state })
    await state.clock.sleep(wait)
  }
}

function attempt(state: State, call: Call, number: number): Promise<Reply> {
  return state.gate.run(call.lane, async () => {
    if (state.refusal !== null) return { kind: 'unsent', why: 'refused', refusal: state.refusal }
    const paused = state.gate.pausedFor()
    if (paused > BACKOFF.longestWait) return { kind: 'unsent', why: 'paused', retryAfter: paused }
    const reply = await exchange(state, call, number)
    if (reply.kind === 'reply') learn(state, call, reply)
    return reply
  })
}

async function exchange(state: State, call: Call, number: number): Promise<Received | Failed> {
  const sentAt = state.clock.now()
  const answer = await state.http.send({
    method: call.method,
    path: `${state.prefix}${call.path}`,
    bearer: call.bearer ?? state.token,
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
  })
  const receivedAt = state.clock.now()
  const status = answer.kind === 'answer' ? answer.status : null
  const { method, template: path } = call
  state.onRequest?.({ method, path, status, millis: receivedAt - sentAt, attempt: number })
  return readReply(answer, sentAt, receivedAt)
}

/** Draws what is to be learned for all later requests. */
function learn(state: State, call: Call, reply: Received): void {
  if (reply.status === 429 || reply.status === 503) state.gate.pause(reply.retryAfter ?? 0)
  if (reply.status !== 401) return
  state.onUnauthorized()
  if (call.bearer === undefined) state.refusal = reply.refusal ?? 'status 401'
}

function unsent(reply: Unsent): KeywrightError {
  if (reply.why === 'refused') return unauthorized(`${reply.refusal}; nothing more was sent`)
  const message = 'the key API asked for a long pause; nothing was sent'
  const { retryAfter } = reply
  return new KeywrightError('API_RATE_LIMITED', { message, hint: HINTS.API_RATE_LIMITED, retryable: true, retryAfter })
}

function givenUp(
  { method, template }: Call,
  reply: Received | Failed,
  { tried, origin }: { readonly tried: number; readonly origin: string },
): KeywrightError {
  const code = codeOf(reply)
  const what =
    reply.kind === 'failed'
      ? `${reply.reason} at ${origin}`
      : `status ${reply.status}${reply.json === undefined ? ', no JSON' : ''}`
  const message = `${method} ${template}: ${what} (${tried} ${tried === 1 ? 'try' : 'tries'})`
  const asked = reply.kind === 'reply' ? reply.retryAfter : null
  return new KeywrightError(code, {
    message,
    hint: HINTS[code],
    retryable: true,
    ...(asked === null ? {} : { retryAfter: asked }),
  })
}

function codeOf(reply: Received | Failed): keyof typeof HINTS {
  if (reply.kind === 'failed' || reply.status >= 500) return 'API_UNREACHABLE'
  return reply.status === 429 ? 'API_RATE_LIMITED' : 'API_BAD_RESPONSE'
}

const HINTS = {
  API_UNREACHABLE: 'keywright census   tries network, base URL and token; then run the same command again',
  API_RATE_LIMITED: 'run the same command again later; others behind the same address share its limits',
  API_BAD_RESPONSE: 'keywright census   tries the base URL and shows what answers there',
} as const
