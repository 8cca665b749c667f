/** One request to an address that may itself be a secret: no message and no log holds more of it than its host. */
import { judgeUrl } from '../../core/config/url.ts'
import type { Secret } from '../../core/secret.ts'
import { httpClient } from '../../io/http.ts'

export interface Address {
  readonly origin: string
  readonly path: string
  readonly host: string
}

const PATIENCE = 10_000

/** `null` when the text is no plain `https://` address (or `http://` of this machine). A query is allowed here: capability URLs have them. */
export function addressOf(text: string): Address | null {
  const [plain = '', query] = text.split('?', 2)
  const judged = judgeUrl(plain)
  if ('wrong' in judged || (query !== undefined && !/^[\w.~%=&+-]*$/.test(query))) return null
  const { scheme, host, port, loopback } = judged.url
  if (scheme === 'http' && !loopback) return null
  const origin = `${scheme}://${host}:${port}`
  const path = plain.replace(/^https?:\/\/[^/]*/i, '') || '/'
  return { origin, path: query === undefined ? path : `${path}?${query}`, host: hostOf({ scheme, host, port }) }
}

/** The address that a secret holds. */
export function secretAddress(secret: Secret): Address | null {
  return addressOf(secret.expose())
}

function hostOf({
  scheme,
  host,
  port,
}: {
  readonly scheme: string
  readonly host: string
  readonly port: number
}): string {
  return port === (scheme === 'https' ? 443 : 80) ? host : `${host}:${port}`
}

/** Whether something may be sent there: a default, this machine, or what KEYWRIGHT_ALLOW_HOSTS lists. */
export function isPermitted({ host }: Address, allowHosts: string | undefined, known: readonly string[]): boolean {
  const name = host.replace(/:\d+$/, '')
  const loopback = name === 'localhost' || name === '[::1]' || /^127\./.test(name)
  const allowed = (allowHosts ?? '').split(',').map((entry) => entry.trim().toLowerCase())
  return loopback || known.includes(host) || allowed.includes(host)
}

export interface Request {
  readonly method: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Sends once. `null` for an answer of 2xx, else what went wrong. */
export async function send({ origin, path, host }: Address, request: Request): Promise<string | null> {
  const client = httpClient({ origin, connections: 1, timeoutMillis: PATIENCE, maxBytes: 64 * 1024 })
  try {
    const answer = await client.send({ ...request, path })
    if (answer.kind === 'failed') return `${host}: ${answer.reason}`
    return answer.status >= 200 && answer.status < 300 ? null : `${host} answered ${answer.status}`
  } finally {
    await client.close()
  }
}
