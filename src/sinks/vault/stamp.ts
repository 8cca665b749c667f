/**
 * What stands beside a field in the custom metadata of its secret: whose it is. One entry per field, as a secret may hold the keys of many:
 *
 *     keywright.api_key = "acme-7f3a/platform/ci-bot k3v9x2ab #4 sha256:..."
 *
 * The lineage decides, because an address may be renamed. Stamps are a courtesy: a policy without `patch` on the metadata leaves them out.
 */
import { KeywrightError } from '../../core/diagnostic.ts'
import { isObject } from '../../io/http/json.ts'
import type { Owner, PlaceAt } from '../../ports/secret-sink.ts'

export interface Stamp {
  readonly address: string
  readonly lineage: string
  readonly n: string
  readonly fingerprint: string
}

export type Stamps = Readonly<Record<string, string>>

export function stampName(field: string): string {
  return `keywright.${field}`
}

export function stampText({ address, lineage, n }: Owner, fingerprint: string): string {
  return `${address} ${lineage} #${n} ${fingerprint}`
}

export function stampsOf(customMetadata: unknown): Stamps {
  if (!isObject(customMetadata)) return {}
  const texts = Object.entries(customMetadata).flatMap(([name, text]) =>
    typeof text === 'string' ? [[name, text] as const] : [],
  )
  return Object.fromEntries(texts)
}

/** The stamp of a field; `null` when there is none of our form. */
export function stampOf(stamps: Stamps, field: string): Stamp | null {
  const [address = '', lineage = '', n = '', fingerprint = ''] = stamps[stampName(field)]?.split(' ') ?? []
  return /^[a-z2-7]{8}$/.test(lineage) ? { address, lineage, n, fingerprint } : null
}

/** Throws `PLACE_OWNED` when the stamp is another key's. */
export function refuseStranger({ owner, at, text }: PlaceAt, stamps: Stamps, mount: string): void {
  const { path = '', field = '' } = at
  const stamp = stampOf(stamps, field)
  if (owner === undefined || stamp === null || stamp.lineage === owner.lineage) return
  const remedy = `vault kv metadata patch -mount=${mount} -remove-custom-metadata=${stampName(field)} ${path}`
  throw new KeywrightError('PLACE_OWNED', {
    message: `${text} is stamped as the place of ${knownAddress(stamp.address)}`,
    hint: `use another place, or if that key is gone: ${remedy}`,
  })
}

/** Text of a stranger: repeated only if it has the form of an address. */
function knownAddress(address: string): string {
  return /^[a-z0-9][a-z0-9._/-]{0,199}$/.test(address) ? address : 'another key'
}
