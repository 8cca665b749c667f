/** What a consumer sees after each effect, and what must be true at the end. */
import { parseName } from '../../src/core/address.ts'
import type { DesiredKey, Place } from '../../src/core/key.ts'
import { activeOf, isLive } from '../../src/core/record.ts'
import { DAY } from '../../src/core/time.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type Scene, STACK } from './scene.ts'

/** What a consumer sees: a place that served holds the secret of a key that works. */
export function watch(scene: Scene): void {
  checkTightened(scene)
  for (const key of scene.keys.values()) for (const place of key.places) lookAt(scene, key, place)
}

/** A key that somebody lowered stays lowered while its manifest entry stays the same. */
function checkTightened(scene: Scene): void {
  for (const [id, entry] of scene.tightened) {
    const key = scene.account.key(id)
    const now = scene.keys.get(parseName(key?.name ?? '')?.marker.id ?? '')?.digest
    if (!key || now !== entry) scene.tightened.delete(id)
    else if (key.fields.limit !== 1) scene.findings.push('a limit lowered by hand was raised')
  }
}

function lookAt(scene: Scene, key: DesiredKey, place: Place): void {
  const text = scene.cells.cells.get(place.identity)?.bytes.expose()
  if (text === undefined || text.startsWith('by hand')) return
  scene.foreign.delete(place.identity)
  if (scene.excused.has(key.address) || key.fields.disabled === true) return
  const live = scene.account.keys().find((one) => scene.account.secretOf(one.id)?.expose() === text)
  if (live && live.fields.disabled !== true && live.fields.limit !== 0) return
  // Lowered by hand: the address stands still, half-way through a rotation too, until a later commit.
  if (scene.lowered.has(key.address)) return
  scene.options.trace?.(`FOUND ${place.text}`)
  scene.findings.push(`${place.text} holds ${live ? 'a disabled or empty' : 'a dead'} key`)
}

/** Somebody's key carries the marker of this address: it is stopped, and rightly so. */
function isTaken({ account, copies }: Scene, id: string | undefined): boolean {
  return [...copies].some((copy) => parseName(account.key(copy)?.name ?? '')?.marker.id === id)
}

/** live == manifest: one active generation per address, nothing else marked, every place holds it. */
export async function judge(scene: Scene): Promise<void> {
  const { records } = await memoryStore(scene.ledger, scene.clock).read(STACK)
  const { findings, account } = scene
  const ours = account
    .keys()
    .filter((key) => parseName(key.name)?.marker.stack === STACK && parseName(key.name)?.marker.id !== 'zz')
  const recorded = new Set(
    [...records.values()].flatMap((record) => record.generations.filter(isLive).map((g) => g.id)),
  )
  for (const id of scene.copies) if (!account.key(id)) findings.push('a key made by hand was deleted')
  for (const [identity, id] of scene.foreign)
    if (!scene.keys.has(id) && !records.has(`${STACK}/${id}`) && !scene.cells.cells.has(identity))
      findings.push('a value written by hand was emptied')
  for (const key of ours)
    if (!isTaken(scene, parseName(key.name)?.marker.id) && !recorded.has(key.id)) findings.push(`orphan ${key.name}`)
  for (const key of scene.keys.values()) {
    const record = records.get(key.address)
    const active = record ? activeOf(record) : null
    if (isTaken(scene, key.id)) continue
    if (!record || !active)
      findings.push(
        `${key.address} has no active generation: ${record?.generations.map((g) => `${g.n}:${g.phase}`).join(' ')}`,
      )
    else {
      const live = account.key(active.id)
      if (record.frozen) continue
      if (live?.fields.limit !== key.fields.limit || live?.fields.disabled !== key.fields.disabled)
        findings.push(`${key.address} differs from the manifest`)
      const young = scene.clock.now() - Date.parse(active.activeAt) < 3 * DAY
      if (!young && record.generations.length > 1)
        findings.push(`${key.address} keeps ${record.generations.map((g) => `${g.n}:${g.phase}`).join(' ')}`)
      for (const place of key.places)
        if (
          !scene.foreign.has(place.identity) &&
          scene.cells.cells.get(place.identity)?.bytes.expose() !== account.secretOf(active.id)?.expose()
        )
          findings.push(`${place.text} does not hold the active secret`)
    }
  }
  for (const record of records.values())
    if (!scene.keys.has(record.address.slice(STACK.length + 1)) && record.generations.length > 0)
      findings.push(`${record.address} was removed and still has ${record.generations.length} generations`)
}
