import { isWindow } from './spend.ts'

/** Either the decoded fields, or what is wrong with the request (field names only: a wrong value may be a secret). */
export type Checked<T> =
  | { readonly ok: true; readonly fields: T }
  | { readonly ok: false; readonly problems: readonly string[] }

export interface CreateFields {
  readonly name: string
  readonly limit: number | null
  readonly limit_reset: string | null
  readonly include_byok_in_limit: boolean
  readonly expires_at: string | null
  readonly workspace_id: string | null
  readonly creator_user_id: string | null
}

export type UpdateFields = Partial<{
  name: string
  disabled: boolean
  limit: number | null
  limit_reset: string | null
  include_byok_in_limit: boolean
}>

export const IMMUTABLE_FIELDS = ['expires_at', 'workspace_id', 'creator_user_id'] as const

export type Check = (value: unknown) => boolean

export const isBoolean: Check = (value) => typeof value === 'boolean'
const isString: Check = (value) => typeof value === 'string'
export const isFilled: Check = (value) => typeof value === 'string' && value.length > 0
export const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value)
export const isReset: Check = isWindow
export const isTextList: Check = (value) => Array.isArray(value) && value.length > 0 && value.every(isFilled)
export const isText =
  (least: number, most: number): Check =>
  (value) =>
    typeof value === 'string' && value.length >= least && value.length <= most
export const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)

/** Body of create, published contract of 2026-08-22. Anything else in it (also `disabled`) is ignored. */
const CREATE_CHECKS: Readonly<Record<keyof CreateFields, Check>> = {
  name: isFilled,
  limit: orNull(isNumber),
  limit_reset: orNull(isReset),
  include_byok_in_limit: isBoolean,
  expires_at: orNull(isUtcInstant),
  workspace_id: isUuid,
  creator_user_id: orNull(isFilled),
}

/** Body of update: `name` may be empty there; booleans and name may not be null. */
const UPDATE_CHECKS: Readonly<Record<keyof UpdateFields, Check>> = {
  name: isString,
  disabled: isBoolean,
  limit: orNull(isNumber),
  limit_reset: orNull(isReset),
  include_byok_in_limit: isBoolean,
}

const CREATE_DEFAULTS: Omit<CreateFields, 'name'> = {
  limit: null,
  limit_reset: null,
  include_byok_in_limit: false,
  expires_at: null,
  workspace_id: null,
  creator_user_id: null,
}

export function checkCreate(body: string): Checked<CreateFields> {
  const checked = checkBody<CreateFields>(body, CREATE_CHECKS, ['name'])
  return checked.ok ? { ok: true, fields: { ...CREATE_DEFAULTS, ...checked.fields } } : checked
}

/** Only what was sent: an absent field stays as it is. */
export function checkUpdate(body: string, immutable: 'ignored' | 'rejected'): Checked<UpdateFields> {
  const refuse: Readonly<Record<string, Check>> =
    immutable === 'rejected' ? Object.fromEntries(IMMUTABLE_FIELDS.map((name) => [name, () => false])) : {}
  return checkBody(body, { ...UPDATE_CHECKS, ...refuse })
}

/** The fields that are sent, known and good; or the names of those that are wrong, then of those that are missing. Unknown ones are ignored. */
export function checkBody<T>(
  body: string,
  checks: Readonly<Record<string, Check>>,
  required: readonly string[] = [],
): Checked<T> {
  const parsed = parseObject(body)
  if (parsed === null) return { ok: false, problems: ['body'] }
  const missing = required.filter((name) => !(name in parsed))
  const problems = [...wrongFields(parsed, checks), ...missing]
  return problems.length > 0 ? { ok: false, problems } : { ok: true, fields: picked<T>(parsed, checks) }
}

/** null unless the text is a JSON object. */
export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}

export function isUuid(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)
}

/** `YYYY-MM-DDTHH:MM:SS[.fraction]Z` and a day that exists. Minute precision and other offsets are refused, `+00:00` too (the stricter reading). */
function isUtcInstant(value: unknown): boolean {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value)) return false
  const milliseconds = Date.parse(value)
  return !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString().slice(0, 10) === value.slice(0, 10)
}

function wrongFields(body: Readonly<Record<string, unknown>>, checks: Readonly<Record<string, Check>>): string[] {
  return Object.keys(checks).filter((name) => name in body && checks[name]?.(body[name]) === false)
}

/** The checks have just vouched for the types. */
function picked<T>(body: Readonly<Record<string, unknown>>, checks: Readonly<Record<string, Check>>): T {
  return Object.fromEntries(Object.entries(body).filter(([name]) => name in checks)) as T
}
