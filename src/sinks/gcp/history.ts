/**
 * What stands beside a place in the annotations of its secret: whose it is, and which versions held which of its generations.
 *
 *     keywright.openrouter.apiKey = "acme-7f3a/platform/ci-bot k3v9x2ab #4@12=sha256:... #3@11=sha256:..."
 *
 * One entry per field (`keywright` for a secret that is the key alone), newest first. So a version can be found again after it was
 * disabled, when nobody can look into it. The lineage decides whose it is, because an address may be renamed.
 */
import { KeywrightError } from '../../core/diagnostic.ts'
import type { Owner, PlaceAt } from '../../ports/secret-sink.ts'

export interface Entry {
  readonly n: number
  readonly version: number
  readonly fingerprint: string
}

export interface Stamp {
  readonly address: string
  readonly lineage: string
  readonly entries: readonly Entry[]
}

export type Annotations = Readonly<Record<string, string>>

/** Annotations of a secret share 16 KiB. */
const MOST_ENTRIES = 10

export function stampName({ at: { field } }: PlaceAt): string {
  return field === undefined ? 'keywright' : `keywright.${field}`
}

/** `null` when there is none of our form. */
export function stampOf(annotations: Annotations, place: PlaceAt): Stamp | null {
  const [address = '', lineage = '', ...rest] = annotations[stampName(place)]?.split(' ') ?? []
  if (!/^[a-z2-7]{8}$/.test(lineage)) return null
  return { address, lineage, entries: rest.flatMap(entryOf) }
}

function entryOf(text: string): readonly Entry[] {
  const [, n, version, fingerprint = ''] = /^#(\d{1,6})@(\d{1,9})=(sha256:[0-9a-f]{64})$/.exec(text) ?? []
  return n === undefined ? [] : [{ n: Number(n), version: Number(version), fingerprint }]
}

/** The stamp after a write; entries of an earlier owner are left out. */
export function stampedText(before: Stamp | null, { address, lineage, n }: Owner, now: Omit<Entry, 'n'>): string {
  const kept = before?.lineage === lineage ? before.entries.filter(({ version }) => version !== now.version) : []
  const entries = [{ n, ...now }, ...kept].slice(0, MOST_ENTRIES)
  return [address, lineage, ...entries.map((one) => `#${one.n}@${one.version}=${one.fingerprint}`)].join(' ')
}

/** Throws `PLACE_OWNED` when the stamp is another key's. */
export function refuseStranger(place: PlaceAt, annotations: Annotations): void {
  const stamp = stampOf(annotations, place)
  if (place.owner === undefined || stamp === null || stamp.lineage === place.owner.lineage) return
  const remedy = `gcloud secrets update ${place.at.path ?? ''} --remove-annotations=${stampName(place)}`
  throw new KeywrightError('PLACE_OWNED', {
    message: `${place.text} is stamped as the place of ${knownAddress(stamp.address)}`,
    hint: `use another place, or if that key is gone: ${remedy}`,
  })
}

/** Text of a stranger: repeated only if it has the form of an address. */
function knownAddress(address: string): string {
  return /^[a-z0-9][a-z0-9._/-]{0,199}$/.test(address) ? address : 'another key'
}
