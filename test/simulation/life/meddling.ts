/** What people do outside in a long life, beside what they do in any: guardrails taken away, and keys of Strait rotated by hand. */
import type { LiveKey } from '../../../src/core/key.ts'
import { accountOf } from '../accounts.ts'
import { type Scene, STACK } from '../scene.ts'
import { excuse } from './excuses.ts'
import type { Life } from './life.ts'
import { remember } from './watched.ts'

interface Meddled {
  readonly key: LiveKey
  readonly address: string
}

/** True when it was done here, and nothing else is to be done. */
export async function meddle(scene: Scene, life: Life, { key, address }: Meddled): Promise<boolean> {
  const isStrait = life.strait.secretOf(key.id) !== null
  const draw = scene.random()
  if (!isStrait && draw < 0.2) {
    scene.account.guard(key.id, null)
    life.unguarded.add(key.id)
    return true
  }
  excuse(scene, address)
  if (!isStrait) return false
  if (draw < 0.4) await rotateByHand(scene, life, key)
  else if (draw < 0.6) planted(scene, life, key)
  else accountOf(scene, key.id).remove(key.id)
  return true
}

/** Somebody rotates a key in the dashboard, and uses the successor. The old one ends by the clock of the API. */
async function rotateByHand(scene: Scene, life: Life, key: LiveKey): Promise<void> {
  const outcome = await life.strait.handle().rotate?.(key.id, 24 * 3_600_000)
  if (outcome?.kind !== 'created') return
  life.endings.set(key.id, scene.clock.now())
  life.strait.spend(outcome.key.id, 0)
  scene.copies.add(outcome.key.id)
  life.ids.set(outcome.secret.expose(), outcome.key.id)
}

/** The API is in the middle of a rotation of its own: the next key is listed, and nothing says whose it is. */
function planted(scene: Scene, life: Life, key: LiveKey): void {
  const { name, scope, fields } = key
  const made = life.strait.plant({ name: `${name} (auto-rotated)`, scope, fields: { scopes: fields.scopes ?? [] } })
  scene.copies.add(made.key.id)
  remember(life, { ...made.key, name: `${STACK} stranger` }, made.secret.expose())
}
