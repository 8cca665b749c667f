/** After a run in which nothing went wrong, certain things have to hold, and others count again. */
import { isLive } from '../../../src/core/record.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { isTaken, keyOf } from '../accounts.ts'
import { type Scene, STACK } from '../scene.ts'
import { forgive } from './excuses.ts'
import type { Life } from './life.ts'
import { checkBudgets } from './money.ts'

export async function afterKindRun(scene: Scene, life: Life, from: number): Promise<void> {
  const { records } = await memoryStore(scene.ledger, scene.clock).read(STACK)
  life.kindRuns.push({ from, to: scene.clock.now() })
  forgive(scene, records, from)
  for (const [id, mayServe] of life.leaked) {
    const address = life.addresses.get(id) ?? ''
    const key = keyOf(scene, id)
    if (mayServe || !key || key.fields.disabled === true || isTaken(scene, address.slice(STACK.length + 1))) continue
    scene.findings.push(`a leaked key of ${address} was left enabled`)
  }
  for (const key of scene.keys.values()) {
    const record = records.get(key.address)
    const isStill = !record || record.frozen || record.paused || isTaken(scene, key.id)
    if (isStill) continue
    if (key.rotation.budget === 'carry') life.budgets.set(key.address, Number(key.fields.limit))
    const works = record.generations.filter(isLive).some((g) => keyOf(scene, g.id)?.fields.disabled === false)
    if (works && key.fields.disabled === true) scene.findings.push(`a secret of ${key.address} works, and none shall`)
  }
  checkBudgets(scene, life)
}
