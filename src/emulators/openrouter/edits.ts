import type { ForeignFields } from './foreign.ts'
import type { KeyChanges } from './stored-key.ts'

/** Checks for out-of-band edits: types only. A dashboard may know values that no contract lists, so `limit_reset` is any text. */
const isText = (value: unknown): boolean => typeof value === 'string'
const isTextOrNull = (value: unknown): boolean => value === null || isText(value)
const isBoolean = (value: unknown): boolean => typeof value === 'boolean'
const isInstantOrNull = (value: unknown): boolean =>
  value === null || (typeof value === 'string' && !Number.isNaN(Date.parse(value)))

const EDITABLE: Readonly<Record<string, (value: unknown) => boolean>> = {
  name: isText,
  limit: (value) => value === null || typeof value === 'number',
  limit_reset: isTextOrNull,
  include_byok_in_limit: isBoolean,
  disabled: isBoolean,
  expires_at: isInstantOrNull,
  creator_user_id: isTextOrNull,
}

/** Throws RangeError that names the first field that is unknown or of the wrong type. */
export function checkEdit(body: Readonly<Record<string, unknown>>): KeyChanges {
  check(body, EDITABLE)
  return body as KeyChanges
}

/** As `checkEdit`, and `workspace_id` (UUID or slug) too. */
export function checkForeign(body: Readonly<Record<string, unknown>>): ForeignFields {
  check(body, { ...EDITABLE, workspace_id: isText })
  return body as ForeignFields
}

function check(body: Readonly<Record<string, unknown>>, fields: typeof EDITABLE): void {
  for (const [name, value] of Object.entries(body)) {
    if (fields[name]?.(value) !== true) throw new RangeError(`${name} is no field that can be set to that`)
  }
}
