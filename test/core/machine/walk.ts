/** A walk through the machine: runs, crashes, commits, people's words and what happens outside, in an order drawn at random. */
import { adopted } from '../../../src/core/adoption.ts'
import type { DesiredKey } from '../../../src/core/key.ts'
import { decide } from '../../../src/core/machine/next-step.ts'
import type { Sight, Step } from '../../../src/core/machine/step.ts'
import { transition } from '../../../src/core/machine/transition.ts'
import { isLive, type KeyRecord, newRecord } from '../../../src/core/record.ts'
import { DAY, HOUR, instant, MINUTE } from '../../../src/core/time.ts'
import { aKey, aPlace, aRotation } from '../../fakes/desired.ts'
import { LINEAGE, live, NOW } from './build.ts'
import { say } from './words.ts'
import { type Draw, World } from './world.ts'

export type { Draw } from './world.ts'

export class Walk {
  record: KeyRecord = newRecord(aKey(), LINEAGE)
  desired: DesiredKey | null = aKey()
  readonly world: World
  readonly #draw: Draw
  #skewed = false

  /** `found`: it begins with a key that somebody made, and that is taken over. */
  constructor(draw: Draw, found = false) {
    this.#draw = draw
    this.world = new World(draw, NOW)
    if (found) this.record = this.#takenOver()
  }

  #takenOver(): KeyRecord {
    const key = live(1, { name: 'by hand' })
    this.world.keys.set(key.id, key)
    this.desired = aKey({ places: [aPlace('a'), aPlace('c')].slice(this.#draw(3)) })
    for (const { identity } of [aPlace('a'), aPlace('c')])
      this.world.cells.set(identity, [0, 1, -1][this.#draw(3)] ?? 0)
    const adoption = { key: key.id, as: 'a', asFound: this.#draw(2) === 0 }
    const none = { ids: new Map(), blind: new Set<string>(), lineage: LINEAGE, lineages: new Set<string>() }
    const record = adopted({ desired: this.desired, adoption, live: key, now: NOW, ...none })
    if ('severity' in record) throw new Error(record.message)
    return record
  }

  get now(): number {
    return this.world.now
  }

  /** One step, one edit or one word, after a turn of events outside now and then. Returns the step that was taken. */
  go(): Step | null {
    if (this.#draw(8) === 0) this.#turn()
    if (this.#draw(24) === 0) {
      this.record = say(this.record, this.#draw, { now: this.now, desired: this.desired })
      return null
    }
    const decision = decide(this.desired, this.record, this.sight())
    if (decision.do === 'rest') {
      this.world.restart()
      this.world.now += [MINUTE, HOUR, 2 * DAY, 9 * DAY][this.#draw(4)] ?? 0
      this.desired = edited(this.#draw)
      return null
    }
    this.#take(decision)
    return decision
  }

  sight(): Sight {
    const { keys, places, inHand } = this.world
    const recorded = this.record.generations.filter(isLive).map((g) => [g.id, keys.get(g.id) ?? null] as const)
    const marked = [...keys.values()].filter((key) => !recorded.some(([id]) => id === key.id))
    return { now: this.now, keys: new Map(recorded), marked, places, inHand, skewed: this.#skewed }
  }

  /** Somebody at the dashboard or at a place, or a clock that goes wrong. */
  #turn(): void {
    const { keys, cells } = this.world
    const key = [...keys.values()][this.#draw(4)]
    const what = this.#draw(6)
    if (what === 0) this.#skewed = !this.#skewed
    if (what === 1) this.world.restart()
    if (what === 2) cells.set(aPlace('c').identity, -1)
    if (!key) return
    if (what === 3) keys.delete(key.id)
    if (what === 4) this.world.patch(key.id, { limit: [1, 500][this.#draw(2)] ?? 1 })
    if (what === 5) this.world.patch(key.id, { disabled: this.#draw(2) === 0 })
  }

  /** Announced; then it is done or not; then the answer comes or the process dies. */
  #take(step: Step): void {
    const inside = () => ({ record: this.record, desired: this.desired })
    this.record = this.world.claims(step, inside()).reduce(transition, this.record)
    const fate = this.#draw(12)
    const results = fate === 0 ? [] : this.world.act(step, inside())
    if (fate < 2) this.world.restart()
    else this.record = step.do === 'end' ? newRecord(aKey(), LINEAGE) : results.reduce(transition, this.record)
  }
}

/** An entry as a commit may leave it; `null`: taken out. */
function edited(draw: Draw): DesiredKey | null {
  if (draw(6) === 0) return null
  const guardrail = [undefined, undefined, 'g-1', 'g-2'][draw(4)]
  return aKey({
    places: [aPlace('a'), aPlace('b')].slice(draw(2), 1 + draw(2)).concat(aPlace('c')),
    rotation: aRotation({
      every: draw(3) === 0 ? 5 * DAY : null,
      grace: DAY,
      hold: draw(2) * HOUR,
      serial: 1 + draw(3),
      jitter: draw(2) * 12 * HOUR,
      retire: draw(3) === 0 ? { when: 'unused', quiet: 6 * HOUR, by: 3 * DAY } : { when: 'deadline' },
      budget: draw(3) === 0 ? 'carry' : 'fresh',
      window: draw(4) === 0 ? { days: [1, 2, 3, 4, 5], from: 540, to: 960, zone: 'Europe/Berlin' } : null,
      freezes: draw(5) === 0 ? [{ from: instant(NOW), to: instant(NOW + 20 * DAY), reason: 'holidays' }] : [],
    }),
    removalHold: draw(2) * DAY,
    expiresIn: draw(4) === 0 ? 30 * DAY : null,
    bornHarmless: guardrail !== undefined || draw(3) === 0,
    ...(guardrail === undefined ? {} : { guardrail }),
    fields: { limit: [5, 10, null][draw(3)] ?? null, disabled: draw(8) === 0 },
  })
}
