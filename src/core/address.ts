/**
 * Addresses and markers.
 *
 * An address `<stack>/<id>` names one declared key for ever. Neither key API has tags, so the identity of a live key travels
 * in its name, as a marker at the very end:  `CI bot [kw:acme-7f3a/platform/ci-bot#4.k3v7x2ab]`.
 * A marker is a claim, not a proof: anybody may write one.
 */
const SEGMENT = '[a-z0-9][a-z0-9._-]{0,39}'
const STACK = '[a-z0-9][a-z0-9-]{0,39}'
const ID = `${SEGMENT}(?:/${SEGMENT}){0,2}`
const MARKER = `\\[kw:(${STACK})/(${ID})#([1-9][0-9]{0,5})\\.([a-z2-7]{8})\\]`

const STACK_ONLY = new RegExp(`^${STACK}$`)
const ID_ONLY = new RegExp(`^${ID}$`)
const AT_END = new RegExp(`^(.*?) ?${MARKER}$`, 's')
const DERIVED = new RegExp(`^(.*?) ?${MARKER}((?: \\((?:auto-)?rotated\\))+)$`, 's')
const ANYWHERE = new RegExp(MARKER)

/** Longest name a live key may have, marker included; both APIs accept at least this much. */
export const MAX_NAME = 200

export interface Marker {
  readonly stack: string
  readonly id: string
  /** Generation number, 1 to 999999. */
  readonly n: number
  /** Eight of `[a-z2-7]`, minted once per address. */
  readonly lineage: string
}

export interface ParsedName {
  readonly display: string
  readonly marker: Marker
  /** True when the API itself appended " (rotated)" behind the marker. */
  readonly derived: boolean
}

export function isStack(text: string): boolean {
  return STACK_ONLY.test(text)
}

export function isId(text: string): boolean {
  return ID_ONLY.test(text)
}

/** True if a display name holds anything that could be read as a marker. */
export function containsMarker(text: string): boolean {
  return ANYWHERE.test(text)
}

export function formatMarker(marker: Marker): string {
  return `[kw:${marker.stack}/${marker.id}#${marker.n}.${marker.lineage}]`
}

/** The name a live key gets. Callers check the length with `MAX_NAME` first. */
export function formatName(display: string, marker: Marker): string {
  return `${display} ${formatMarker(marker)}`
}

/** Reads the marker of a live name, or `null` for a foreign one. A marker that is not at the very end is no marker. */
export function parseName(name: string): ParsedName | null {
  const match = AT_END.exec(name) ?? DERIVED.exec(name)
  if (!match) return null
  const [, display = '', stack = '', id = '', n = '', lineage = '', suffix] = match
  if (containsMarker(display)) return null
  return { display, marker: { stack, id, n: Number(n), lineage }, derived: suffix !== undefined }
}

export function formatAddress(stack: string, id: string): string {
  return `${stack}/${id}`
}

/** Name of the successor when the API itself rotates a key of this name. */
export function derivedName(name: string): string {
  return `${name} (rotated)`
}

/** Splits `stack/id`; `null` when it is not an address. */
export function parseAddress(text: string): { readonly stack: string; readonly id: string } | null {
  const slash = text.indexOf('/')
  const stack = text.slice(0, slash)
  const id = text.slice(slash + 1)
  return slash > 0 && isStack(stack) && isId(id) ? { stack, id } : null
}
