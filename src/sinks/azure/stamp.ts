/**
 * What stands beside a place in the tags of each version: whose it is, and what it holds.
 *
 *     keywright.openrouter.apiKey = "acme-7f3a/platform/ci-bot k3v9x2ab #4 sha256:..."
 *
 * One tag per field (`keywright` for a secret that is the key alone); Azure allows 15 tags of 256 characters. They come with the version,
 * in one request, so a stamp never lies about its version. The lineage decides whose it is, because an address may be renamed.
 */
import { KeywrightError } from '../../core/diagnostic.ts'
import type { Owner, PlaceAt } from '../../ports/secret-sink.ts'

export interface Stamp {
  readonly address: string
  readonly lineage: string
  readonly n: number
  readonly fingerprint: string
}

export type Tags = Readonly<Record<string, string>>

const MOST_TAGS = 15

export function stampName({ at: { field } }: PlaceAt): string {
  return field === undefined ? 'keywright' : `keywright.${field}`
}

/** `null` when there is none of our form. */
export function stampOf(tags: Tags, place: PlaceAt): Stamp | null {
  const [address = '', lineage = '', n = '', fingerprint = ''] = tags[stampName(place)]?.split(' ') ?? []
  if (!/^[a-z2-7]{8}$/.test(lineage)) return null
  return { address, lineage, n: Number(/^#(\d{1,6})$/.exec(n)?.[1] ?? 0), fingerprint }
}

export function stampText({ address, lineage, n }: Owner, fingerprint: string): string {
  return `${address} ${lineage} #${n} ${fingerprint}`
}

/** The tags of the next version: those of others stay. Without an owner, or without room, there is no stamp. */
export function tagsWith(tags: Tags, place: PlaceAt, fingerprint: string | null): Tags {
  const { [stampName(place)]: _, ...others } = tags
  if (place.owner === undefined || fingerprint === null || Object.keys(others).length >= MOST_TAGS) return others
  return { ...others, [stampName(place)]: stampText(place.owner, fingerprint) }
}

/** Throws `PLACE_OWNED` when the stamp is another key's. */
export function refuseStranger(place: PlaceAt, tags: Tags, vaultName: string): void {
  const stamp = stampOf(tags, place)
  if (place.owner === undefined || stamp === null || stamp.lineage === place.owner.lineage) return
  const remedy = `az keyvault secret set-attributes --vault-name ${vaultName} --name ${place.at.path ?? ''} --tags ""`
  throw new KeywrightError('PLACE_OWNED', {
    message: `${place.text} is stamped as the place of ${knownAddress(stamp.address)}`,
    hint: `use another place, or if that key is gone: ${remedy}`,
  })
}

/** Text of a stranger: repeated only if it has the form of an address. */
function knownAddress(address: string): string {
  return /^[a-z0-9][a-z0-9._/-]{0,199}$/.test(address) ? address : 'another key'
}
