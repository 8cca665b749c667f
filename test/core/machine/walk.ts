/** A walk through the machine: an account and a few places, as simple as can be, and outcomes drawn at random. */
import type { DesiredKey, LiveKey } from '../../../src/core/key.ts'
import type { Event } from '../../../src/core/machine/event.ts'
import { nameOf } from '../../../src/core/machine/issue.ts'
import { decide } from '../../../src/core/machine/next-step.ts'
import type { Seen, Sight, Step } from '../../../src/core/machine/step.ts'
import { transition } from '../../../src/core/machine/transition.ts'
import { isLive, type KeyRecord, newRecord, type PlaceState } from '../../../src/core/record.ts'
import { DAY, HOUR, instant, MINUTE } from '../../../src/core/time.ts'
import { aKey, aPlace, aRotation } from '../../fakes/desired.ts'
import { LINEAGE, live, NOW } from './build.ts'

/** Draws in order, each from 0 to 999; 0 when they are used up. */
export type Draw = (below: number) => number

export class Walk {
  record: KeyRecord = newRecord(aKey(), LINEAGE)
  desired: DesiredKey | null = aKey()
  now = NOW
  readonly keys = new Map<string, LiveKey>()
  /** Generation whose secret a place holds, by identity; -1 is somebody else's text. */
  readonly cells = new Map<string, number>()
  readonly #draw: Draw
  #inHand: number | null = null
  #places = new Map<string, Seen>()
  #skewed = false

  constructor(draw: Draw) {
    this.#draw = draw
  }

  /** One step, one edit, or one turn of events outside. Returns the step that was taken. */
  go(): Step | null {
    if (this.#draw(8) === 0) this.#turn()
    const decision = decide(this.desired, this.record, this.sight())
    if (decision.do === 'rest') {
      this.#crash()
      this.now += [MINUTE, HOUR, 2 * DAY, 9 * DAY][this.#draw(4)] ?? 0
      this.desired = this.#edited()
      return null
    }
    this.#take(decision)
    return decision
  }

  sight(): Sight {
    const recorded = this.record.generations.filter(isLive).map((g) => [g.id, this.keys.get(g.id) ?? null] as const)
    return {
      now: this.now,
      keys: new Map(recorded),
      marked: [...this.keys.values()].filter((key) => !recorded.some(([id]) => id === key.id)),
      places: this.#places,
      inHand: this.#inHand,
      skewed: this.#skewed,
    }
  }

  #crash(): void {
    this.#inHand = null
    this.#places = new Map()
  }

  #edited(): DesiredKey | null {
    const draw = this.#draw
    if (draw(6) === 0) return null
    return aKey({
      places: [aPlace('a'), aPlace('b')].slice(draw(2), 1 + draw(2)).concat(aPlace('c')),
      rotation: aRotation({
        every: draw(3) === 0 ? 5 * DAY : null,
        grace: DAY,
        hold: draw(2) * HOUR,
        serial: 1 + draw(3),
      }),
      removalHold: draw(2) * DAY,
      expiresIn: draw(4) === 0 ? 30 * DAY : null,
      bornHarmless: draw(3) === 0,
      fields: { limit: [5, 10, null][draw(3)] ?? null, disabled: draw(8) === 0 },
    })
  }

  /** Somebody at the dashboard or at a place, or a clock that goes wrong. */
  #turn(): void {
    const key = [...this.keys.values()][this.#draw(4)]
    const what = this.#draw(6)
    if (what === 0) this.#skewed = !this.#skewed
    if (what === 1) this.#crash()
    if (what === 2) this.cells.set(aPlace('c').identity, -1)
    if (!key) return
    if (what === 3) this.keys.delete(key.id)
    if (what === 4) this.#patch(key.id, { limit: [1, 500][this.#draw(2)] ?? 1 })
    if (what === 5) this.#patch(key.id, { disabled: this.#draw(2) === 0 })
  }

