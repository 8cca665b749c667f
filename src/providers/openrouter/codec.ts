/**
 * Key objects and bodies between the wire and the port (published contract of 2026-08-22). Unknown fields are ignored, unknown
 * `limit_reset` texts are kept. What decides about money, identity or evidence (hash, name, limit, disabled, usage) must be as documented;
 * what is only shown may be missing.
 */
import type { Fields, FieldValue, LiveKey, Usage } from '../../core/key.ts'
import { type Instant, instant, parseInstant, SECOND } from '../../core/time.ts'
import { isObject, type JsonObject } from './reply.ts'

/** Wire name of each managed field that a create takes, and that an update takes. */
const CREATE_FIELDS: ReadonlyMap<string, string> = new Map([
  ['limit', 'limit'],
  ['limitReset', 'limit_reset'],
  ['includeByokInLimit', 'include_byok_in_limit'],
  ['expiresAt', 'expires_at'],
  ['creatorUserId', 'creator_user_id'],
])
const UPDATE_FIELDS: ReadonlyMap<string, string> = new Map([
  ['name', 'name'],
  ['disabled', 'disabled'],
  ['limit', 'limit'],
  ['limitReset', 'limit_reset'],
  ['includeByokInLimit', 'include_byok_in_limit'],
])

export type Encoded =
  | { readonly kind: 'body'; readonly body: object }
  | { readonly kind: 'unsupported'; readonly field: string }

/** `disabled` is left out: the API takes it only in updates, and a key is always born enabled. */
export function encodeCreate(name: string, scope: string, { disabled: _, ...fields }: Fields): Encoded {
  const encoded = encode(fields, CREATE_FIELDS)
  if (encoded.kind === 'unsupported') return encoded
  return { kind: 'body', body: { name, workspace_id: scope, ...encoded.body } }
}

/** Expiry and creator never change: the API would ignore them in silence. */
export function encodeUpdate(fields: Fields): Encoded {
  return encode(fields, UPDATE_FIELDS)
}

function encode(fields: Fields, names: ReadonlyMap<string, string>): Encoded {
  const body: Record<string, FieldValue> = {}
  for (const [field, value] of Object.entries(fields)) {
    const name = names.get(field)
    if (name === undefined) return { kind: 'unsupported', field }
    body[name] = field === 'expiresAt' && typeof value === 'string' ? wholeSeconds(value) : value
  }
  return { kind: 'body', body }
}

/** The API wants UTC with seconds; fractions are cut off. */
function wholeSeconds(text: Instant): string {
  const millis = parseInstant(text)
  return millis === null ? text : `${instant(Math.floor(millis / SECOND) * SECOND).slice(0, -5)}Z`
}

/** Decodes keys and lets equal parts of them share one object, so that 10,000 keys stay small. */
export class KeyDecoder {
  readonly #fields = new Map<string, Fields>()

  /** `null` when the object is not a key as documented. */
  decode(value: unknown): LiveKey | null {
    if (!isObject(value)) return null
    const { hash, name, label, workspace_id: scope } = value
    const fields = decodeFields(value)
    if (!isHash(hash) || typeof name !== 'string' || typeof scope !== 'string' || fields === null) return null
    if (typeof value.usage !== 'number') return null
    return {
      id: hash,
      name,
      scope,
      fields: this.#shared(fields),
      createdAt: decodeStamp(value.created_at),
      updatedAt: value.updated_at === null || value.updated_at === undefined ? null : decodeStamp(value.updated_at),
      label: typeof label === 'string' ? label : '',
      usage: decodeUsage(value),
    }
  }

  #shared(fields: Fields): Fields {
    const text = JSON.stringify(fields)
    const known = this.#fields.get(text)
    if (known !== undefined) return known
    this.#fields.set(text, Object.freeze(fields))
    return fields
  }
}

/** 64 lowercase hex digits: SHA-256 of the secret, and the id of the key. */
export function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
}

function decodeFields(wire: JsonObject): Fields | null {
  const { limit, limit_reset: limitReset = null, disabled, creator_user_id: creator } = wire
  const expiresAt = decodeExpiry(wire.expires_at)
  if (limit !== null && typeof limit !== 'number') return null
  if (limitReset !== null && typeof limitReset !== 'string') return null
  if (typeof disabled !== 'boolean' || expiresAt === undefined) return null
  return {
    limit,
    limitReset,
    includeByokInLimit: wire.include_byok_in_limit === true,
    disabled,
    expiresAt,
    creatorUserId: typeof creator === 'string' ? creator : null,
  }
}

/** `undefined` when there is one that cannot be read: a key whose end is unknown is not guessed at. */
function decodeExpiry(value: unknown): Instant | null | undefined {
  if (value === null || value === undefined) return null
  const millis = readInstant(value)
  return millis === null ? undefined : instant(millis)
}

/**
 * The contract promises a string without a format. A stamp that cannot be read becomes 1970: too old to be taken for a leftover of ours,
 * and not `null`, so never for an untouched key.
 */
function decodeStamp(value: unknown): Instant {
  return instant(readInstant(value) ?? 0)
}

function readInstant(value: unknown): number | null {
  if (typeof value !== 'string') return null
  const millis = parseInstant(value) ?? Date.parse(value)
  return Number.isNaN(millis) ? null : millis
}

const UNUSED: Usage = Object.freeze({ total: 0, daily: 0, weekly: 0, monthly: 0 })

/** Own credit and the customer's provider keys (BYOK) together. */
function decodeUsage(wire: JsonObject): Usage {
  const total = both(wire, 'usage')
  if (total === 0) return UNUSED
  return {
    total,
    daily: both(wire, 'usage_daily'),
    weekly: both(wire, 'usage_weekly'),
    monthly: both(wire, 'usage_monthly'),
  }
}

function both(wire: JsonObject, name: string): number {
  return amount(wire[name]) + amount(wire[`byok_${name}`])
}

function amount(value: unknown): number {
  return typeof value === 'number' ? value : 0
}
