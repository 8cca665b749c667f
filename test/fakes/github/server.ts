/**
 * The secrets of a GitHub, as its REST API serves them (docs.github.com, API version 2022-11-28, read 2026-11). Sealed values are opened
 * with libsodium itself, which the product does not use; one that cannot be opened is refused as GitHub refuses it.
 */
import { createVerify } from 'node:crypto'
import sodium from 'libsodium-wrappers'
import { type Asked, json, NOTHING, type Reply, type Web, type WebOptions, web } from '../web.ts'

export interface HeldSecret {
  value: string
  readonly createdAt: string
  updatedAt: string
  /** Of organisations. */
  visibility: 'all' | 'private' | 'selected' | null
  selected: number[]
}

interface SealKey {
  readonly id: string
  readonly pair: { readonly publicKey: Uint8Array; readonly privateKey: Uint8Array }
}

export interface Token {
  /** `none`: a GITHUB_TOKEN, which never has the permission `secrets`. */
  readonly secrets: 'write' | 'read' | 'none'
  /** What `repository_dispatch` needs. */
  readonly contents?: 'write'
  /** Needs to be authorised for the single sign-on of the organisation first. */
  readonly sso?: boolean
}

export interface FakeGithub extends Web {
  readonly apiUrl: string
  readonly tokens: Map<string, Token>
  /** By lower-case path of a place's home, such as `repos/acme/app/actions/secrets`; names in upper case. */
  readonly homes: Map<string, Map<string, HeldSecret>>
  readonly repositories: Set<string>
  readonly environments: Set<string>
  readonly organisations: Set<string>
  readonly keys: Map<string, SealKey>
  /** An app: its public key, and owners where it is installed. */
  app: { readonly id: string; readonly publicKey: string; readonly installed: readonly string[] } | null
  /** Events that repositories got. */
  readonly dispatched: { readonly repository: string; readonly event: unknown; readonly payload: unknown }[]
  /** Seconds since the fake began: each change takes one. */
  changes: number
}

export const WRITER = 'github_pat_writer_of_the_fake'

export async function fakeGithub(options: WebOptions = {}): Promise<FakeGithub> {
  await sodium.ready
  const server = await web((asked) => route(github, asked), options)
  const github: FakeGithub = Object.assign(server, {
    apiUrl: `${server.origin}/api/v3`,
    tokens: new Map<string, Token>([[WRITER, { secrets: 'write' }]]),
    homes: new Map(),
    repositories: new Set(['acme/app']),
    environments: new Set(['acme/app/production', 'acme/app/review/one']),
    organisations: new Set(['acme']),
    keys: new Map(),
    app: null,
    dispatched: [],
    changes: 0,
  })
  return github
}

/** GitHub replaces the key that secrets of one place are sealed with. */
export function rotateKey(github: FakeGithub, home: string): SealKey {
  github.changes += 1
  const key = { id: `5682501672425${github.changes}`, pair: sodium.crypto_box_keypair() }
  github.keys.set(home, key)
  return key
}

export function secretIn({ homes }: FakeGithub, home: string, name: string): HeldSecret | undefined {
  return homes.get(home)?.get(name)
}

/** An outsider's hand. */
export function put(github: FakeGithub, home: string, change: Partial<HeldSecret> & { readonly name: string }): void {
  const { name, ...rest } = change
  const when = instant(github)
  const all = github.homes.get(home) ?? new Map<string, HeldSecret>()
  const held = all.get(name)
  const visibility = home.startsWith('orgs/') ? ('private' as const) : null
  all.set(name, { value: '', createdAt: when, visibility, selected: [], ...held, ...rest, updatedAt: when })
  github.homes.set(home, all)
}

function instant(github: FakeGithub): string {
  github.changes += 1
  return new Date(Date.UTC(2027, 0, 1) + github.changes * 1000).toISOString().replace('.000Z', 'Z')
}

const SECRETS =
  /^\/(repos\/[^/]+\/[^/]+\/(?:actions|dependabot|codespaces)|repos\/[^/]+\/[^/]+\/environments\/[^/]+|orgs\/[^/]+\/(?:actions|dependabot|codespaces))\/secrets(?:\/([^/]+))?(?:\/(repositories))?$/

