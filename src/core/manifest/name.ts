import { containsMarker, formatMarker, MAX_NAME } from '../address.ts'
import { complain, type Entry, readText } from './entry.ts'

const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/

/** The display name; the id when none is written. */
export function nameOf(entry: Entry, stack: string): string {
  const name = readText(entry, 'name', 'CI bot') ?? entry.id
  const wrong = wrongName(name, entry.id, stack)
  if (wrong !== null) {
    const spot = entry.slots.get('name') ?? entry.spot
    complain(entry, spot, { code: 'MANIFEST_NAME_INVALID', ...wrong })
  }
  return name
}

function wrongName(
  name: string,
  id: string,
  stack: string,
): { readonly message: string; readonly hint: string } | null {
  if (containsMarker(name)) return { message: 'The name contains a keywright marker.', hint: `name: ${id}` }
  if (UNPRINTABLE.test(name))
    return { message: 'The name holds a line break or control character.', hint: `name: ${id}` }
  if (name !== name.trim()) return { message: 'The name starts or ends with a space.', hint: 'name: CI bot' }
  const room = MAX_NAME - 1 - formatMarker({ stack, id, n: 999_999, lineage: 'aaaaaaaa' }).length
  if (name.length <= room) return null
  const message = `The name has ${name.length} characters; beside the marker of "${id}" there is room for ${room}.`
  return { message, hint: 'shorten the name' }
}
