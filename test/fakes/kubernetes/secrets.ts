/**
 * Secrets of an API server as far as clients see them: resource versions, server-side apply with owned fields, merge patches, dry runs.
 * After "Server-Side Apply" and the API reference of Kubernetes (read 2026-11).
 */
import { randomUUID } from 'node:crypto'

export interface Stored {
  uid: string
  version: number
  type: string
  immutable: boolean
  data: Map<string, string>
  annotations: Map<string, string>
  /** Fields such as `data.k` by manager and operation. */
  owners: Map<string, Set<string>>
}

export interface Reply {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Asked {
  readonly namespace: string
  readonly name: string
  readonly query: URLSearchParams
  readonly contentType: string
  readonly body: Body
}

export interface Body {
  readonly metadata?: {
    readonly name?: string
    readonly resourceVersion?: string
    readonly uid?: string
    readonly annotations?: Readonly<Record<string, string | null>>
  }
  readonly type?: string
  readonly immutable?: boolean
  readonly data?: Readonly<Record<string, string | null>>
  readonly stringData?: Readonly<Record<string, string>>
}

/** By `NAMESPACE/NAME`. */
export type Secrets = Map<string, Stored>

export const json = (status: number, value: object): Reply => ({ status, body: JSON.stringify(value) })

export function status(code: number, reason: string, message: string, kind = 'secrets'): Reply {
  return json(code, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    details: { kind },
    code,
  })
}

let count = 100

export function shown(key: string, one: Stored): object {
  const [namespace, name] = key.split('/')
  const managedFields = [...one.owners].map(([who, fields]) => {
    const [manager, operation] = who.split('|')
    return {
      manager,
      operation,
      apiVersion: 'v1',
      fieldsType: 'FieldsV1',
      fieldsV1: Object.fromEntries([...fields].map((f) => [f, {}])),
    }
  })
  return {
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: {
      name,
      namespace,
      uid: one.uid,
      resourceVersion: String(one.version),
      ...(one.annotations.size === 0 ? {} : { annotations: Object.fromEntries(one.annotations) }),
      managedFields,
    },
    ...(one.data.size === 0 ? {} : { data: Object.fromEntries(one.data) }),
    type: one.type,
    ...(one.immutable ? { immutable: true } : {}),
  }
}

function blank(type = 'Opaque'): Stored {
  return {
    uid: randomUUID(),
    version: 0,
    type,
    immutable: false,
    data: new Map(),
    annotations: new Map(),
    owners: new Map(),
  }
}

function copy(one: Stored): Stored {
  const owners = new Map([...one.owners].map(([who, fields]) => [who, new Set(fields)]))
  return { ...one, data: new Map(one.data), annotations: new Map(one.annotations), owners }
}

/** What a body says about each field; `null` takes one away. */
function fieldsIn({ data = {}, stringData = {}, metadata }: Body): Map<string, string | null> {
  const encoded = Object.entries(stringData).map(
    ([k, text]) => [`data.${k}`, Buffer.from(text).toString('base64')] as const,
  )
  const plain = Object.entries(data).map(([k, text]) => [`data.${k}`, text] as const)
  const notes = Object.entries(metadata?.annotations ?? {}).map(([k, text]) => [`annotations.${k}`, text] as const)
  return new Map([...plain, ...encoded, ...notes])
}

function valueAt(one: Stored, field: string): string | null {
  const [where = '', ...rest] = field.split('.')
  return (where === 'data' ? one.data : one.annotations).get(rest.join('.')) ?? null
}

function set(one: Stored, field: string, value: string | null): void {
  const [where = '', ...rest] = field.split('.')
  const map = where === 'data' ? one.data : one.annotations
  if (value === null) map.delete(rest.join('.'))
  else map.set(rest.join('.'), value)
}

function stale(one: Stored | undefined, { metadata }: Body): Reply | null {
  const { resourceVersion, uid } = metadata ?? {}
  const isOther = uid !== undefined && uid !== one?.uid
  if (!isOther && (resourceVersion === undefined || resourceVersion === String(one?.version))) return null
  return status(
    409,
    'Conflict',
    'the object has been modified; please apply your changes to the latest version and try again',
  )
}

