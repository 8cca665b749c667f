import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { FaultKind } from './faults.ts'

/** One request as an emulated API sees it. `path` is below the API's prefix and without trailing slash, e.g. `/keys/{64 hex}`. */
export interface ApiCall {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly authorization: string | undefined
  readonly userAgent: string
  /** All of them, under lower-case names. */
  readonly headers: IncomingHttpHeaders
  /** As text, empty when there was none. */
  readonly body: string
}

export interface Reply {
  readonly status: number
  /** A list is sent as several lines of the same name. */
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body: string
}

/** One API served by the emulator: its routes, its error shapes and the faults that only it can play. */
export interface EmulatedApi {
  /** Cut off from paths, without trailing slash, e.g. `/api/v1`. Paths below it are this API's. */
  readonly prefix: string
  /** Where its paths begin, if not at `prefix`: an API without a prefix still owns only what is below this. */
  readonly home?: string
  /** Answers and commits in one synchronous step. `fault` is a kind that changes the answer itself (pages). */
  handle(call: ApiCall, fault: FaultKind | null): Reply
  /** For counting: the path with its parameters named, e.g. `/keys/{hash}`; null for an unknown route. */
  template(call: ApiCall): string | null
  /** Whether a fault kind makes sense for this request (page faults only on lists). */
  suits(kind: FaultKind, call: ApiCall): boolean
  /** In the API's own error shape. 404 for unknown routes, 429, 500, 503. A message of its own is for kinds that only this API suits. */
  failure(status: number, headers?: Readonly<Record<string, string>>, message?: string): Reply
}

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

/** What a content delivery network answers in the API's place. */
export function networkErrorPage(): Reply {
  const body =
    '<!DOCTYPE html>\n<html><head><title>503 Service Temporarily Unavailable</title></head>' +
    '<body><center><h1>503 Service Temporarily Unavailable</h1></center><hr><center>cloudflare</center></body></html>\n'
  return { status: 503, headers: { 'content-type': 'text/html; charset=UTF-8', server: 'cloudflare' }, body }
}

/** Adds fields nobody has heard of at the top, in `data`, and in each element of `data` or of a list at the top. Only JSON is changed. */
export function withExtraFields(reply: Reply): Reply {
  if (reply.headers['content-type'] !== 'application/json') return reply
  const body = JSON.parse(reply.body) as { data?: object | object[] } | object[]
  const extra = { x_unknown: { since: 'tomorrow', values: [1, null] } }
  if (Array.isArray(body)) return { ...reply, body: JSON.stringify(body.map((each) => ({ ...each, ...extra }))) }
  if (Array.isArray(body.data)) body.data = body.data.map((each) => ({ ...each, ...extra }))
  else if (body.data !== undefined) body.data = { ...body.data, ...extra }
  return { ...reply, body: JSON.stringify({ ...body, ...extra }) }
}

const BODY_LIMIT = 1_048_576

/** The body as text. More than 1 MiB comes back cut, which no longer parses. Rejects when the client goes away first. */
export function readBody(request: IncomingMessage): Promise<string> {
  if (request.method === 'GET' || request.headers['content-length'] === '0') return Promise.resolve('')
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      if (length < BODY_LIMIT) chunks.push(chunk)
      length += chunk.length
    })
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8', 0, BODY_LIMIT)))
    request.on('close', () => reject(new Error('the client went away')))
  })
}

/** `now` (milliseconds) becomes the `Date` header, so that clients see the emulator's clock. */
export function send(response: ServerResponse, reply: Reply, now: number): void {
  response.writeHead(reply.status, {
    date: new Date(now).toUTCString(),
    ...reply.headers,
    'content-length': Buffer.byteLength(reply.body),
  })
  response.end(reply.body)
}
