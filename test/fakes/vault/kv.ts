/** The two KV engines of a Vault as far as clients see them, after path_data.go and path_metadata.go of its KV plugin (read 2026-11). */

export interface Reply {
  readonly status: number
  /** JSON text, or nothing. */
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

interface Version {
  /** JSON text of the fields. */
  data: string
  deleted: boolean
  destroyed: boolean
}

export interface Secret2 {
  readonly versions: Version[]
  custom: Record<string, string>
}

export interface Mount {
  readonly version: 1 | 2
  /** Version 1: JSON text by path. */
  readonly bodies: Map<string, string>
  readonly secrets: Map<string, Secret2>
  /** False: a server before 1.9, which knows no PATCH. */
  patches: boolean
  casRequired: boolean
}

export interface Asked {
  readonly method: string
  /** Below the mount. */
  readonly path: string
  readonly query: URLSearchParams
  readonly contentType: string
  /** Parsed; `null` for none. */
  readonly body: Record<string, unknown> | null
}

export function mount(version: 1 | 2): Mount {
  return { version, bodies: new Map(), secrets: new Map(), patches: true, casRequired: false }
}

export const json = (status: number, value: unknown): Reply => ({ status, body: JSON.stringify(value) })
export const errors = (status: number, ...texts: string[]): Reply => json(status, { errors: texts })
const NONE = errors(404)
const UNSUPPORTED = errors(405, 'unsupported operation')

/** Whether a POST to the path changes something that is there: it decides between the rights `create` and `update`. */
export function exists(engine: Mount, path: string): boolean {
  if (engine.version === 1) return engine.bodies.has(path)
  const [kind = '', ...rest] = path.split('/')
  return kind === 'data' || kind === 'metadata' ? engine.secrets.has(rest.join('/')) : true
}

export function answer(engine: Mount, asked: Asked): Reply {
  if (engine.version === 1) return answer1(engine, asked)
  const [kind, ...rest] = asked.path.split('/')
  const path = rest.join('/')
  if (kind === 'data') return data(engine, path, asked)
  if (kind === 'metadata') return metadata(engine, path, asked)
  return kind === 'delete' && asked.method === 'POST' ? deleteVersions(engine, path, asked) : NONE
}

function answer1({ bodies }: Mount, { method, path, body }: Asked): Reply {
  const held = bodies.get(path)
  switch (method) {
    case 'GET':
      return held === undefined ? NONE : { status: 200, body: `{"lease_duration":2764800,"data":${held}}` }
    case 'POST':
      if (body === null || Object.keys(body).length === 0) return errors(400, 'missing data fields')
      bodies.set(path, JSON.stringify(body))
      return { status: 204, body: '' }
    case 'DELETE':
      bodies.delete(path)
      return { status: 204, body: '' }
    default:
      return UNSUPPORTED
  }
}

function data(engine: Mount, path: string, asked: Asked): Reply {
  switch (asked.method) {
    case 'GET':
      return readVersion(engine.secrets.get(path), Number(asked.query.get('version') ?? 0))
    case 'POST':
      return write(engine, path, asked)
    case 'PATCH':
      return engine.patches ? patch(engine, path, asked) : UNSUPPORTED
    default:
      return UNSUPPORTED
  }
}

function facts(secret: Secret2, number: number): object {
  const version = secret.versions[number - 1]
  return {
    version: number,
    created_time: '2027-01-01T00:00:00.000000001Z',
    deletion_time: version?.deleted === true ? '2027-01-02T00:00:00Z' : '',
    destroyed: version?.destroyed === true,
    custom_metadata: Object.keys(secret.custom).length === 0 ? null : secret.custom,
  }
}

function readVersion(secret: Secret2 | undefined, asked: number): Reply {
  const number = asked || (secret?.versions.length ?? 0)
  const version = secret?.versions[number - 1]
  if (!secret || !version) return NONE
  const isGone = version.deleted || version.destroyed
  const body = `{"data":{"data":${isGone ? 'null' : version.data},"metadata":${JSON.stringify(facts(secret, number))}}}`
  return { status: isGone ? 404 : 200, body }
}

/** The error of a condition that does not hold, `null` when it does. */
function casError(engine: Mount, latest: number, { body }: Asked): Reply | null {
  const options = body?.options
  const cas = typeof options === 'object' && options !== null && 'cas' in options ? options.cas : undefined
  if (cas === undefined)
    return engine.casRequired ? errors(400, 'check-and-set parameter required for this call') : null
  return cas === latest ? null : errors(400, 'check-and-set parameter did not match the current version')
}

function write(engine: Mount, path: string, asked: Asked): Reply {
  if (asked.body?.data === undefined) return errors(400, 'no data provided')
  const secret = engine.secrets.get(path) ?? { versions: [], custom: {} }
  const wrong = casError(engine, secret.versions.length, asked)
  if (wrong) return wrong
  return added(engine, path, { secret, text: JSON.stringify(asked.body.data) })
}

function added(engine: Mount, path: string, { secret, text }: { secret: Secret2; text: string }): Reply {
  secret.versions.push({ data: text, deleted: false, destroyed: false })
  engine.secrets.set(path, secret)
  return json(200, { data: facts(secret, secret.versions.length) })
}

function patch(engine: Mount, path: string, asked: Asked): Reply {
  if (asked.contentType !== 'application/merge-patch+json')
    return errors(415, 'PATCH requires application/merge-patch+json')
  if (asked.body?.data === undefined) return errors(400, 'no data provided')
  const secret = engine.secrets.get(path)
  if (!secret) return { status: 404, body: '{"errors":[]}' }
  const wrong = casError(engine, secret.versions.length, asked)
  if (wrong) return wrong
  const latest = secret.versions.at(-1)
  if (!latest) return NONE
  if (latest.deleted || latest.destroyed) return json(404, { data: facts(secret, secret.versions.length) })
  return added(engine, path, { secret, text: merged(latest.data, asked.body.data) })
}

function merged(before: string, change: unknown): string {
  const fields = new Map<string, unknown>(Object.entries(JSON.parse(before)))
  for (const [name, value] of Object.entries(change ?? {}))
    if (value === null) fields.delete(name)
    else fields.set(name, value)
  return JSON.stringify(Object.fromEntries(fields))
}

function metadata(engine: Mount, path: string, { method, body, contentType }: Asked): Reply {
  const secret = engine.secrets.get(path)
  if (method === 'GET') {
    if (!secret) return NONE
    const versions = Object.fromEntries(secret.versions.map((_, i) => [i + 1, facts(secret, i + 1)]))
    const custom_metadata = Object.keys(secret.custom).length === 0 ? null : secret.custom
    return json(200, { data: { current_version: secret.versions.length, custom_metadata, versions } })
  }
  if (method !== 'PATCH' || !engine.patches) return UNSUPPORTED
  if (contentType !== 'application/merge-patch+json') return errors(415, 'PATCH requires application/merge-patch+json')
  if (!secret) return NONE
  const custom: Record<string, string> = JSON.parse(merged(JSON.stringify(secret.custom), body?.custom_metadata))
  if (Object.keys(custom).length > 64) return errors(400, 'custom_metadata validation failed: too many keys')
  for (const [name, text] of Object.entries(custom))
    if (name.length > 128 || text.length > 512) return errors(400, 'custom_metadata validation failed: too long')
  secret.custom = custom
  return { status: 204, body: '' }
}

function deleteVersions({ secrets }: Mount, path: string, { body }: Asked): Reply {
  const numbers = Array.isArray(body?.versions) ? body.versions : []
  for (const number of numbers) {
    const version = secrets.get(path)?.versions[Number(number) - 1]
    if (version) version.deleted = true
  }
  return { status: 204, body: '' }
}