function store(secrets: Secrets, { namespace, name, query }: Asked, next: Stored): Reply {
  const key = `${namespace}/${name}`
  const before = secrets.get(key)
  const same = before !== undefined && content(before) === content(next)
  const stored = { ...next, version: same ? before.version : ++count }
  if (query.get('dryRun') !== 'All') secrets.set(key, stored)
  return json(before === undefined ? 201 : 200, shown(key, stored))
}

function content(one: Stored): string {
  const owners = [...one.owners].map(([who, fields]) => [who, [...fields].sort()])
  return JSON.stringify([[...one.data], [...one.annotations], one.immutable, owners])
}

function locked(before: Stored | undefined, next: Stored): Reply | null {
  if (before?.immutable !== true || JSON.stringify([...before.data]) === JSON.stringify([...next.data])) return null
  return status(422, 'Invalid', 'data: Forbidden: field is immutable when `immutable` is set')
}

/** Server-side apply: what this manager applied before and leaves out goes away, what others own with another value is a conflict. */
export function apply(secrets: Secrets, asked: Asked): Reply {
  const before = secrets.get(`${asked.namespace}/${asked.name}`)
  const wrong = stale(before, asked.body)
  if (wrong) return wrong
  const next = before === undefined ? blank(asked.body.type) : copy(before)
  const me = `${asked.query.get('fieldManager')}|Apply`
  const fields = fieldsIn(asked.body)
  const others = (field: string): string[] =>
    [...next.owners].filter(([who, owned]) => who !== me && owned.has(field)).map(([who]) => who)
  const inConflict = [...fields].filter(([field, value]) => others(field).length > 0 && valueAt(next, field) !== value)
  if (inConflict.length > 0 && asked.query.get('force') !== 'true')
    return status(409, 'Conflict', `Apply failed with ${inConflict.length} conflict`)
  for (const [field] of inConflict) for (const who of others(field)) next.owners.get(who)?.delete(field)
  for (const field of next.owners.get(me) ?? [])
    if (!fields.has(field) && others(field).length === 0) set(next, field, null)
  for (const [field, value] of fields) set(next, field, value)
  next.owners.set(me, new Set(fields.keys()))
  return locked(before, next) ?? store(secrets, asked, tidied(next))
}

/** Merge patch, which an update of the same form shares. */
export function merge(secrets: Secrets, asked: Asked): Reply {
  const before = secrets.get(`${asked.namespace}/${asked.name}`)
  if (!before) return status(404, 'NotFound', `secrets "${asked.name}" not found`)
  const wrong = stale(before, asked.body)
  if (wrong) return wrong
  const next = copy(before)
  const me = `${asked.query.get('fieldManager') ?? 'unknown'}|Update`
  for (const [field, value] of fieldsIn(asked.body)) {
    if (valueAt(next, field) === value) continue
    set(next, field, value)
    for (const owned of next.owners.values()) owned.delete(field)
    if (value !== null) next.owners.set(me, (next.owners.get(me) ?? new Set()).add(field))
  }
  return locked(before, next) ?? store(secrets, asked, tidied(next))
}

function tidied(one: Stored): Stored {
  return { ...one, owners: new Map([...one.owners].filter(([, fields]) => fields.size > 0)) }
}

export function create(secrets: Secrets, asked: Asked): Reply {
  const name = asked.body.metadata?.name ?? ''
  if (secrets.has(`${asked.namespace}/${name}`)) return status(409, 'AlreadyExists', `secrets "${name}" already exists`)
  const next = blank(asked.body.type)
  next.immutable = asked.body.immutable === true
  const fields = fieldsIn(asked.body)
  for (const [field, value] of fields) set(next, field, value)
  next.owners.set(`${asked.query.get('fieldManager') ?? 'unknown'}|Update`, new Set(fields.keys()))
  return store(secrets, { ...asked, name }, tidied(next))
}
