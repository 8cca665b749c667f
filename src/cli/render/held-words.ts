/** How somebody made a key stricter, by hand. */
export function heldWords(fields: readonly string[]): string {
  return fields.includes('disabled') ? 'disabled by hand' : `${fields.join(' and ')} made stricter by hand`
}
