/**
 * A Vault on a real socket: tokens with policies, logins, mounts inside namespaces, and faults on demand. It shares no code with the
 * product, and answers as the server does (wire facts in `kv.ts`).
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { CERTIFICATE, PRIVATE_KEY } from './certificate.ts'
import { type Asked, answer, errors, exists, json, type Mount, mount, type Reply, type Secret2 } from './kv.ts'

export type { Mount } from './kv.ts'

/** Rights by path; a `*` at the end stands for anything. */
export type Policy = Readonly<Record<string, readonly string[]>>

export interface Seen {
  readonly method: string
  readonly url: string
  readonly token: string | null
  readonly namespace: string
  readonly body: string
}

/** What happens instead of an answer, or (`late`) after the request had its effect. */
export type Fault =
  | { readonly reply: Reply; readonly late?: boolean }
  | { readonly cut: true; readonly late?: boolean }
  | { readonly hang: true }

export interface Token {
  readonly policy: Policy | 'root'
  /** Without the policy `default` a token cannot look at itself. */
  readonly hasDefault: boolean
}

export interface FakeVault {
  readonly address: string
  readonly seen: Seen[]
  readonly tokens: Map<string, Token>
  /** By path of the auth mount; the policy of a good login, else `null`. */
  readonly logins: Map<string, (body: Record<string, unknown>) => Policy | 'root' | null>
  leaseSeconds: number
  /** By namespace and mount, such as `team-a/secret`. */
  readonly mounts: Map<string, Mount>
  /** Asked for each request with its number, from 1. */
  fault: (seen: Seen, count: number) => Fault | null
  /** Between a request and its work, for races. */
  before: (seen: Seen) => void
  close(): void
}

export const ROOT = 'hvs.root-token-of-the-fake'

export interface FakeOptions {
  readonly secure?: boolean
}

export async function fakeVault({ secure = false }: FakeOptions = {}): Promise<FakeVault> {
  const listener: RequestListener = (request, response) => void serve(vault, request, response)
  const server = secure ? createSecureServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, listener) : createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const at = server.address()
  const port = typeof at === 'object' && at !== null ? at.port : 0
  const vault: FakeVault = {
    address: `${secure ? 'https' : 'http'}://127.0.0.1:${port}`,
    seen: [],
    tokens: new Map([[ROOT, { policy: 'root', hasDefault: true }]]),
    logins: new Map(),
    leaseSeconds: 3600,
    mounts: new Map([
      ['secret', mount(2)],
      ['kv1', mount(1)],
      ['team-a/secret', mount(2)],
    ]),
    fault: () => null,
    before: () => undefined,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
  return vault
}

async function serve(vault: FakeVault, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  const { method = '', url = '', headers } = request
  const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? null
  const seen: Seen = { method, url, token, namespace: String(headers['x-vault-namespace'] ?? ''), body }
  vault.seen.push(seen)
  const fault = vault.fault(seen, vault.seen.length)
  if (fault !== null && 'hang' in fault) return
  vault.before(seen)
  const contentType = headers['content-type'] ?? ''
  const reply = fault === null || fault.late === true ? route(vault, seen, contentType) : null
  if (fault !== null && 'cut' in fault) response.destroy()
  else send(response, fault !== null && 'reply' in fault ? fault.reply : (reply ?? errors(500)))
}

function send(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(body)
}

