/** People: what is done in the dashboard and at the places, behind keywright's back. */
import { formatName, parseName } from '../../src/core/address.ts'
import type { LiveKey } from '../../src/core/key.ts'
import { recordedIds } from '../../src/core/ownership.ts'
import { isLive } from '../../src/core/record.ts'
import { Secret } from '../../src/core/secret.ts'
import { fingerprint } from '../../src/sinks/bytes.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { aPlace } from '../fakes/desired.ts'
import { accountOf, keyOf, keysOf } from './accounts.ts'
import { meddle } from './life/meddling.ts'
import { pick } from './random.ts'
import { type Scene, STACK } from './scene.ts'

async function recordedKeys(scene: Scene): Promise<readonly LiveKey[]> {
  const { records } = await memoryStore(scene.ledger, scene.clock).read(STACK)
  const ids = recordedIds(records)
  return keysOf(scene).filter((key) => ids.has(key.id))
}

/** Somebody in the dashboard or at the place. */
export async function outsideEdit(scene: Scene): Promise<void> {
  const { random, life } = scene
  const known = await recordedKeys(scene)
  const key = known.length > 0 ? pick(random, known) : null
  const address = key ? `${STACK}/${parseName(key.name)?.marker.id}` : null
  if (!key || !address || scene.restored.has(address)) return
  const draw = random()
  if (life && (await meddle(scene, life, { key, address }))) return
  const account = accountOf(scene, key.id)
  scene.excused.add(address)
  if (draw < 0.4) vanish(scene, key)
  else if (draw < 0.5) raise(scene, key)
  else if (draw < 0.6) tighten(scene, key)
  else if (draw < 0.7) account.edit(key.id, { name: 'renamed by hand' })
  else if (draw < 0.8) copyName(scene, key)
  else if (draw < 0.9) overwrite(scene, address)
  else
    account.plant({
      name: formatName('x', { stack: STACK, id: 'zz', n: 1, lineage: 'zzzzzzzz' }),
      scope: key.scope,
      fields: {},
    })
}

/** Nobody can tell what the key had spent. */
function vanish(scene: Scene, { id }: LiveKey): void {
  accountOf(scene, id).remove(id)
  scene.life?.forgotten.add(id)
}

/** A key made by hand with a copied name: the same marker, one generation earlier or the same. It is in use. */
function copyName(scene: Scene, key: LiveKey): void {
  const copy = accountOf(scene, key.id).plant({ name: key.name, scope: key.scope, fields: {} })
  accountOf(scene, key.id).spend(copy.key.id, 1)
  scene.copies.add(copy.key.id)
}

/** Somebody raises the limit of a key, also of one that was lowered before. */
function raise(scene: Scene, key: LiveKey): void {
  scene.account.edit(key.id, { fields: { limit: 500 } })
  const address = `${STACK}/${parseName(key.name)?.marker.id}`
  if (scene.life?.budgets.has(address)) scene.life.budgets.set(address, Number.POSITIVE_INFINITY)
  scene.tightened.delete(key.id)
}

/** Somebody lowers the limit of a key in service. Nothing but a later commit may raise it again. */
function tighten(scene: Scene, key: LiveKey): void {
  // A share of a limit may be less already.
  if (Number(key.fields.limit ?? 500) <= 1) return
  scene.account.edit(key.id, { fields: { limit: 1 } })
  scene.lowered.add(`${STACK}/${parseName(key.name)?.marker.id}`)
  scene.tightened.set(key.id, scene.keys.get(parseName(key.name)?.marker.id ?? '')?.digest ?? '')
}

/** Somebody restores a backup of a readable place: it holds the generation before again, which is still in grace. */
export async function restoreOld(scene: Scene): Promise<void> {
  const { records } = await memoryStore(scene.ledger, scene.clock).read(STACK)
  for (const record of records.values()) {
    const old = record.generations.find((g) => g.phase === 'superseded' && g.everActive)
    const place = record.places.find((p) => p.readable && p.status === 'verified')
    const bytes = old && isLive(old) && keyOf(scene, old.id) ? accountOf(scene, old.id).secretOf(old.id) : null
    const isExcused = scene.excused.has(record.address) || scene.life?.excused.has(record.address)
    if (!place || !bytes || isExcused) continue
    scene.restored.add(record.address)
    scene.life?.hasty.add(record.address)
    scene.cells.changes += 1
    scene.cells.cells.set(place.identity, {
      bytes,
      version: `b${scene.cells.changes}`,
      fingerprint: fingerprint(bytes),
    })
  }
}

/** Somebody writes a value of their own into a place. A key that leaves the manifests must not take it along. */
function overwrite(scene: Scene, address: string): void {
  const id = address.slice(STACK.length + 1)
  const place = aPlace(`${id}1`, 's1')
  const bytes = Secret.of(`by hand ${scene.minted}`)
  scene.cells.changes += 1
  scene.cells.cells.set(place.identity, { bytes, version: `h${scene.cells.changes}`, fingerprint: fingerprint(bytes) })
  scene.foreign.set(place.identity, id)
}