function route(github: FakeGithub, asked: Asked): Reply {
  const path = asked.path.replace(/^\/api\/v3/, '')
  const name = (asked.headers.authorization ?? '').replace(/^(?:Bearer|token) /i, '')
  const ofApp = appRoute(github, { path, name, asked })
  if (ofApp) return ofApp
  const token = github.tokens.get(name)
  if (!token) return json(401, { message: 'Bad credentials', documentation_url: 'https://docs.github.com/rest' })
  const dispatch = /^\/repos\/([^/]+\/[^/]+)\/dispatches$/.exec(path)
  if (dispatch) return dispatched(github, { repository: dispatch[1] ?? '', token, asked })
  const [, base = '', secret, sub] = SECRETS.exec(path) ?? []
  if (base === '' || !isThere(github, base)) return NOT_FOUND
  if (token.sso === true)
    return json(
      403,
      { message: 'Resource protected by organization SAML enforcement.' },
      { 'x-github-sso': 'required; url=https://github.com/orgs/acme/sso' },
    )
  const isRead = asked.method === 'GET'
  if (token.secrets === 'none' || (!isRead && token.secrets === 'read'))
    return json(
      403,
      { message: 'Resource not accessible by personal access token' },
      { 'x-accepted-github-permissions': 'secrets=write' },
    )
  const home = `${decodeURIComponent(base).toLowerCase()}/secrets`
  return ofHome(github, { home, secret, sub, asked })
}

const NOT_FOUND = json(404, { message: 'Not Found', documentation_url: 'https://docs.github.com/rest' })

function isThere({ repositories, environments, organisations }: FakeGithub, base: string): boolean {
  const [kind, owner = '', repository = '', what, ...rest] = decodeURIComponent(base).toLowerCase().split('/')
  if (kind === 'orgs') return organisations.has(owner)
  const isRepository = repositories.has(`${owner}/${repository}`)
  return what === 'environments'
    ? isRepository && environments.has(`${owner}/${repository}/${rest.join('/')}`)
    : isRepository
}

interface Dispatch {
  readonly repository: string
  readonly token: Token
  readonly asked: Asked
}

function dispatched(github: FakeGithub, { repository, token, asked }: Dispatch): Reply {
  if (!github.repositories.has(repository.toLowerCase())) return NOT_FOUND
  if (token.contents !== 'write') return json(403, { message: 'Resource not accessible by personal access token' })
  const { event_type: event, client_payload: payload } = asked.json
  if (typeof event !== 'string' || event.length > 100) return json(422, { message: 'Invalid request.' })
  github.dispatched.push({ repository, event, payload })
  return NOTHING
}

interface OfHome {
  readonly home: string
  readonly secret: string | undefined
  readonly sub: string | undefined
  readonly asked: Asked
}

function ofHome(github: FakeGithub, { home, secret, sub, asked }: OfHome): Reply {
  const all = github.homes.get(home) ?? new Map<string, HeldSecret>()
  github.homes.set(home, all)
  if (secret === undefined) return json(200, { total_count: all.size, secrets: [...all].map(shown) })
  if (secret === 'public-key') {
    const { id, pair } = github.keys.get(home) ?? rotateKey(github, home)
    return json(200, { key_id: id, key: sodium.to_base64(pair.publicKey, sodium.base64_variants.ORIGINAL) })
  }
  const name = decodeURIComponent(secret).toUpperCase()
  const held = all.get(name)
  if (sub === 'repositories') return held ? selected(held, asked) : NOT_FOUND
  switch (asked.method) {
    case 'GET':
      return held ? json(200, shown([name, held])) : NOT_FOUND
    case 'PUT':
      return written(github, { home, name, asked })
    case 'DELETE':
      return all.delete(name) ? NOTHING : NOT_FOUND
    default:
      return NOT_FOUND
  }
}

