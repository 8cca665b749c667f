/** Tokens for one Vault: one that is given, or one from a login, which is replaced in time and revoked at the end. */
import { Secret } from '../../core/secret.ts'
import { SECOND } from '../../core/time.ts'
import { SERVICE_ACCOUNT_TOKEN, VAULT_TOKEN, type VaultAuth } from '../../core/vault-kind.ts'
import { sha256OfSecret } from '../../io/digest.ts'
import { isObject } from '../../io/http/json.ts'
import type { Clock } from '../../ports/clock.ts'
import type { SinkContext } from '../context.ts'
import { credentialFrom, USABLE } from '../credential.ts'
import type { Line, Tokens } from './line.ts'
import { denied } from './refusal.ts'

export interface SessionParts {
  readonly auth: VaultAuth
  readonly context: SinkContext
  readonly clock: Clock
  /** Asked for when the first login comes. */
  readonly line: () => Line
}

export interface Session extends Tokens {
  /** Revokes what a login gave, as well as it can. */
  close(): Promise<void>
}

interface Held {
  readonly token: Secret
  /** `null`: not from a login, or without an end. */
  readonly renewAt: number | null
}

export function session(parts: SessionParts): Session {
  let held: Promise<Held> | null = null
  const fresh = (): Promise<Held> => {
    const asked: Promise<Held> = obtain(parts).catch((error: unknown) => {
      if (held === asked) held = null
      throw error
    })
    held = asked
    return asked
  }
  /** Many may ask at once; the first of them logs in. */
  const after = (was: Promise<Held>): Promise<Held> => (held === null || held === was ? fresh() : held)
  return {
    async token() {
      const was = held ?? fresh()
      const { token, renewAt } = await was
      return renewAt !== null && parts.clock.now() >= renewAt ? (await after(was)).token : token
    },
    async instead(dead) {
      const was = held ?? fresh()
      const now = await was
      if (!isSame(now.token, dead)) return now.token
      const next = await after(was)
      return isSame(next.token, dead) ? null : next.token
    },
    async close() {
      const last = await held?.catch(() => null)
      if (!last || parts.auth.kind === 'token') return
      const revoke = { method: 'POST', path: 'auth/token/revoke-self', body: '{}', token: last.token } as const
      await parts
        .line()
        .once(revoke)
        .catch(() => undefined)
    },
  }
}

/** A file or variable that is read again may hold what it held before. */
function isSame(a: Secret, b: Secret): boolean {
  return sha256OfSecret(a) === sha256OfSecret(b)
}

async function obtain({ auth, context, clock, line }: SessionParts): Promise<Held> {
  const credential = await credentialOf(auth, context)
  if (auth.kind === 'token') return { token: credential, renewAt: null }
  const path = `auth/${auth.mount ?? auth.kind}/login`
  const askedAt = clock.now()
  const answer = await line().ask({ method: 'POST', path, body: loginBody(auth, credential), token: null })
  const given = isObject(answer.json) && isObject(answer.json.auth) ? answer.json.auth : {}
  const { client_token: token, lease_duration: lease } = given
  if (answer.status !== 200 || typeof token !== 'string' || !USABLE.test(token)) {
    const message = `the sink ${context.name} refused the login at ${path} (status ${answer.status})`
    throw denied(message, HINTS[auth.kind])
  }
  const life = typeof lease === 'number' && lease > 0 ? lease * SECOND : null
  return { token: Secret.of(token), renewAt: life === null ? null : askedAt + (life * 2) / 3 }
}

const HINTS = {
  approle: 'vault read auth/approle/role/ROLE   and a new secret id',
  jwt: 'vault read auth/jwt/role/ROLE   its claims and audiences must be those of the token',
  kubernetes: 'vault read auth/kubernetes/role/ROLE   its service accounts and namespaces',
} as const

function loginBody(auth: Exclude<VaultAuth, { kind: 'token' }>, credential: Secret): string {
  if (auth.kind === 'approle') return JSON.stringify({ role_id: auth.roleId, secret_id: credential.expose() })
  return JSON.stringify({ ...(auth.role === undefined ? {} : { role: auth.role }), jwt: credential.expose() })
}

function credentialOf(auth: VaultAuth, context: SinkContext): Promise<Secret> {
  switch (auth.kind) {
    case 'token':
      return credentialFrom(auth.token ?? { env: VAULT_TOKEN }, context)
    case 'approle':
      return credentialFrom(auth.secretId, context)
    case 'jwt':
      return credentialFrom(auth.token, context)
    case 'kubernetes':
      return credentialFrom(auth.token ?? { file: SERVICE_ACCOUNT_TOKEN }, context)
    default:
      return auth satisfies never
  }
}
