/** Consumers that a human cut off: what they see is nobody's mistake, until the places serve again. */
import { activeOf, type KeyRecord } from '../../../src/core/record.ts'
import { keyOf, secretOf } from '../accounts.ts'
import { type Scene, STACK } from '../scene.ts'
import { isDead } from './life.ts'

export function excuse({ life, clock }: Scene, address: string): void {
  life?.excused.set(address, clock.now())
}

/** After a run in which nothing went wrong: whatever serves again has to go on serving. Whoever was cut off reads anew then. */
export function forgive(scene: Scene, records: ReadonlyMap<string, KeyRecord>, since: number): void {
  const { life } = scene
  if (!life) return
  for (const [address, when] of life.excused) {
    const text = when < since ? servedBy(scene, records.get(address)) : null
    if (text === null) continue
    life.excused.delete(address)
    for (const { identity } of scene.keys.get(address.slice(STACK.length + 1))?.places ?? []) {
      const holder = life.holders.get(identity)
      if (holder) holder.text = text
    }
  }
}

/** The secret that all places of an address hold and that works, or `null`. */
function servedBy(scene: Scene, record: KeyRecord | undefined): string | null {
  const key = scene.keys.get(record?.address.slice(STACK.length + 1) ?? '')
  const active = record ? activeOf(record) : null
  if (!active || !key || key.fields.disabled === true || isDead(keyOf(scene, active.id), scene.clock.now())) return null
  const text = secretOf(scene, active.id) ?? null
  const isEverywhere = key.places.every((place) => scene.cells.cells.get(place.identity)?.bytes.expose() === text)
  return isEverywhere ? text : null
}
