/** Keys that carry the marker of a stack and that no state claims. Pure. */
import { parseName } from './address.ts'
import type { LiveKey } from './key.ts'
import { isLive, type KeyRecord } from './record.ts'

export interface Orphan {
  readonly key: LiveKey
  readonly address: string
  readonly n: number
  /** It has spent, or was seen to authenticate: somebody may still have its secret. */
  readonly used: boolean
}

export interface OrphanInputs {
  readonly stack: string
  readonly live: readonly LiveKey[]
  readonly records: ReadonlyMap<string, KeyRecord>
  /** Texts of Terraform states: a key whose id stands anywhere in one of them is claimed. */
  readonly states: readonly string[]
}

/** Oldest address first. What the API made of a key of ours by its own rotation is never one. */
export function orphansOf({ stack, live, records, states }: OrphanInputs): readonly Orphan[] {
  const recorded = new Set(
    [...records.values()].flatMap((record) => record.generations.filter(isLive).map((g) => g.id)),
  )
  return live
    .flatMap((key): readonly Orphan[] => {
      const parsed = key.name.includes('[kw:') ? parseName(key.name) : null
      if (!parsed || parsed.derived || parsed.marker.stack !== stack || recorded.has(key.id)) return []
      if (states.some((text) => text.includes(key.id))) return []
      const used = key.usage.total > 0 || (key.lastUsedAt ?? null) !== null
      return [{ key, address: `${stack}/${parsed.marker.id}`, n: parsed.marker.n, used }]
    })
    .sort((a, b) => (a.address === b.address ? a.n - b.n : a.address < b.address ? -1 : 1))
}

/**
 * A Terraform state (`terraform state pull`, `terraform show -json`) as the text in which ids are looked for: as it is, and with what the
 * provider keeps beside the attributes, which stands there in base64. `null` when it is no JSON of that kind.
 */
export function stateText(json: string, decode: (base64: string) => string): string | null {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null || !('terraform_version' in value)) return null
  const hidden = [...json.matchAll(/"private":\s*"([A-Za-z0-9+/=]+)"/g)].map(([, text = '']) => decode(text))
  return [json, ...hidden].join('\n')
}
