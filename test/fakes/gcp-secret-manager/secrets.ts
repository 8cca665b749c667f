/**
 * Secrets and versions as Google keeps them, and what the REST API v1 makes of a request.
 *
 * Wire facts (REST reference and docs/etags, read 2026-11): a wrong etag is 400 FAILED_PRECONDITION; adding a version leaves the etag of the
 * secret; `latest` is the version made last, whatever its state; a version that is not enabled cannot be accessed; permissions of a secret
 * that is not there are none, not 404. Enums travel as numbers where `enum-encoding=int` is asked for.
 */
export interface Version {
  readonly data: string
  state: 'ENABLED' | 'DISABLED' | 'DESTROYED'
  etag: number
}

export interface StoredSecret {
  readonly labels: Readonly<Record<string, string>>
  readonly replication: unknown
  annotations: Record<string, string>
  aliases: Record<string, string>
  etag: number
  readonly versions: Version[]
}

export interface Reply {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Asked {
  readonly method: string
  /** Below `/v1/`. */
  readonly path: string
  readonly query: URLSearchParams
  readonly body: Record<string, unknown>
}

/** Permission by kind of request. */
export type Permits = (permission: string) => boolean

export function failure(status: number, word: string): Reply {
  return { status, body: JSON.stringify({ error: { code: status, message: `fake: ${word}`, status: word } }) }
}

const ok = (body: unknown): Reply => ({ status: 200, body: JSON.stringify(body) })
const STATES = { ENABLED: 1, DISABLED: 2, DESTROYED: 3 } as const

export function answer(secrets: Map<string, StoredSecret>, asked: Asked, permits: Permits): Reply {
  const made =
    /^(projects\/[^/]+(?:\/locations\/[^/]+)?)\/secrets(?:\/([^/:]+))?(?:\/versions(?:\/([^/:]+))?)?(?::(\w+))?$/.exec(
      asked.path,
    )
  if (!made) return failure(404, 'NOT_FOUND')
  const [, parent = '', id, version, verb] = made
  if (id === undefined)
    return permits('secretmanager.secrets.create') ? create(secrets, parent, asked) : failure(403, 'PERMISSION_DENIED')
  const name = `${parent}/secrets/${id}`
  if (verb === 'testIamPermissions') return tested(secrets.has(name) ? permits : () => false, asked)
  if (!permits(permissionOf(asked, version, verb))) return failure(403, 'PERMISSION_DENIED')
  const secret = secrets.get(name)
  if (!secret) return failure(404, 'NOT_FOUND')
  if (verb === 'addVersion') return added(secret, name, asked)
  if (version !== undefined) return ofVersion(secret, { name, version, verb: verb ?? '', asked })
  if (asked.path.endsWith('/versions')) return listed(secret, name)
  return asked.method === 'PATCH' ? patched(secret, name, asked) : ok(shown(name, secret))
}

function permissionOf({ method, path }: Asked, version: string | undefined, verb: string | undefined): string {
  if (verb === 'addVersion') return 'secretmanager.versions.add'
  if (version !== undefined) return `secretmanager.versions.${verb ?? 'get'}`
  if (path.endsWith('/versions')) return 'secretmanager.versions.list'
  return `secretmanager.secrets.${method === 'PATCH' ? 'update' : 'get'}`
}

export function tested(permits: Permits, { body }: Pick<Asked, 'body'>): Reply {
  const wanted = Array.isArray(body.permissions) ? body.permissions.map(String) : []
  return ok({ permissions: wanted.filter(permits) })
}

function create(secrets: Map<string, StoredSecret>, parent: string, { query, body }: Asked): Reply {
  const name = `${parent}/secrets/${query.get('secretId')}`
  if (secrets.has(name)) return failure(409, 'ALREADY_EXISTS')
  const labels = record(body.labels)
  const secret = { labels, replication: body.replication ?? null, annotations: {}, aliases: {}, etag: 1, versions: [] }
  secrets.set(name, secret)
  return ok(shown(name, secret))
}

function shown(name: string, { labels, annotations, aliases, etag }: StoredSecret): unknown {
  return { name, labels, annotations, versionAliases: aliases, etag: `"${etag}"`, createTime: '2026-11-01T00:00:00Z' }
}

function patched(secret: StoredSecret, name: string, { query, body }: Asked): Reply {
  if (typeof body.etag === 'string' && body.etag !== '' && body.etag !== `"${secret.etag}"`)
    return failure(400, 'FAILED_PRECONDITION')
  const mask = (query.get('updateMask') ?? '').split(',')
  if (mask.includes('annotations')) secret.annotations = record(body.annotations)
  if (mask.includes('versionAliases') || mask.includes('version_aliases')) {
    const aliases = record(body.versionAliases)
    if (Object.values(aliases).some((n) => !secret.versions[Number(n) - 1])) return failure(400, 'INVALID_ARGUMENT')
    secret.aliases = aliases
  }
  secret.etag += 1
  return ok(shown(name, secret))
}

function added(secret: StoredSecret, name: string, { body }: Asked): Reply {
  const payload = body.payload
  const data = typeof payload === 'object' && payload !== null && 'data' in payload ? String(payload.data) : ''
  secret.versions.push({ data, state: 'ENABLED', etag: 1 })
  return ok({ name: `${name}/versions/${secret.versions.length}`, state: STATES.ENABLED })
}

interface OfVersion {
  readonly name: string
  readonly version: string
  readonly verb: string
  readonly asked: Asked
}

function ofVersion(secret: StoredSecret, { name, version, verb }: OfVersion): Reply {
  const number = version === 'latest' ? secret.versions.length : Number(secret.aliases[version] ?? version)
  const found = secret.versions[number - 1]
  if (!found) return failure(404, 'NOT_FOUND')
  const whole = { name: `${name}/versions/${number}`, state: STATES[found.state], etag: `"${found.etag}"` }
  if (verb === 'access') {
    if (found.state !== 'ENABLED') return failure(400, 'FAILED_PRECONDITION')
    return ok({ name: whole.name, payload: { data: found.data } })
  }
  if (verb === '') return ok({ ...whole, createTime: '2026-11-02T03:04:05.500Z' })
  if (found.state === 'DESTROYED') return failure(400, 'FAILED_PRECONDITION')
  found.state = verb === 'disable' ? 'DISABLED' : verb === 'enable' ? 'ENABLED' : 'DESTROYED'
  found.etag += 1
  return ok({ ...whole, state: STATES[found.state], etag: `"${found.etag}"` })
}

function listed(secret: StoredSecret, name: string): Reply {
  const versions = secret.versions.map(({ state }, i) => ({ name: `${name}/versions/${i + 1}`, state: STATES[state] }))
  return ok({ versions: versions.filter(({ state }) => state === STATES.ENABLED).reverse() })
}

function record(value: unknown): Record<string, string> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return Object.fromEntries(entries.map(([name, one]) => [name, String(one)]))
}
