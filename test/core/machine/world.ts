/** An account and a few places, as simple as can be, in which every step of the machine can be taken. Outcomes are drawn. */
import type { DesiredKey, Fields, LiveKey } from '../../../src/core/key.ts'
import type { Event } from '../../../src/core/machine/event.ts'
import { confirmed, cutClaim, removeClaim } from '../../../src/core/machine/facts.ts'
import { nameOf } from '../../../src/core/machine/issue.ts'
import type { Seen, Step } from '../../../src/core/machine/step.ts'
import type { KeyRecord, PlaceState } from '../../../src/core/record.ts'
import { type Reset, windowStart } from '../../../src/core/schedule/calendar.ts'
import { at, instant, type Millis } from '../../../src/core/time.ts'
import { LINEAGE, live } from './build.ts'

/** Draws in order, each from 0 to below `below`. */
export type Draw = (below: number) => number

export interface Inside {
  readonly record: KeyRecord
  readonly desired: DesiredKey | null
}

export class World {
  now: Millis
  /** Longest lifetime that the API grants, whatever is asked for. */
  longest: Millis = Number.POSITIVE_INFINITY
  readonly keys = new Map<string, LiveKey>()
  /** Generation whose secret a place holds, by identity; -1 is somebody else's text. */
  readonly cells = new Map<string, number>()
  /** What this run has read, and the generation whose secret it holds. */
  places = new Map<string, Seen>()
  inHand: number | null = null
  readonly #draw: Draw

  constructor(draw: Draw, now: Millis) {
    this.#draw = draw
    this.now = now
  }

  /** A new run knows nothing of what the last one held and read. */
  restart(): void {
    this.inHand = null
    this.places = new Map()
  }

  claims(step: Step, { record, desired }: Inside): readonly Event[] {
    const when = instant(this.now)
    switch (step.do) {
      case 'issue':
        return desired ? [issueClaim(step, desired, when)] : []
      case 'write': {
        const caps = { readable: step.place.at.path !== 'b', conditional: true }
        return [
          {
            on: 'write-claimed',
            at: when,
            n: step.n,
            place: step.place,
            version: null,
            fingerprint: print(step.n),
            ...caps,
          },
        ]
      }
      case 'restore':
        return [restoreClaim(step, record, when)]
      case 'cut': {
        const claim: Event = { on: 'update-claimed', at: when, n: step.n, fields: step.fields }
        return desired ? [cutClaim(step, desired, this.now), claim] : []
      }
      case 'lift':
      case 'update':
        return [{ on: 'update-claimed', at: when, n: step.n, fields: step.fields }]
      case 'disable':
        return [{ on: 'disable-claimed', at: when, n: step.n, why: step.why }]
      case 'remove':
        return [removeClaim(step.n, { record, sight: { now: this.now, keys: this.keys } }, desired)]
      case 'empty':
        return [{ on: 'empty-claimed', identity: step.place.identity }]
      default:
        return []
    }
  }

