/** Consumers spend, and all keys of an address together never more than it was given. */
import type { DesiredKey, FieldValue, LiveKey } from '../../../src/core/key.ts'
import { accountOf, keyByText, keyOf } from '../accounts.ts'
import { pick } from '../random.ts'
import type { Scene } from '../scene.ts'
import { isDead, type Life } from './life.ts'
import { resetOf } from './meter.ts'

/** Uses a key, and spends something where keys can. Returns whether the account saw a use. */
export function spend(scene: Scene, key: LiveKey): boolean {
  const { life, random } = scene
  if (!life || isDead(key, scene.clock.now())) return false
  const address = life.addresses.get(key.id) ?? ''
  const wanted = life.budgets.has(address) ? pick(random, [0.01, 0.3, 2, 50]) : 1e-6
  const usd = Math.min(wanted, leftOf(life, key))
  if (life.strait.secretOf(key.id) === null) {
    if (usd <= 0) return false
    life.meter.note(key.id, usd)
  }
  accountOf(scene, key.id).spend(key.id, usd)
  return true
}

/** Now and then somebody spends in the middle of a run. */
export function spendSometimes(scene: Scene, life: Life): void {
  if (life.budgets.size === 0 || scene.random() > 0.2) return
  for (const { text } of life.holders.values()) {
    const key = text === null ? null : keyByText(scene, text)
    if (key && scene.random() < 0.5) spend(scene, key)
  }
}

/** What a key can still spend in the running window. */
export function leftOf({ meter }: Life, key: LiveKey): number {
  const { limit, disabled } = key.fields
  if (disabled === true) return 0
  return typeof limit === 'number' ? Math.max(0, limit - meter.used(key.id, resetOf(key))) : Number.POSITIVE_INFINITY
}

/** What was spent in the window, and what can still be spent, is no more than the limit of the manifest. */
export function checkBudgets(scene: Scene, life: Life): void {
  for (const [address, most] of life.budgets) {
    const key = [...scene.keys.values()].find((one) => one.address === address)
    if (!key || life.excused.has(address)) continue
    const reset = life.styles.get(key.id)?.carry?.reset ?? null
    const ids = [...life.addresses].filter(([, owner]) => owner === address).map(([id]) => id)
    const spent = ids.reduce((sum, id) => sum + (life.forgotten.has(id) ? 0 : life.meter.used(id, reset)), 0)
    const left = ids.reduce((sum, id) => sum + able(scene, life, id), 0)
    if (left <= Math.max(0, most - spent) + 1e-4) continue
    scene.options.trace?.(`FOUND budget of ${address}: ${spent} spent, ${left} left of ${most}`)
    scene.findings.push(`${address} can spend ${left} more, and has spent ${spent} of ${most}`)
  }
}

/** The cap of the one key that is left, once all is quiet. The same as it is live where that is near enough: caps are rounded. */
export function wholeLess(scene: Scene, life: Life, desired: DesiredKey, id: string): FieldValue | undefined {
  const reset = life.styles.get(desired.id)?.carry?.reset ?? null
  const others = [...life.addresses].filter(([other, owner]) => owner === desired.address && other !== id)
  if (others.some(([other]) => life.forgotten.has(other))) return keyOf(scene, id)?.fields.limit
  const gone = others.reduce((sum, [other]) => sum + life.meter.used(other, reset), 0)
  const limit = keyOf(scene, id)?.fields.limit
  const expected = Math.max(0, Number(desired.fields.limit) - gone)
  return typeof limit === 'number' && Math.abs(limit - expected) < 1e-4 ? limit : expected
}

/** The secret of a lost create is in nobody's hands. */
function able(scene: Scene, life: Life, id: string): number {
  const key = life.placed.has(id) ? keyOf(scene, id) : null
  return key ? leftOf(life, key) : 0
}
