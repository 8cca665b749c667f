/**
 * HTTP to one origin over undici: keep-alive, one request per connection at a time, no redirects, no retries, no compression.
 *
 * `send` puts a request on the wire at most once. undici 7 re-sends nothing by itself unless its retry interceptor is installed or
 * pipelining is above 1 (read in its 7.30 source, client-h1.js, 2026-11; `test/providers/http.test.ts` counts the requests).
 * What went wrong is told by error codes, never by messages of others: those could hold parts of a request.
 */
import type { Pool } from 'undici'
import type { Secret } from '../core/secret.ts'

/** The last two are those of Terraform's http protocol. */
export type HttpMethod = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE' | 'LOCK' | 'UNLOCK'

export interface HttpRequest {
  readonly method: HttpMethod
  /** With query, from `/` on. Never holds a credential. */
  readonly path: string
  readonly bearer?: Secret
  /** User name and password, instead of a bearer. */
  readonly basic?: { readonly user: string; readonly password: Secret }
  /** By lowercase name; takes the place of those that are sent anyway. Never a credential. */
  readonly headers?: Readonly<Record<string, string>>
  /** JSON text. */
  readonly body?: string
}

export type Exchange =
  | {
      readonly kind: 'answer'
      readonly status: number
      /** First value of a header by its lowercase name. */
      readonly header: (name: string) => string | null
      readonly body: string
    }
  /** No whole answer. The request may or may not have had its effect. */
  | { readonly kind: 'failed'; readonly reason: string }

export interface HttpClient {
  /** Sends once. Never throws for what the network does. */
  send(request: HttpRequest): Promise<Exchange>
  /** Waits for open requests and closes all connections. */
  close(): Promise<void>
}

export interface HttpOptions {
  /** Scheme, host and port. */
  readonly origin: string
  readonly connections: number
  /** For connecting, headers and body together. Real time: it guards a real socket. */
  readonly timeoutMillis: number
  /** Longer answers are given up; 8 MiB by default. */
  readonly maxBytes?: number
  /** PEM text: the only authorities that are trusted, instead of those of this machine. */
  readonly ca?: string
  /** PEM texts: who we are to a server that asks for a certificate. */
  readonly certificate?: { readonly cert: string; readonly key: Secret }
  /** The name that the certificate of the server has to be for, instead of the host. */
  readonly servername?: string
}

const MAX_BYTES = 8 * 1024 * 1024

/** Opens nothing yet: undici is loaded and connections are made by the first request. */
export function httpClient(options: HttpOptions): HttpClient {
  let pool: Promise<Pool> | null = null
  return {
    async send(request) {
      pool ??= openPool(options)
      return exchange(await pool, request, options)
    },
    async close() {
      if (pool !== null) await (await pool).close()
    },
  }
}

async function openPool({ origin, connections, timeoutMillis, ...tls }: HttpOptions): Promise<Pool> {
  const undici = await import('undici')
  return new undici.Pool(origin, {
    connections,
    pipelining: 1,
    connect: { timeout: timeoutMillis, ...tlsOf(tls) },
    headersTimeout: timeoutMillis,
    bodyTimeout: timeoutMillis,
  })
}

function tlsOf({ ca, certificate, servername }: Pick<HttpOptions, 'ca' | 'certificate' | 'servername'>) {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate.cert, key: certificate.key.expose() }),
    ...(servername === undefined ? {} : { servername }),
  }
}

async function exchange(pool: Pool, request: HttpRequest, options: HttpOptions): Promise<Exchange> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), options.timeoutMillis)
  try {
    const { method, path, body = null } = request
    const answer = await pool.request({ method, path, body, headers: headersOf(request), signal: deadline.signal })
    const text = await readCapped(answer.body, options.maxBytes ?? MAX_BYTES)
    if (text === null) return { kind: 'failed', reason: 'the answer is too large' }
    return { kind: 'answer', status: answer.statusCode, header: (name) => first(answer.headers[name]), body: text }
  } catch (error) {
    return { kind: 'failed', reason: deadline.signal.aborted ? 'no answer in time' : reasonOf(error) }
  } finally {
    clearTimeout(timer)
  }
}

function headersOf({ bearer, basic, body, headers }: HttpRequest): Record<string, string> {
  return {
    accept: 'application/json',
    'accept-encoding': 'identity',
    'user-agent': 'keywright',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
    ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer.expose()}` }),
    ...(basic === undefined ? {} : { authorization: `Basic ${base64(`${basic.user}:${basic.password.expose()}`)}` }),
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

/** The body as text, or `null` once it exceeds the cap; leaving the loop early destroys the connection. */
async function readCapped(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > maxBytes) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function first(value: string | readonly string[] | undefined): string | null {
  return (typeof value === 'string' ? value : value?.[0]) ?? null
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code)
    ? `connection failed (${code})`
    : 'connection failed'
}
