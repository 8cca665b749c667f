/** The state of a history in a few lines, to understand a finding. */
import { isLive, type KeyRecord, type PlaceState } from '../../src/core/record.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { keysOf } from './accounts.ts'
import { type Scene, STACK } from './scene.ts'

export async function describe(scene: Scene): Promise<void> {
  const { records } = await memoryStore(scene.ledger, scene.clock).read(STACK)
  for (const record of records.values()) scene.options.trace?.(`  ${recordLine(record)}`)
  const live = keysOf(scene).map(
    (key) => `${key.id.slice(-6)} ${key.name.slice(-24)} ${key.fields.limit}${key.fields.disabled ? '!' : ''}`,
  )
  const when = new Date(scene.clock.now()).toISOString()
  scene.options.trace?.(`  live ${live.join(' | ')} at ${when} wanted ${[...scene.keys.keys()]}`)
}

function recordLine(r: KeyRecord): string {
  const generations = r.generations.map((g) => {
    const leaked = isLive(g) && g.compromised ? '?' : ''
    return `${g.n}:${g.phase}${leaked}(${g.issued.fields.limit ?? ''})`
  })
  const marks = [
    r.tainted ? `tainted ${r.tainted.n}` : '',
    r.frozen ? `frozen ${r.frozen.fields}` : '',
    r.pinned ? `pinned ${r.pinned.n}` : '',
    r.paused ? `paused ${r.paused.until}` : '',
    r.requested ? `requested ${r.requested.n}` : '',
    r.compromised ? `compromised ${r.compromised.n}` : '',
    r.carry ? `carry ${JSON.stringify(r.carry)}` : '',
  ]
  const patches = r.patches.map((p) => p.fields)
  return `${r.address} s${r.serial} h${r.highest} [${generations.join(' ')}] ab[${r.abandoned.map((a) => a.n)}] ${r.places.map(placeWord).join(' ')} ${marks.join(' ')} patches ${JSON.stringify(patches)}`
}

function placeWord(p: PlaceState): string {
  return `${p.text}=${p.n}:${p.status}${p.readable ? '' : ':blind'}${p.conditional ? '' : ':unconditional'}`
}
