/**
 * Fields of a JSON secret as text. Neighbours travel as they are written: parsed and printed again, a number of 20 digits would be
 * another number.
 */
import type { Secret } from '../core/secret.ts'
import { rawMembers } from './json-text.ts'

/** Text of a field: the value of a string, anything else as it is written. `null` when there is none. */
export function fieldOf(fields: string | null, field: string): string | null {
  const raw = fields === null ? undefined : rawMembers(fields).findLast(({ name }) => name === field)?.raw
  if (raw === undefined) return null
  return raw.startsWith('"') ? String(JSON.parse(raw)) : raw
}

/** The same fields with one put in, replaced, or (`null`) taken out. */
export function withField(fields: string | null, field: string, value: Secret | null): string {
  const others = fields === null ? [] : rawMembers(fields).filter(({ name }) => name !== field)
  const ours = value === null ? [] : [{ name: field, raw: JSON.stringify(value.expose()) }]
  return `{${[...others, ...ours].map(({ name, raw }) => `${JSON.stringify(name)}:${raw}`).join(',')}}`
}
