/** A place in a text: the whole of it, or one member of a JSON object. Nothing else in the text moves. */
import type { Secret } from '../core/secret.ts'
import type { PlaceAt } from '../ports/secret-sink.ts'
import { checkJsonObject, getMember, rawMembers, setMember, unsetMember } from './json-text.ts'

/** `null`: the place is empty. Throws `SINK_FILE_UNREADABLE` where a member is asked for and the text is no JSON object. */
export function heldIn(text: string | null, { at }: PlaceAt): string | null {
  const { path = '', field } = at
  if (text === null || field === undefined) return text
  checkJsonObject(text, path)
  return getMember(text, field, path)
}

export function withHeld(text: string | null, { at }: PlaceAt, bytes: Secret): string {
  const { path = '', field } = at
  if (field === undefined) return bytes.expose()
  const whole = text ?? '{}'
  checkJsonObject(whole, path)
  return setMember(whole, field, bytes.expose(), path)
}

/** `null`: nothing is left. */
export function withoutHeld(text: string, { at }: PlaceAt): string | null {
  const { path = '', field } = at
  if (field === undefined) return null
  const rest = unsetMember(text, field, path)
  return isBare(rest) ? null : rest
}

/** No members, or only objects without any. */
function isBare(text: string): boolean {
  return rawMembers(text).every(({ raw }) => raw.startsWith('{') && isBare(raw))
}