  #fold(...events: readonly Event[]): void {
    this.record = events.reduce(transition, this.record)
  }

  /** Announced; then it is done or not; then the answer comes or the process dies. */
  #take(step: Step): void {
    this.#fold(...this.#claims(step))
    const fate = this.#draw(12)
    const results = fate === 0 ? [] : this.#effect(step)
    if (fate < 2) this.#crash()
    else this.#fold(...results)
  }

  #claims(step: Step): readonly Event[] {
    const at = instant(this.now)
    switch (step.do) {
      case 'issue': {
        const { desired } = this
        if (!desired) return []
        const name = nameOf(desired, LINEAGE, step.n)
        const { expiresIn, scope, id } = desired
        const issued = {
          name,
          scope,
          fields: { disabled: false, ...step.fields },
          expiresIn,
          rotationSerial: desired.rotation.serial,
          words: { id, name: desired.name },
        }
        return [{ on: 'issue-claimed', at, n: step.n, issued, harmless: step.harmless, versions: {}, desired }]
      }
      case 'write': {
        const caps = { readable: step.place.at.path !== 'b', conditional: true }
        return [
          { on: 'write-claimed', n: step.n, place: step.place, version: null, fingerprint: print(step.n), ...caps },
        ]
      }
      case 'lift':
      case 'update':
        return [{ on: 'update-claimed', at, n: step.n, fields: step.fields }]
      case 'disable':
        return [{ on: 'disable-claimed', at, n: step.n, why: step.why }]
      case 'remove':
        return [{ on: 'remove-claimed', n: step.n }]
      case 'empty':
        return [{ on: 'empty-claimed', identity: step.place.identity }]
      default:
        return []
    }
  }

  #effect(step: Step): readonly Event[] {
    const at = instant(this.now)
    switch (step.do) {
      case 'abandon':
        return [{ on: 'abandoned', n: step.n }]
      case 'note-gone':
        this.#places = new Map()
        return [{ on: 'gone', n: step.n }]
      case 'drop-claim':
        return [{ on: 'claim-dropped', n: step.n }]
      case 'supersede':
        return [{ on: 'superseded', n: step.n, at }]
      case 'activate':
        this.#places = new Map()
        return [{ on: 'activated', n: step.n, at }]
      case 'freeze':
        return [{ on: 'frozen', fields: step.fields, entry: this.desired?.digest ?? '', at }]
      case 'thaw':
        return [{ on: 'thawed' }, { on: 'updated', n: step.n, fields: step.fields, lifted: false }]
      case 'confirm':
        return [{ on: 'updated', n: step.n, fields: step.fields, lifted: false }]
      case 'drop-place':
        return [{ on: 'place-dropped', identity: step.identity }]
      case 'end':
        this.record = newRecord(aKey(), LINEAGE)
        return []
      case 'issue':
        return this.#create(step)
      case 'prove':
        return this.#draw(10) === 0 ? [{ on: 'superseded', n: step.n, at }] : [{ on: 'proven', n: step.n }]
      case 'recover':
        return step.places.flatMap((place) => this.#recover(step.n, place))
      case 'write':
        this.cells.set(step.place.identity, step.n)
        this.#places.delete(step.place.identity)
        return [{ on: 'written', identity: step.place.identity, version: `v${step.n}` }]
      case 'check':
        return this.#look(step.place)
      case 'inspect':
        return step.places.flatMap((place) => this.#look(place))
      case 'empty':
        if (print(this.cells.get(step.place.identity) ?? 0) === step.place.fingerprint)
          this.cells.delete(step.place.identity)
        return [{ on: 'place-dropped', identity: step.place.identity }]
      case 'lift':
      case 'update':
        this.#patch(step.id, step.fields)
        return [{ on: 'updated', n: step.n, fields: step.fields, lifted: step.do === 'lift' }]
      case 'disable':
        this.#patch(step.id, { disabled: true })
        return [{ on: 'disabled', n: step.n, at }]
      case 'enable':
        this.#patch(step.id, step.fields)
        return [{ on: 'enabled', n: step.n, at, fields: step.fields }]
      case 'remove':
        this.keys.delete(step.id)
        this.#places = new Map()
        return [{ on: 'gone', n: step.n }]
      default:
        return step satisfies never
    }
  }

  #create({ n, fields }: Extract<Step, { do: 'issue' }>): readonly Event[] {
    const answer = this.#draw(8)
    if (answer === 0) return [{ on: 'withdrawn', n }]
    const id = `id-${n}`
    const name = this.record.generations.find((g) => g.n === n)?.issued.name ?? ''
    if (answer !== 1)
      this.keys.set(id, live(n, { id, name, createdAt: instant(this.now), fields: { ...aKey().fields, ...fields } }))
    if (answer <= 2) return [{ on: 'abandoned', n }]
    this.#inHand = n
    return [{ on: 'created', n, id }]
  }

  #recover(n: number, place: PlaceState): readonly Event[] {
    const held = this.#read(place)
    if (held !== n) return []
    this.#inHand = n
    return [{ on: 'seen', identity: place.identity, n, version: `v${n}`, fingerprint: print(n) }]
  }

  #look(place: PlaceState): readonly Event[] {
    const { identity } = place
    const held = this.#read(place)
    if (print(held) !== place.fingerprint) return [{ on: 'place-lost', identity, version: `v${held}` }]
    return [{ on: 'seen', identity, n: place.n, version: `v${held}`, fingerprint: print(held) }]
  }

  #read({ identity }: PlaceState): number {
    const held = this.cells.get(identity) ?? 0
    this.#places.set(identity, { fingerprint: print(held), version: `v${held}` })
    return held
  }

  #patch(id: string, { name, ...fields }: LiveKey['fields']): void {
    const key = this.keys.get(id)
    if (!key) return
    const renamed = typeof name === 'string' ? { name } : {}
    this.keys.set(id, { ...key, ...renamed, fields: { ...key.fields, ...fields }, updatedAt: instant(this.now) })
  }
}

function print(n: number): string {
  return `sha256:${n}`
}
