/**
 * Keys and bodies between the wire and the port (server source of 2026-07-06). Unknown members are ignored, and empty ones are left out by
 * the server. What decides about identity, evidence or life (id, name, project, stamps, scopes) must be as documented.
 */
import type { Fields, FieldValue, LiveKey, Usage } from '../../core/key.ts'
import { at, DAY, type Instant, type Millis } from '../../core/time.ts'
import { isObject, type JsonObject } from '../../io/http/json.ts'
import type { CreateRequest } from '../../ports/key-api.ts'
import { instantOf, readMicros } from './stamps.ts'

/** One entry of a list. */
export interface Row {
  readonly key: LiveKey
  /** When it was created, in microseconds since 1970. */
  readonly micros: number
  /** Revoked keys are never listed; one that is all the same is not live. */
  readonly isRevoked: boolean
}

const UNUSED: Usage = Object.freeze({ total: 0, daily: 0, weekly: 0, monthly: 0 })

/** Decodes keys and lets equal parts of them share one object, so that 10,000 keys stay small. */
export class RowDecoder {
  readonly #fields = new Map<string, Fields>()

  /** `null` when the object is not a key as documented. */
  decode(value: unknown): Row | null {
    if (!isObject(value)) return null
    const { id, name, project_id: scope, key_prefix: label, replaced_by_key_id: replacedBy } = value
    const micros = readMicros(value.created_at)
    const fields = decodeFields(value, textOf(value.environment_id))
    const [grace, used] = [optionalStamp(value.grace_expires_at), optionalStamp(value.last_used_at)]
    if (!isId(id) || typeof name !== 'string' || typeof scope !== 'string' || micros === null) return null
    if (fields === null || grace === undefined) return null
    const key: LiveKey = {
      id,
      name,
      scope,
      fields: this.#shared(fields),
      createdAt: instantOf(micros),
      updatedAt: null,
      label: typeof label === 'string' ? label : '',
      usage: UNUSED,
      lastUsedAt: used === undefined ? LONG_AGO : used,
      ...(grace === null ? {} : { graceEndsAt: grace }),
      ...(isId(replacedBy) ? { replacedBy } : {}),
    }
    return { key, micros, isRevoked: textOf(value.revoked_at) !== null }
  }

  #shared(fields: Fields): Fields {
    const text = JSON.stringify(fields)
    const known = this.#fields.get(text)
    if (known !== undefined) return known
    this.#fields.set(text, Object.freeze(fields))
    return fields
  }
}

/** A use whose time cannot be read is a use: `null` would be evidence that there was none. */
const LONG_AGO: Instant = '1970-01-01T00:00:00.000Z'

/** Ids are UUIDs; whatever is one word is taken, as long as it cannot be a secret. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && /^(?!strait_)[\w-]{1,64}$/.test(value)
}

/** The key of a 201, which tells neither its environment nor its use. `idAt` is the member that holds its id. */
export function decodeMade(
  json: unknown,
  idAt: 'id' | 'new_key_id',
  environmentId: string | null,
): { readonly key: LiveKey; readonly secret: string } | null {
  if (!isObject(json) || typeof json.key !== 'string' || json.key === '') return null
  const told = { ...json, id: json[idAt], environment_id: environmentId, grace_expires_at: null }
  const row = new RowDecoder().decode(told)
  return row === null ? null : { key: row.key, secret: json.key }
}

/** `null` when there is an expiry or a scope that cannot be read: a key whose end or reach is unknown is not guessed at. */
function decodeFields({ scopes, expires_at }: JsonObject, environmentId: string | null): Fields | null {
  const expiresAt = optionalStamp(expires_at)
  const list = scopes ?? []
  if (expiresAt === undefined || !isTexts(list)) return null
  return { scopes: list, environmentId, expiresAt }
}

/** `null` when there is none, `undefined` when it cannot be read. */
function optionalStamp(value: unknown): Instant | null | undefined {
  if (value === null || value === undefined || value === '') return null
  const micros = readMicros(value)
  return micros === null ? undefined : instantOf(micros)
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

export type Encoded =
  | { readonly kind: 'body'; readonly body: object; readonly environmentId: string | null }
  | { readonly kind: 'unsupported'; readonly reason: string }

const FIELDS = new Set(['scopes', 'environmentId', 'expiresAt'])

/**
 * Strait takes a lifetime in whole days from now on and no end. A `lifetime` is rounded. An end without a lifetime is rounded down, because
 * a key must not outlive it; with less than a day left there is nothing to send.
 */
export function encodeCreate({ name, scope, fields, lifetime }: CreateRequest, now: Millis): Encoded {
  const unknown = Object.keys(fields).find((field) => !FIELDS.has(field))
  if (unknown !== undefined) return { kind: 'unsupported', reason: `a key has no field ${unknown}` }
  const days = daysOf(fields.expiresAt, lifetime ?? null, now)
  if (days !== null && days < 1)
    return { kind: 'unsupported', reason: 'Strait counts lifetimes in days, and less than one is left' }
  const environmentId = textOf(fields.environmentId)
  const body = {
    project_id: scope,
    name,
    scopes: fields.scopes ?? [],
    ...(environmentId === null ? {} : { environment_id: environmentId }),
    ...(days === null ? {} : { expires_in_days: days }),
  }
  return { kind: 'body', body, environmentId }
}

function daysOf(expiresAt: FieldValue | undefined, lifetime: Millis | null, now: Millis): number | null {
  if (lifetime !== null) return Math.max(1, Math.round(lifetime / DAY))
  return typeof expiresAt === 'string' ? Math.floor((at(expiresAt) - now) / DAY) : null
}
