import type { ApiCall, Reply } from '../exchange.ts'
import { failure } from './envelope.ts'
import type { AuthKind, Lockout } from './lockout.ts'
import type { Held } from './scopes.ts'
import { refusalOf, type StoredKey } from './stored-key.ts'
import { findBySecret, nowMicros, type World } from './world.ts'

/** Who asks. A key speaks for its own project only; the internal secret for the project it names, or for none. */
export type Caller =
  | { readonly kind: 'key'; readonly key: StoredKey }
  | { readonly kind: 'internal'; readonly project: string | null }

export type Admission =
  | { readonly kind: 'admitted'; readonly caller: Caller }
  | { readonly kind: 'refused'; readonly reply: Reply }

export interface Gate {
  readonly world: World
  readonly lockout: Lockout
  /** Then every bearer that is no key goes to the identity provider, which knows nobody here. */
  readonly hasOidc: boolean
}

export function projectOf(caller: Caller): string | null {
  return caller.kind === 'key' ? caller.key.project_id : caller.project
}

export function environmentOf(caller: Caller): string | null {
  return caller.kind === 'key' ? caller.key.environment_id : null
}

export function scopesOf(caller: Caller): Held {
  return caller.kind === 'key' ? caller.key.scopes : null
}

/** The internal secret belongs to every organization. */
export function isOfOrg(caller: Caller, org: string): boolean {
  return caller.kind === 'internal' || caller.key.org_id === org
}

/** Bearers that begin with `strait_` are keys, everything else is a try at the internal secret. Locked out callers are not even looked at. */
export function authenticate(gate: Gate, call: ApiCall): Admission {
  const header = call.authorization ?? ''
  const kind: AuthKind = header.startsWith('Bearer strait_') ? 'api_key' : 'internal_secret'
  if (kind === 'internal_secret' && gate.hasOidc && header.startsWith('Bearer '))
    return refused(failure(401, 'invalid bearer token'))
  const now = gate.world.clock.now()
  const left = gate.lockout.left(kind, now)
  if (left > 0) return refused(lockedOut(left))
  const admission = kind === 'api_key' ? byKey(gate.world, header) : bySecret(gate.world, call)
  if (admission.kind === 'refused') gate.lockout.fail(kind, now)
  else gate.lockout.succeed(kind)
  return admission
}

function byKey(world: World, header: string): Admission {
  const key = findBySecret(world, header.slice('Bearer '.length))
  const refusal = key === undefined ? 'invalid api key' : refusalOf(key, nowMicros(world))
  if (key === undefined || refusal !== null) return refused(failure(401, refusal ?? ''))
  return { kind: 'admitted', caller: { kind: 'key', key } }
}

function bySecret(world: World, call: ApiCall): Admission {
  const bearer = /^bearer (.+)$/i.exec(call.authorization?.trim() ?? '')?.[1]?.trim()
  const secret = textOf(call.headers['x-internal-secret']) || bearer
  if (secret !== world.account.internalSecret) return refused(failure(401, 'invalid or missing internal secret'))
  const project = textOf(call.headers['x-project-id']).trim() || call.query.get('project_id') || null
  return { kind: 'admitted', caller: { kind: 'internal', project } }
}

function refused(reply: Reply): Admission {
  return { kind: 'refused', reply }
}

/** Whole seconds, so the last one says 0. */
function lockedOut(millis: number): Reply {
  const seconds = Math.floor(millis / 1000)
  const words = seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
  return failure(429, `too many failed authentication attempts; retry after ${words}`, {
    headers: { 'retry-after': String(seconds) },
  })
}

function textOf(header: string | readonly string[] | undefined): string {
  return typeof header === 'string' ? header : ''
}
