/** Tokens for GitHub: one that is given, or those of the installations of an app, which live for an hour and are revoked at the end. */
import { createPrivateKey, sign } from 'node:crypto'
import { GITHUB_TOKEN_VARIABLE, type GithubAuth } from '../../core/git-host-kinds.ts'
import { Secret } from '../../core/secret.ts'
import { MINUTE, SECOND } from '../../core/time.ts'
import { isObject } from '../../io/http/json.ts'
import type { Clock } from '../../ports/clock.ts'
import type { SinkContext } from '../context.ts'
import { credentialFrom, USABLE } from '../credential.ts'
import { denied } from '../refusal.ts'
import type { RestLine } from '../rest-line.ts'
import type { Home } from './home.ts'

export interface Tokens {
  tokenFor(home: Home): Promise<Secret>
  /** Revokes what was given to an app, as well as it can. */
  close(): Promise<void>
}

export interface TokenParts {
  readonly auth: GithubAuth
  readonly context: SinkContext
  readonly clock: Clock
  readonly line: RestLine
}

export function tokens(parts: TokenParts): Tokens {
  const { auth, context } = parts
  if (auth.kind === 'app') return installations(parts, auth)
  return { tokenFor: () => givenToken(auth, context), close: async () => undefined }
}

async function givenToken({ token }: Extract<GithubAuth, { kind: 'token' }>, context: SinkContext): Promise<Secret> {
  const found = await credentialFrom(token ?? { env: GITHUB_TOKEN_VARIABLE }, context)
  const { GITHUB_ACTIONS, GITHUB_TOKEN } = context.env
  if (GITHUB_ACTIONS !== 'true' || GITHUB_TOKEN === undefined || found.expose() !== GITHUB_TOKEN) return found
  const message = `the sink ${context.name} was given the GITHUB_TOKEN of this workflow, which cannot write secrets whatever its permissions`
  throw denied(
    message,
    'auth: { kind: app, appId: ID, privateKey: { env: NAME } }   or a fine-grained token as a secret of its own',
  )
}

interface Held {
  readonly token: Secret
  readonly renewAt: number
}

/** One token for each owner whose places are written: an installation is of one account. */
function installations(parts: TokenParts, auth: Extract<GithubAuth, { kind: 'app' }>): Tokens {
  const held = new Map<string, Promise<Held>>()
  const obtain = (home: Home): Promise<Held> => {
    const asked = installationToken(parts, auth, home).catch((error: unknown) => {
      if (held.get(home.owner) === asked) held.delete(home.owner)
      throw error
    })
    held.set(home.owner, asked)
    return asked
  }
  return {
    async tokenFor(home) {
      const was = await (held.get(home.owner) ?? obtain(home))
      return parts.clock.now() < was.renewAt ? was.token : (await obtain(home)).token
    },
    async close() {
      for (const asked of held.values()) {
        const last = await asked.catch(() => null)
        const revoke = { method: 'DELETE', path: '/installation/token' } as const
        if (last) await parts.line.once({ ...revoke, bearer: last.token }).catch(() => undefined)
      }
    },
  }
}

const PEM = /^-----BEGIN (?:RSA )?PRIVATE KEY-----[\s\S]+-----END (?:RSA )?PRIVATE KEY-----$/

async function installationToken(
  { context, clock, line }: TokenParts,
  { appId, privateKey }: Extract<GithubAuth, { kind: 'app' }>,
  home: Home,
): Promise<Held> {
  const key = await credentialFrom(privateKey, context, PEM)
  const bearer = proofOf(appId, key, { clock, name: context.name })
  const found = await line.ask({ method: 'GET', path: home.installation, bearer })
  const id = isObject(found.json) ? found.json.id : undefined
  if (found.status !== 200 || typeof id !== 'number') {
    const message = `the sink ${context.name}: the app ${appId} is not known, or not installed at ${home.owner} (status ${found.status})`
    throw denied(message, `install it: https://github.com/organizations/${home.owner}/settings/installations`)
  }
  const given = await line.ask({ method: 'POST', path: `/app/installations/${id}/access_tokens`, body: '{}', bearer })
  const token = isObject(given.json) ? given.json.token : undefined
  if (given.status !== 201 || typeof token !== 'string' || !USABLE.test(token))
    throw denied(
      `the sink ${context.name}: the app ${appId} was given no token (status ${given.status})`,
      'is its installation suspended?',
    )
  return { token: Secret.of(token), renewAt: clock.now() + 50 * MINUTE }
}

/** A signed word of the app about itself, good for nine minutes; a clock that runs a minute fast does no harm. */
function proofOf(
  appId: string,
  key: Secret,
  { clock, name }: { readonly clock: Clock; readonly name: string },
): Secret {
  const now = Math.floor(clock.now() / SECOND)
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iat: now - 60, exp: now + 540, iss: appId })}`
  try {
    return Secret.of(
      `${text}.${sign('RSA-SHA256', Buffer.from(text), createPrivateKey(key.expose())).toString('base64url')}`,
    )
  } catch {
    throw denied(
      `the sink ${name} cannot sign with the private key of its app`,
      'a private key as GitHub generates it: a PEM file',
    )
  }
}