function route(vault: FakeVault, seen: Seen, contentType: string): Reply {
  const { pathname, searchParams: query } = new URL(seen.url, 'http://fake')
  const path = decodeURIComponent(pathname.replace(/^\/v1\//, ''))
  const body: Record<string, unknown> | null = seen.body === '' ? null : JSON.parse(seen.body)
  const login = /^auth\/(.+)\/login$/.exec(path)
  if (login) return loggedIn(vault, login[1] ?? '', body ?? {})
  const token = seen.token === null ? undefined : vault.tokens.get(seen.token)
  if (!token) return errors(403, '2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n')
  const own = ofToken(vault, { token, path, seen, body })
  if (own) return own
  const asked = { method: seen.method, query, contentType, body }
  return ofMount(vault, { token, path, namespace: seen.namespace, asked })
}

function loggedIn(vault: FakeVault, mountPath: string, body: Record<string, unknown>): Reply {
  const policy = vault.logins.get(mountPath)?.(body) ?? null
  if (policy === null) return errors(400, 'invalid role or credential')
  const token = `hvs.login-${vault.seen.length}`
  vault.tokens.set(token, { policy, hasDefault: true })
  return json(200, { auth: { client_token: token, lease_duration: vault.leaseSeconds, renewable: true } })
}

interface Self {
  readonly token: Token
  readonly path: string
  readonly seen: Seen
  readonly body: Record<string, unknown> | null
}

/** What the policy `default` allows, and where mounts are. */
function ofToken(vault: FakeVault, { token, path, seen, body }: Self): Reply | null {
  const ui = /^sys\/internal\/ui\/mounts\/(.+)$/.exec(path)
  const isOwn = ['auth/token/lookup-self', 'auth/token/revoke-self', 'sys/capabilities-self'].includes(path)
  if (isOwn && !token.hasDefault) return errors(403, 'permission denied')
  if (path === 'auth/token/lookup-self') return json(200, { data: { policies: [] } })
  if (path === 'auth/token/revoke-self') {
    vault.tokens.delete(seen.token ?? '')
    return { status: 204, body: '' }
  }
  if (path === 'sys/capabilities-self') {
    const paths = Array.isArray(body?.paths) ? body.paths.map(String) : []
    const listed = Object.fromEntries(paths.map((one) => [one, [...rightsOf(token, one)]]))
    return json(200, { ...listed, data: listed })
  }
  if (ui === null) return null
  const engine = vault.mounts.get(inNamespace(seen.namespace, ui[1] ?? ''))
  if (!engine || !token.hasDefault) return errors(403, 'preflight capability check returned 403')
  return json(200, { data: { type: 'kv', options: { version: String(engine.version) } } })
}

function inNamespace(namespace: string, path: string): string {
  return namespace === '' ? path : `${namespace}/${path}`
}

interface OfMount {
  readonly token: Token
  readonly path: string
  readonly namespace: string
  readonly asked: Omit<Asked, 'path'>
}

function ofMount({ mounts }: FakeVault, { token, path, namespace, asked }: OfMount): Reply {
  const whole = inNamespace(namespace, path)
  const found = [...mounts].find(([name]) => whole.startsWith(`${name}/`))
  if (!found) return errors(404, `no handler for route "${path}". route entry not found.`)
  const [name, engine] = found
  const below = whole.slice(name.length + 1)
  const rights = rightsOf(token, path)
  if (!rights.has('root') && !rights.has(needed(engine, asked.method, below))) return errors(403, 'permission denied')
  return answer(engine, { ...asked, path: below })
}

function needed(engine: Mount, method: string, below: string): string {
  if (method === 'POST') return exists(engine, below) ? 'update' : 'create'
  return { GET: 'read', PATCH: 'patch', DELETE: 'delete' }[method] ?? 'sudo'
}

/** The longest rule that matches decides. */
function rightsOf({ policy }: Token, path: string): ReadonlySet<string> {
  if (policy === 'root') return new Set(['root'])
  const rules = Object.entries(policy).filter(([rule]) =>
    rule.endsWith('*') ? path.startsWith(rule.slice(0, -1)) : rule === path,
  )
  const [best] = rules.sort(([a], [b]) => b.length - a.length)
  return new Set(best?.[1] ?? ['deny'])
}

/** The live fields of a version 2 secret; `null` when it has none. */
export function fieldsOf(vault: FakeVault, path: string, at = 'secret'): Record<string, unknown> | null {
  const engine = vault.mounts.get(at)
  if (engine?.version === 1) return JSON.parse(engine.bodies.get(path) ?? 'null')
  const latest = engine?.secrets.get(path)?.versions.at(-1)
  return !latest || latest.deleted || latest.destroyed ? null : JSON.parse(latest.data)
}

export function secretAt(vault: FakeVault, path: string, at = 'secret'): Secret2 | undefined {
  return vault.mounts.get(at)?.secrets.get(path)
}

/** An outsider's new version of a secret, from JSON text or fields. */
export function seed(vault: FakeVault, path: string, fields: object | string, at = 'secret'): void {
  const engine = vault.mounts.get(at)
  const data = typeof fields === 'string' ? fields : JSON.stringify(fields)
  if (engine?.version === 1) engine.bodies.set(path, data)
  const secret = engine?.secrets.get(path) ?? { versions: [], custom: {} }
  secret.versions.push({ data, deleted: false, destroyed: false })
  engine?.secrets.set(path, secret)
}