  act(step: Step, inside: Inside): readonly Event[] {
    const when = instant(this.now)
    switch (step.do) {
      case 'abandon':
        return [{ on: 'abandoned', n: step.n }]
      case 'note-gone':
        this.places = new Map()
        return [{ on: 'gone', n: step.n }]
      case 'note-use':
        return [{ on: 'use-noted', n: step.n, mark: step.mark, at: when }]
      case 'uncut':
        return [{ on: 'uncut' }]
      case 'settle-pin':
        return [{ on: 'pin-settled' }]
      case 'adopt':
        return [this.#adopt(step)]
      case 'drop-claim':
        return [{ on: 'claim-dropped', n: step.n }]
      case 'supersede':
        return [{ on: 'superseded', n: step.n, at: when }]
      case 'activate':
        this.places = new Map()
        return [{ on: 'activated', n: step.n, at: when }]
      case 'reinstate':
        this.places = new Map()
        return [{ on: 'reinstated', n: step.n, at: when }]
      case 'freeze':
        return [{ on: 'frozen', fields: step.fields, entry: inside.desired?.digest ?? '', at: when }]
      case 'thaw':
        return [{ on: 'thawed' }, { on: 'updated', n: step.n, fields: step.fields, lifted: false }]
      case 'confirm':
        return confirmed(step)
      case 'drop-place':
        return [{ on: 'place-dropped', identity: step.identity }]
      case 'end':
        return []
      case 'issue':
        return this.#create(step, inside)
      case 'assign':
        this.#change(step.id, { guardrail: step.guardrail })
        return [{ on: 'assigned', n: step.n, guardrail: step.guardrail }]
      case 'prove':
        return this.#draw(10) === 0 ? [{ on: 'superseded', n: step.n, at: when }] : [{ on: 'proven', n: step.n }]
      case 'recover':
        return step.places.flatMap((place) => this.#recover(step.n, place))
      case 'write':
        this.cells.set(step.place.identity, step.n)
        this.places.delete(step.place.identity)
        return [{ on: 'written', identity: step.place.identity, version: `v${step.n}` }]
      case 'restore':
        return this.#restore(step, inside.record)
      case 'check':
        return this.#look(step.place)
      case 'inspect':
        return step.places.flatMap((place) => this.#look(place))
      case 'empty':
        if (print(this.cells.get(step.place.identity) ?? 0) === step.place.fingerprint)
          this.cells.delete(step.place.identity)
        return [{ on: 'place-dropped', identity: step.place.identity }]
      case 'lift':
      case 'cut':
      case 'update':
        this.patch(step.id, step.fields)
        return [{ on: 'updated', n: step.n, fields: step.fields, lifted: step.do === 'lift' }]
      case 'disable':
        this.patch(step.id, { disabled: true })
        this.places = new Map()
        return [{ on: 'disabled', n: step.n, at: when }]
      case 'enable':
        this.patch(step.id, step.fields)
        this.places = new Map()
        return [{ on: 'enabled', n: step.n, at: when, fields: step.fields }]
      case 'remove':
        this.keys.delete(step.id)
        this.places = new Map()
        return [{ on: 'gone', n: step.n }]
      case 'hook':
        return [{ on: 'hook-done', identity: step.hook.identity }]
      case 'drop-hook':
        return [{ on: 'hook-done', identity: step.identity }]
      default:
        return step satisfies never
    }
  }

  /** Time passes, and counters whose window is over start again. */
  pass(millis: Millis): void {
    const before = this.now
    this.now += millis
    for (const key of this.keys.values()) {
      const over = (reset: Reset): boolean => windowStart(reset, before) !== windowStart(reset, this.now)
      const { total, daily, weekly, monthly } = key.usage
      const usage = {
        total,
        daily: over('daily') ? 0 : daily,
        weekly: over('weekly') ? 0 : weekly,
        monthly: over('monthly') ? 0 : monthly,
      }
      this.keys.set(key.id, { ...key, usage })
    }
  }

  /** Somebody spends with a key, as far as its cap lets them. Returns what was spent. */
  spend(id: string, usd: number): number {
    const key = this.keys.get(id)
    if (!key || key.fields.disabled === true) return 0
    const { limit } = key.fields
    const spent = typeof limit === 'number' ? Math.min(usd, Math.max(0, limit - usedIn(key))) : usd
    const { total, daily, weekly, monthly } = key.usage
    const usage = { total: total + spent, daily: daily + spent, weekly: weekly + spent, monthly: monthly + spent }
    this.keys.set(id, { ...key, usage })
    return spent
  }

  /** As an update at the API, or by hand in the dashboard. */
  patch(id: string, { name, ...fields }: Fields): void {
    const key = this.keys.get(id)
    if (!key) return
    const renamed = typeof name === 'string' ? { name } : {}
    this.#change(id, { ...renamed, fields: { ...key.fields, ...fields }, updatedAt: instant(this.now) })
  }

  #change(id: string, change: Partial<LiveKey>): void {
    const key = this.keys.get(id)
    if (key) this.keys.set(id, { ...key, ...change })
  }

  #create({ n, fields, rotates }: Extract<Step, { do: 'issue' }>, { record, desired }: Inside): readonly Event[] {
    const answer = this.#draw(8)
    if (answer === 0) return [{ on: 'withdrawn', n }]
    const id = `id-${n}`
    const name = record.generations.find((g) => g.n === n)?.issued.name ?? ''
    const all = { ...desired?.fields, ...fields, disabled: false }
    const createdAt = instant(this.now)
    if (answer !== 1) {
      this.keys.set(id, live(n, { id, name, createdAt, fields: { ...all, ...this.#capped(all) } }))
      if (rotates !== undefined) this.#change(rotates, { replacedBy: id, graceEndsAt: instant(this.now + GRACE) })
    }
    if (answer <= 2) return [{ on: 'abandoned', n }]
    this.inHand = n
    return [{ on: 'created', n, id }]
  }

  #capped({ expiresAt }: Fields): Fields {
    if (typeof expiresAt !== 'string') return {}
    return { expiresAt: instant(Math.min(at(expiresAt), this.now + this.longest)) }
  }

  #recover(n: number, place: PlaceState): readonly Event[] {
    const held = this.#read(place)
    const isKnown = place.status === 'verified' || place.status === 'written'
    if (held !== n && isKnown && print(held) !== place.fingerprint)
      return [{ on: 'place-lost', identity: place.identity, version: `v${held}` }]
    if (held !== n) return []
    this.inHand = n
    return [{ on: 'seen', identity: place.identity, n, version: `v${n}`, fingerprint: print(n) }]
  }

  #adopt({ n, places }: Extract<Step, { do: 'adopt' }>): Event {
    const seen = places.map((place) => ({ place, found: this.#read(place) }))
    const held = seen
      .filter(({ found }) => found === n)
      .map(({ place }) => ({ place, version: `v${n}`, fingerprint: print(n), readable: true, conditional: true }))
    if (held.length > 0) this.inHand = n
    const empty = seen.filter(({ found }) => found === 0).map(({ place }) => place.identity)
    return { on: 'adopted', n, held, empty }
  }

  #look(place: PlaceState): readonly Event[] {
    const { identity } = place
    if (!place.readable) return [{ on: 'blinded', identity }]
    const held = this.#read(place)
    if (print(held) !== place.fingerprint) return [{ on: 'place-lost', identity, version: `v${held}` }]
    return [{ on: 'seen', identity, n: place.n, version: `v${held}`, fingerprint: print(held) }]
  }

  /** Versions are kept, but not by every place and not for ever. */
  #restore({ n, place }: Extract<Step, { do: 'restore' }>, record: KeyRecord): readonly Event[] {
    const { identity } = place
    if (this.#draw(2) === 0)
      return [
        { on: 'unwritten', identity, n: record.generations.find((g) => g.phase === 'active')?.n ?? 0 },
        { on: 'not-restored', identity, why: 'gone' },
      ]
    this.cells.set(identity, n)
    this.places.delete(identity)
    return [{ on: 'written', identity, version: `v${n}` }]
  }

  #read({ identity }: Pick<PlaceState, 'identity'>): number {
    const held = this.cells.get(identity) ?? 0
    this.places.set(identity, { fingerprint: print(held), version: `v${held}` })
    return held
  }
}

const GRACE = 86_400_000

/** What a key has spent in the window of its limit. */
export function usedIn({ usage, fields }: LiveKey): number {
  const { limitReset } = fields
  return limitReset === 'daily' || limitReset === 'weekly' || limitReset === 'monthly' ? usage[limitReset] : usage.total
}

export function print(n: number): string {
  return `sha256:${n}`
}

function issueClaim(step: Extract<Step, { do: 'issue' }>, desired: DesiredKey, when: string): Event {
  const { n, fields, harmless, rotates } = step
  const { expiresIn, scope, id, name } = desired
  const issued = {
    name: nameOf(desired, LINEAGE, n),
    scope,
    fields: { disabled: false, ...fields },
    expiresIn,
    rotationSerial: desired.rotation.serial,
    words: { id, name },
  }
  const claim = { on: 'issue-claimed', at: when, n, issued, harmless, versions: {}, desired } as const
  return rotates === undefined ? claim : { ...claim, rotates }
}

function restoreClaim({ n, place }: Extract<Step, { do: 'restore' }>, record: KeyRecord, at: string): Event {
  const state = record.places.find((p) => p.identity === place.identity)
  const before = state?.status === 'claimed' && state.n === n ? state.fingerprint : state?.before
  if (before !== print(n)) return { on: 'not-restored', identity: place.identity, why: 'unknown' }
  return { on: 'write-claimed', at, n, place, version: null, fingerprint: before, readable: true, conditional: true }
}
