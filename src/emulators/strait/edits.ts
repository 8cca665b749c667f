import type { ForeignFields, KeyChanges } from './foreign.ts'
import { parseInstant } from './instants.ts'
import type { ProjectSettings } from './world.ts'

/** Bodies of control requests about Strait. Instants are RFC 3339 texts; a field that is absent stays as it is, null empties it. */
type Body = Readonly<Record<string, unknown>>
type Read = (value: unknown, field: string) => unknown

const text: Read = (value, field) => (typeof value === 'string' ? value : wrong(field))
const whole: Read = (value, field) => (Number.isSafeInteger(value) ? value : wrong(field))
const texts: Read = (value, field) =>
  Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : wrong(field)
const instant: Read = (value, field) => (typeof value === 'string' ? parseInstant(value) : null) ?? wrong(field)
const orNull =
  (read: Read): Read =>
  (value, field) =>
    value === null ? null : read(value, field)

const EDITABLE: Readonly<Record<string, Read>> = {
  name: text,
  scopes: texts,
  expires_at: orNull(instant),
  environment_id: orNull(text),
  rotation_interval_days: orNull(whole),
  next_rotation_at: orNull(instant),
  rotation_webhook_url: orNull(text),
  rate_limit_requests: orNull(whole),
  rate_limit_window_secs: orNull(whole),
}

/** Throws RangeError that names the first field that is unknown or of the wrong type. */
export function readEdit(body: Body): KeyChanges {
  return read(body, { ...EDITABLE, last_used_at: orNull(instant), grace_expires_at: orNull(instant) })
}

/** As `readEdit`. */
export function readForeign(body: Body): ForeignFields {
  return read(body, { ...EDITABLE, project_id: text, org_id: orNull(text), created_at: instant })
}

/** As `readEdit`. Absent is no policy. */
export function readSettings(body: Body): ProjectSettings {
  return { max_key_lifetime_days: 0, ...read<Partial<ProjectSettings>>(body, { max_key_lifetime_days: whole }) }
}

/** The readers have just vouched for the types. */
function read<T>(body: Body, fields: Readonly<Record<string, Read>>): T {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name, (fields[name] ?? wrong(name))(value, name)]),
  ) as T
}

function wrong(field: string): never {
  throw new RangeError(`${field} is no field that can be set to that`)
}
