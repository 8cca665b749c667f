/** What a consumer sees after each effect, and what must be true at the end. */
import { parseName } from '../../src/core/address.ts'
import type { DesiredKey, Fields, Place } from '../../src/core/key.ts'
import { activeOf, isLive, type KeyRecord } from '../../src/core/record.ts'
import { DAY } from '../../src/core/time.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { isTaken, keyOf, keysOf, secretOf } from './accounts.ts'
import { lookAround } from './life/holders.ts'
import type { Life } from './life/life.ts'
import { checkBudgets, spendSometimes, wholeLess } from './life/money.ts'
import { type Scene, STACK } from './scene.ts'

/** What a consumer sees: a place that served holds the secret of a key that works. */
export function watch(scene: Scene): void {
  checkTightened(scene)
  if (scene.life) watchLife(scene, scene.life)
  else for (const key of scene.keys.values()) for (const place of key.places) lookAt(scene, key, place)
}

function watchLife(scene: Scene, life: Life): void {
  lookAround(scene, life)
  spendSometimes(scene, life)
  checkBudgets(scene, life)
}

/** A key that somebody lowered stays lowered while its manifest entry stays the same. */
function checkTightened(scene: Scene): void {
  for (const [id, entry] of scene.tightened) {
    const key = keyOf(scene, id)
    const now = scene.keys.get(parseName(key?.name ?? '')?.marker.id ?? '')?.digest
    if (!key || now !== entry) scene.tightened.delete(id)
    else if (Number(key.fields.limit ?? 500) > 1) scene.findings.push('a limit lowered by hand was raised')
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

/** live == manifest: one active generation per address, nothing else marked, every place holds it. */
export async function judge(scene: Scene): Promise<void> {
  const { records } = await memoryStore(scene.ledger, scene.clock).read(STACK)
  const { findings } = scene
  const ours = keysOf(scene).filter(
    (key) => parseName(key.name)?.marker.stack === STACK && parseName(key.name)?.marker.id !== 'zz',
  )
  const recorded = new Set(
    [...records.values()].flatMap((record) => record.generations.filter(isLive).map((g) => g.id)),
  )
  for (const id of scene.copies) if (!keyOf(scene, id)) findings.push('a key made by hand was deleted')
  for (const [identity, id] of scene.foreign)
    if (!scene.keys.has(id) && !records.has(`${STACK}/${id}`) && !scene.cells.cells.has(identity))
      findings.push('a value written by hand was emptied')
  for (const key of ours)
    if (!scene.copies.has(key.id) && !isTaken(scene, parseName(key.name)?.marker.id) && !recorded.has(key.id))
      findings.push(`orphan ${key.name}`)
  for (const key of scene.keys.values()) if (!isTaken(scene, key.id)) judgeKey(scene, key, records.get(key.address))
  for (const record of records.values())
    if (!scene.keys.has(record.address.slice(STACK.length + 1)) && record.generations.length > 0)
      findings.push(`${record.address} was removed and still has ${record.generations.length} generations`)
}

function judgeKey(scene: Scene, key: DesiredKey, record: KeyRecord | undefined): void {
  const { findings } = scene
  const active = record ? activeOf(record) : null
  if (!record || !active) {
    findings.push(`${key.address} has no active generation: ${phasesOf(record)}`)
    return
  }
  if (record.frozen) return
  const live = keyOf(scene, active.id)
  if (live?.fields.limit !== limitOf(scene, key, record) || live?.fields.disabled !== key.fields.disabled)
    findings.push(`${key.address} differs from the manifest`)
  if (!record.pinned && !sameList(live?.fields.scopes, key.fields.scopes))
    findings.push(`${key.address} has other scopes`)
  if (key.guardrail !== undefined && scene.account.guardrailOf(active.id) !== key.guardrail)
    findings.push(`${key.address} is not guarded`)
  if (record.pinned) return
  const isYoung = scene.clock.now() - Date.parse(active.activeAt) < patienceOf(scene, key)
  if (!isYoung && record.generations.length > 1) findings.push(`${key.address} keeps ${phasesOf(record)}`)
  // A place that was put back to a secret which was then reported: nothing looks there again before the next rotation.
  if (scene.restored.has(key.address) && scene.life && isReported(scene.life, key.address)) return
  for (const { identity, text } of key.places)
    if (!scene.foreign.has(identity) && scene.cells.cells.get(identity)?.bytes.expose() !== secretOf(scene, active.id))
      findings.push(`${text} does not hold the active secret`)
}

/** Runs that come every 31 hours meet a window of some hours seldom. */
function patienceOf({ life }: Scene, { rotation }: DesiredKey): number {
  if (!life) return 3 * DAY
  return rotation.window || rotation.freezes.length > 0 ? 25 * DAY : 8 * DAY
}

function isReported({ leaked, addresses }: Life, address: string): boolean {
  return [...leaked.keys()].some((id) => addresses.get(id) === address)
}

/** Under a shared limit: the whole, less what all others spent in the running window. */
function limitOf(scene: Scene, key: DesiredKey, record: KeyRecord): Fields[string] | undefined {
  const id = activeOf(record)?.id ?? ''
  if (!scene.life?.budgets.has(key.address)) return key.fields.limit
  return record.generations.length > 1 ? keyOf(scene, id)?.fields.limit : wholeLess(scene, scene.life, key, id)
}

function phasesOf(record: KeyRecord | undefined): string {
  return record?.generations.map((g) => `${g.n}:${g.phase}`).join(' ') ?? 'no record'
}

function sameList(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
