/**
 * Whose secret stands in a place, as one line of free text beside it: `keywright acme-7f3a/platform/ci-bot k3v9x2ab #4`. The lineage
 * decides, because an address may be renamed. A text that people wrote is no stamp and stays as it is.
 */
import { KeywrightError } from '../core/diagnostic.ts'
import type { Owner, PlaceAt } from '../ports/secret-sink.ts'

const STAMP = /^keywright (\S+) ([a-z2-7]{8}) #\d+$/

export function stampLine({ address, lineage, n }: Owner): string {
  return `keywright ${address} ${lineage} #${n}`
}

/** `null` for any other text. */
export function stampIn(text: unknown): { readonly address: string; readonly lineage: string } | null {
  const [, address = '', lineage = ''] = (typeof text === 'string' ? STAMP.exec(text) : null) ?? []
  return lineage === '' ? null : { address, lineage }
}

/** Throws `PLACE_OWNED` when the text is the stamp of another key. */
export function refuseStrangerIn(text: unknown, { owner, text: place }: PlaceAt, remedy: string): void {
  const stamp = stampIn(text)
  if (owner === undefined || stamp === null || stamp.lineage === owner.lineage) return
  // Text of a stranger: repeated only if it has the form of an address.
  const whose = /^[a-z0-9][a-z0-9._/-]{0,199}$/.test(stamp.address) ? stamp.address : 'another key'
  throw new KeywrightError('PLACE_OWNED', {
    message: `${place} is stamped as the place of ${whose}`,
    hint: `use another place, or if that key is gone: ${remedy}`,
  })
}
