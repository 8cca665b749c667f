/**
 * The line to a REST service: every request passes here with the token of its sink.
 *
 * Whatever is asked here may be repeated, so broken connections, timeouts, 429 and 5xx are tried again with full jitter, honouring
 * `Retry-After`; `once` is for what may not. Errors hold our own words and status numbers, never a text of the service.
 */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { KeywrightError } from '../core/diagnostic.ts'
import type { Secret } from '../core/secret.ts'
import { SECOND } from '../core/time.ts'
import { systemClock } from '../io/clock.ts'
import { BACKOFF, jittered, retryAfterMillis } from '../io/http/backoff.ts'
import { parseJson } from '../io/http/json.ts'
import { type Exchange, type HttpClient, type HttpRequest, httpClient } from '../io/http.ts'
import type { Clock } from '../ports/clock.ts'
import type { SinkContext } from './context.ts'
import { denied, misfit, unreachable } from './refusal.ts'

export interface RestTuning {
  readonly clock: Clock
  /** 0 <= x < 1, for the jitter between tries. */
  readonly random: () => number
  /** For one request, in real time. */
  readonly timeoutMillis: number
}

export const REST_TUNING: RestTuning = { clock: systemClock, random: Math.random, timeoutMillis: 15 * SECOND }

export interface RestCall {
  readonly method: HttpRequest['method']
  /** Below the address of the API; encoded by the caller. */
  readonly path: string
  /** JSON text. */
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Instead of the token of the sink. */
  readonly bearer?: Secret
}

export interface RestAnswer {
  readonly status: number
  readonly json: unknown
  readonly header: (name: string) => string | null
}

export interface RestLine {
  /**
   * Answers below 500 other than 429; for those, and for silence, `SINK_UNREACHABLE` after the last try. A redirect is `SINK_MISFIT`: a
   * credential never follows it.
   */
  ask(call: RestCall): Promise<RestAnswer>
  once(call: RestCall): Promise<RestAnswer>
  /** As often as it is called. */
  close(): Promise<void>
}

export interface RestParts {
  readonly context: SinkContext
  /** Address of the API, in its plainest form. */
  readonly address: string
  readonly caFile?: string | undefined
  /** Sent as a bearer token; absent where requests are signed instead. */
  readonly token?: () => Promise<Secret>
  /** Called for each try: what is sent instead, signed. */
  readonly signed?: (call: RestCall) => Promise<Pick<RestCall, 'body' | 'headers'>>
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>
  /** Milliseconds to wait if an answer says in words of its own that there were too many; `null` for all others. */
  readonly throttled?: (answer: RestAnswer, now: number) => number | null
}

/** Opens nothing yet. Throws `SINK_DENIED` for a `caFile` that cannot be read. */
export async function restLine(parts: RestParts, tuning: RestTuning): Promise<RestLine> {
  const { context, caFile } = parts
  const { origin, pathname } = new URL(parts.address)
  const ca = caFile === undefined ? {} : { ca: await authority(caFile, context) }
  const http = httpClient({ origin, connections: 4, timeoutMillis: tuning.timeoutMillis, ...ca })
  let closing: Promise<void> | null = null
  const prefix = pathname.replace(/\/+$/, '')
  const try1 = async (call: RestCall): Promise<RestAnswer | KeywrightError> =>
    judged(await send(http, { ...parts, prefix }, call), parts, tuning)
  return {
    async once(call) {
      const answer = await try1(call)
      if (answer instanceof Error) throw answer
      return answer
    },
    async ask(call) {
      for (let tried = 1; ; tried++) {
        const answer = await try1(call)
        if (!(answer instanceof Error)) return answer
        await pause(tried, answer, tuning)
      }
    },
    close() {
      closing ??= http.close()
      return closing
    },
  }
}

async function pause(tried: number, error: KeywrightError, { clock, random }: RestTuning): Promise<void> {
  const wait = error.retryAfter ?? jittered(tried, random)
  if (!error.retryable || tried >= BACKOFF.tries || wait > BACKOFF.longestWait || UNTRUSTED.test(error.message))
    throw error
  await clock.sleep(wait)
}

async function send(http: HttpClient, parts: RestParts & { readonly prefix: string }, call: RestCall) {
  const { method, path, body, headers } = { ...call, ...(await parts.signed?.(call)) }
  const bearer = call.bearer ?? (await parts.token?.())
  return http.send({
    method,
    path: `${parts.prefix}${path}` || '/',
    headers: { ...parts.headers, ...headers },
    ...(bearer === undefined ? {} : { bearer }),
    ...(body === undefined ? {} : { body }),
  })
}

function judged(exchange: Exchange, parts: RestParts, { clock }: RestTuning): RestAnswer | KeywrightError {
  const { name } = parts.context
  if (exchange.kind === 'failed') return unreachable(`the sink ${name}: ${exchange.reason}`, hintFor(exchange.reason))
  const { status, header, body } = exchange
  const answer: RestAnswer = { status, header, json: parseJson(body) }
  if (status >= 300 && status < 400) return misfit(`the sink ${name} answered ${status}: it has moved elsewhere`, MOVED)
  const throttled = parts.throttled?.(answer, clock.now()) ?? null
  if (throttled === null && status < 500 && status !== 429) return answer
  const wait = throttled ?? retryAfterMillis(header('retry-after'), clock.now())
  const why = throttled !== null || status === 429 ? ': too many requests' : ''
  return unreachable(`the sink ${name} answered ${status}${why}`, AGAIN, wait)
}

const AGAIN = 'keywright apply   a little later'
const MOVED = 'use the new name or address: in the place, or in the sink in keywright.yaml'

/** A certificate does not become better by waiting. */
const UNTRUSTED = /\([A-Z_]*(?:CERT|VERIFY|SIGNED|ISSUER|TLS|SSL|ALTNAME)[A-Z_]*\)$/

function hintFor(reason: string): string {
  return UNTRUSTED.test(reason) ? 'caFile: the PEM file of the authority of that server' : AGAIN
}

function authority(file: string, { name, root }: SinkContext): Promise<string> {
  return readFile(resolve(root, file), 'utf8').catch(() => {
    throw denied(`the sink ${name} cannot read its caFile ${file}`, `ls -l ${file}`)
  })
}
