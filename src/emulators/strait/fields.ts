/**
 * Request bodies. Two kinds of wrong: what does not decode (other types, broken JSON) is 400, what decodes to a value out of range is 422
 * with a detail for each field. Null and absent are the same, unknown fields do nothing, and a body that is not there is an empty one.
 */
export type Decoded<T> =
  | { readonly kind: 'good'; readonly fields: T }
  | { readonly kind: 'broken' }
  | { readonly kind: 'invalid'; readonly details: readonly string[] }

export interface CreateFields {
  readonly project_id: string
  readonly org_id: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly expires_in_days: number | null
  readonly environment_id: string
  readonly rotation_interval_days: number | null
  readonly rotation_webhook_url: string
}

const MOST_DAYS = 36_500
const LONGEST_NAME = 255
const LONGEST_URL = 2048

type Body = Readonly<Record<string, unknown>>

/** `expires_at`, `grace_period` and the like are unknown fields: they do nothing. */
export function decodeCreate(text: string): Decoded<CreateFields> {
  const body = decodeObject(text)
  if (body === null || !hasTypes(body)) return { kind: 'broken' }
  const fields: CreateFields = {
    project_id: textOf(body.project_id),
    org_id: textOf(body.org_id),
    name: textOf(body.name),
    scopes: Array.isArray(body.scopes) ? body.scopes.map(textOf) : [],
    expires_in_days: wholeOf(body.expires_in_days),
    environment_id: textOf(body.environment_id),
    rotation_interval_days: wholeOf(body.rotation_interval_days),
    rotation_webhook_url: textOf(body.rotation_webhook_url),
  }
  const details = detailsOf(fields)
  return details.length > 0 ? { kind: 'invalid', details } : { kind: 'good', fields }
}

/** Minutes of grace as asked for; 0 when nobody asked. Null for a body that does not decode. */
export function decodeGrace(text: string): number | null {
  const body = decodeObject(text)
  if (body === null || !isWholeOrNothing(body.grace_period_minutes)) return null
  return wholeOf(body.grace_period_minutes) ?? 0
}

/** An empty body and `null` are an object without members; null is text that is no JSON object. */
function decodeObject(text: string): Body | null {
  if (text.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    if (value === null) return {}
    return typeof value === 'object' && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}

const TEXTS = ['project_id', 'org_id', 'name', 'environment_id', 'rotation_webhook_url']
const WHOLES = ['expires_in_days', 'rotation_interval_days']

function hasTypes(body: Body): boolean {
  const { scopes } = body
  const isList = scopes == null || (Array.isArray(scopes) && scopes.every(isTextOrNothing))
  return (
    isList && TEXTS.every((name) => isTextOrNothing(body[name])) && WHOLES.every((name) => isWholeOrNothing(body[name]))
  )
}

function detailsOf(fields: CreateFields): readonly string[] {
  const { project_id, name, expires_in_days, rotation_interval_days, rotation_webhook_url } = fields
  const rules: readonly (readonly [field: string, rule: string | null])[] = [
    ['project_id', project_id === '' ? 'required' : null],
    ['name', name === '' ? 'required' : [...name].length > LONGEST_NAME ? 'max' : null],
    ['expires_in_days', daysRule(expires_in_days)],
    ['rotation_interval_days', daysRule(rotation_interval_days)],
    ['rotation_webhook_url', rotation_webhook_url === '' ? null : urlRule(rotation_webhook_url)],
  ]
  return rules.flatMap(([field, rule]) => (rule === null ? [] : [`${field}: failed on '${rule}'`]))
}

function daysRule(days: number | null): string | null {
  if (days === null) return null
  return days < 1 ? 'min' : days > MOST_DAYS ? 'max' : null
}

function urlRule(text: string): string | null {
  if (!URL.canParse(text)) return 'url'
  return [...text].length > LONGEST_URL ? 'max' : null
}

function isTextOrNothing(value: unknown): boolean {
  return value == null || typeof value === 'string'
}

function isWholeOrNothing(value: unknown): boolean {
  return value == null || Number.isSafeInteger(value)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function wholeOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}