function shown([name, { createdAt, updatedAt, visibility }]: readonly [string, HeldSecret]): object {
  const dates = { name, created_at: createdAt, updated_at: updatedAt }
  return visibility === null ? dates : { ...dates, visibility }
}

function selected({ selected: ids }: HeldSecret, { query }: Asked): Reply {
  const [size, page] = [Number(query.get('per_page') ?? 30), Number(query.get('page') ?? 1)]
  const shownIds = ids.slice((page - 1) * size, page * size)
  return json(200, { total_count: ids.length, repositories: shownIds.map((id) => ({ id, name: `r${id}` })) })
}

interface Write {
  readonly home: string
  readonly name: string
  readonly asked: Asked
}

function written(github: FakeGithub, { home, name, asked: { json: body } }: Write): Reply {
  const { encrypted_value: sealed, key_id: id, visibility, selected_repository_ids: ids } = body
  const bad = (message: string): Reply => json(422, { message })
  if (!/^[A-Z_][A-Z0-9_]*$/.test(name) || name.startsWith('GITHUB_'))
    return bad('Secret names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_).')
  if (typeof sealed !== 'string') return bad('Invalid request.\n\n"encrypted_value" wasn\'t supplied.')
  if (typeof id !== 'string') return bad('Invalid request.\n\n"key_id" wasn\'t supplied.')
  const isOrganisation = home.startsWith('orgs/')
  if (isOrganisation && visibility !== 'all' && visibility !== 'private' && visibility !== 'selected')
    return bad('Invalid request.\n\n"visibility" wasn\'t supplied.')
  const value = opened(github.keys.get(home), id, sealed)
  if (value === null) return bad('Bad request - validation failed due to an improperly encrypted secret')
  const isNew = !github.homes.get(home)?.has(name)
  const reach = isOrganisation
    ? { visibility: visibility as HeldSecret['visibility'], selected: Array.isArray(ids) ? ids.map(Number) : [] }
    : {}
  put(github, home, { name, value, ...reach })
  return isNew ? json(201, {}) : NOTHING
}

function opened(key: SealKey | undefined, id: string, sealed: string): string | null {
  if (!key || key.id !== id) return null
  try {
    const box = sodium.from_base64(sealed, sodium.base64_variants.ORIGINAL)
    return sodium.to_string(sodium.crypto_box_seal_open(box, key.pair.publicKey, key.pair.privateKey))
  } catch {
    return null
  }
}

interface OfApp {
  readonly path: string
  /** What came as the bearer. */
  readonly name: string
  readonly asked: Asked
}

/** Installations and their tokens, for whoever proves to be the app. */
function appRoute(github: FakeGithub, { path, name, asked }: OfApp): Reply | null {
  if (path === '/installation/token' && asked.method === 'DELETE')
    return github.tokens.delete(name) ? NOTHING : json(401, {})
  const [, owner, id] =
    /^\/(?:repos|orgs)\/([^/]+)(?:\/[^/]+)?\/installation$|^\/app\/installations\/(\d+)\/access_tokens$/.exec(path) ??
    []
  if (owner === undefined && id === undefined) return null
  const { app } = github
  if (!app || !isSignedBy(name, app)) return json(401, { message: 'A JSON web token could not be decoded' })
  if (owner !== undefined) {
    const at = app.installed.indexOf(owner)
    return at < 0 ? NOT_FOUND : json(200, { id: at + 1, app_slug: 'keys' })
  }
  const token = `ghs_installation_${id}_${github.seen.length}`
  github.tokens.set(token, { secrets: 'write' })
  return json(201, { token, expires_at: '2027-01-01T01:00:00Z' })
}

function isSignedBy(jwt: string, { id, publicKey }: { readonly id: string; readonly publicKey: string }): boolean {
  const [head = '', body = '', signature = ''] = jwt.split('.')
  const isGenuine = createVerify('RSA-SHA256').update(`${head}.${body}`).verify(publicKey, signature, 'base64url')
  const { iss, iat, exp } = isGenuine ? JSON.parse(Buffer.from(body, 'base64url').toString()) : {}
  return String(iss) === id && exp - iat <= 600
}
