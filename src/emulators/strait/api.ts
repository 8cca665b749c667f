import type { ApiCall, EmulatedApi, Reply } from '../exchange.ts'
import { authenticate, type Caller, type Gate, projectOf, scopesOf } from './auth.ts'
import { createKey, type Handling } from './create.ts'
import { failure, plain, tooMany } from './envelope.ts'
import { MINUTE } from './instants.ts'
import { type Counted, type LimitedRoute, type Limits, rateHeaders } from './limits.ts'
import { listExpiring, listKeys } from './list.ts'
import { revokeKey, rotateKey } from './rotate.ts'
import { holds } from './scopes.ts'
import type { StoredKey } from './stored-key.ts'
import type { Verdict } from './windows.ts'
import { commit, nowMicros } from './world.ts'

interface Route {
  readonly method: string
  readonly template: string
  readonly path: RegExp
  readonly handle: (handling: Handling) => Reply
  /** Its counter, where it has one. */
  readonly counted?: LimitedRoute
}

const KEYS = '/v1/api-keys'
const ID = '([^/]+)'

/** Literal paths before those with a parameter. */
const ROUTES: readonly Route[] = [
  route('GET', KEYS, { handle: listKeys }),
  route('POST', KEYS, { handle: createKey, counted: 'create' }),
  route('GET', `${KEYS}/expiring-soon`, { handle: listExpiring }),
  route('DELETE', `${KEYS}/{id}`, { handle: revokeKey, counted: 'revoke' }),
  route('POST', `${KEYS}/{id}/rotate`, { handle: rotateKey, counted: 'rotate' }),
]

function route(method: string, template: string, more: Pick<Route, 'handle' | 'counted'>): Route {
  return { method, template, path: new RegExp(`^${template.replace('{id}', ID)}$`), ...more }
}

export interface StraitServer extends Gate {
  readonly limits: Limits
  readonly allowPrivate: boolean
  readonly onIssue: (secret: string) => void
}

/**
 * Strait's key API as its server source of 2026-07-06 has it. A request passes, in this order: the counter per address, authentication, what it
 * accepts and sends, the counter of its key, the router, its scope, the counter of its route, and then its handler.
 */
export function straitApi(server: StraitServer): EmulatedApi {
  const touched = new Map<string, number>()
  let requests = 0
  return {
    prefix: '',
    home: '/v1',
    handle(call) {
      requests += 1
      const counted: Counted = { global: null, key: null, route: null, isBuffered: false }
      const reply = passGlobal({ server, call, counted, touched })
      return finished(reply, counted, requests)
    },
    template: (call) => (findRoute(call) ?? ROUTES.find(({ path }) => path.test(call.path)))?.template ?? null,
    suits: (kind) => !kind.startsWith('page-'),
    failure(status, headers = {}, message) {
      if (message !== undefined) return throttled(status, headers, message)
      return status === 429 ? tooMany(headers) : failure(status, 'not found', { headers })
    },
  }
}

/** One request on its way in. */
interface Passage {
  readonly server: StraitServer
  readonly call: ApiCall
  readonly counted: Counted
  /** When each key was last marked as used, in microseconds. */
  readonly touched: Map<string, number>
}

/** The header of a refusal; null when the counter lets it pass, or does not apply. */
function refusalBy(verdict: Verdict | null): { readonly 'retry-after': string } | null {
  return verdict === null || verdict.passes ? null : { 'retry-after': String(verdict.window) }
}

function passGlobal(passage: Passage): Reply {
  const { server, call, counted } = passage
  counted.global = server.limits.global(server.world.clock.now())
  const refusal = refusalBy(counted.global)
  if (refusal !== null) return tooMany(refusal)
  const admission = authenticate(server, call)
  if (admission.kind === 'refused') return admission.reply
  const { caller } = admission
  if (caller.kind === 'key') touch(passage, caller.key)
  return mediaRefusal(call) ?? passProject(passage, caller)
}

function passProject(passage: Passage, caller: Caller): Reply {
  const { server, call, counted } = passage
  counted.isBuffered = projectOf(caller) !== null
  if (caller.kind === 'key') counted.key = server.limits.key(caller.key, server.world.clock.now())
  const refusal = refusalBy(counted.key)
  if (refusal !== null) return failure(429, 'rate limit exceeded', { headers: refusal })
  const found = findRoute(call)
  if (found !== undefined) return passRoute(passage, caller, found)
  const isKnown = ROUTES.some(({ path }) => path.test(call.path))
  return isKnown ? { status: 405, headers: {}, body: '' } : plain(404, '404 page not found')
}

const SCOPE = 'api-keys:manage'

function passRoute({ server, call, counted }: Passage, caller: Caller, { handle, path, counted: name }: Route): Reply {
  if (!holds(scopesOf(caller), SCOPE)) return failure(403, `insufficient permissions: requires ${SCOPE}`)
  if (name !== undefined) counted.route = server.limits.route(name, server.world.clock.now())
  const refusal = refusalBy(counted.route)
  if (refusal !== null) return tooMany(refusal)
  const { world, allowPrivate, onIssue } = server
  return handle({ world, call, caller, keyId: path.exec(call.path)?.[1] ?? '', allowPrivate, onIssue })
}

function findRoute(call: ApiCall): Route | undefined {
  return ROUTES.find(({ method, path }) => method === call.method && path.test(call.path))
}

/** Marks a key as used, at most once a minute, whatever becomes of the request. */
function touch({ server: { world }, touched }: Passage, { id }: StoredKey): void {
  const now = nowMicros(world)
  const last = touched.get(id)
  if (last !== undefined && now - last < MINUTE) return
  touched.set(id, now)
  commit(world, [{ op: 'change', id, changes: { last_used_at: now } }])
}

const WITH_BODY = ['POST', 'PUT', 'PATCH']
const SERVED = ['*/*', 'application/json', 'application/*', 'application/x-ndjson', 'text/csv']

/** 406 where only other types are accepted; 415 where a body is sent as another type, or a type is named that is another. */
function mediaRefusal({ method, headers }: ApiCall): Reply | null {
  const accept = headers.accept ?? ''
  const isServed = accept === '' || accept.split(',').some((part) => SERVED.includes(mediaType(part)))
  if (!isServed) return failure(406, 'this API only serves application/json')
  const type = headers['content-type'] ?? ''
  const hasBody = Number(headers['content-length'] ?? 0) > 0
  if (!WITH_BODY.includes(method) || (!hasBody && type === '') || mediaType(type) === 'application/json') return null
  return failure(415, 'Content-Type must be application/json')
}

function mediaType(text: string): string {
  return text.split(';')[0]?.trim() ?? ''
}

function throttled(status: number, headers: Readonly<Record<string, string>>, message: string): Reply {
  return failure(status, message, { headers, details: [`retry_after_seconds=${headers['retry-after'] ?? '1'}`] })
}

/** Headers that every answer has, and in errors the number of the request. */
function finished(reply: Reply, counted: Counted, request: number): Reply {
  const isEnvelope = reply.status >= 400 && reply.headers['content-type'] === 'application/json'
  const requestId = `,"request_id":"emulator-${String(request).padStart(6, '0')}"}`
  return {
    status: reply.status,
    headers: { 'x-api-version': 'v1', 'cache-control': 'no-store', ...rateHeaders(counted), ...reply.headers },
    body: isEnvelope ? `${reply.body.slice(0, -1)}${requestId}` : reply.body,
  }
}
