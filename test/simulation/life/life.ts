/**
 * What a history of a whole life has beside the keys and places of a plain one: a second kind of key API, rotation policies, consumers
 * that keep what they once read, money, guardrails, and people who say something while a run is under way.
 */
import type { LiveKey } from '../../../src/core/key.ts'
import type { Reset } from '../../../src/core/schedule/calendar.ts'
import { DAY, HOUR, type Millis } from '../../../src/core/time.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import { type MemoryWorld as Account, memoryWorld } from '../../../src/providers/memory.ts'
import { pick, type Random } from '../random.ts'
import type { Holder } from './holders.ts'
import { Meter } from './meter.ts'

/** What stays the same of an address, whatever is committed about the rest. */
export interface Style {
  readonly kind: 'memory' | 'strait'
  readonly grace: Millis
  readonly hold: Millis
  /** Old keys live for as long as they are used, at most `by`; consumers make use of that. */
  readonly unused: { readonly quiet: Millis; readonly by: Millis } | null
  /** Its generations share one limit, counted in this window. */
  readonly carry: { readonly reset: Reset } | null
  readonly native: boolean
  /** How long consumers keep what they read, at most. */
  readonly reread: Millis
}

export interface Life {
  readonly strait: Account
  readonly meter: Meter
  readonly styles: Map<string, Style>
  readonly holders: Map<string, Holder>
  /** Id of each key that was ever issued, by the text of its secret, and its address by its id. */
  readonly ids: Map<string, string>
  readonly addresses: Map<string, string>
  /** Ids of keys whose secret authenticated once, and of those whose secret was written somewhere. */
  readonly proven: Set<string>
  readonly placed: Set<string>
  /** Sinks that keep versions. */
  readonly keeping: Set<string>
  /** Ids of keys whose guardrail somebody took away. */
  readonly unguarded: Set<string>
  /** Ids of keys whose spend does not count any more: nobody could have told keywright of it. */
  readonly forgotten: Set<string>
  /** Ids of keys somebody reported; true while the key may go on until its successor is delivered. */
  readonly leaked: Map<string, boolean>
  /** Addresses whose consumers were cut off by a human, with the time of that: what they see does not count until all is well again. */
  readonly excused: Map<string, Millis>
  /** Addresses where a human was hasty: what consumers have kept does not count any more. */
  readonly hasty: Set<string>
  /** The most that may be spent by address: a lowered limit holds after the next run in which nothing goes wrong. */
  readonly budgets: Map<string, number>
  /** When the end of a key by the clock of its API was set, by its id. */
  readonly endings: Map<string, Millis>
  /** Ids of keys that the API had ended by its clock before anybody deleted them. */
  readonly ended: Set<string>
  /** Runs in which nothing went wrong. */
  readonly kindRuns: { readonly from: Millis; readonly to: Millis }[]
}

export function newLife(seed: number, clock: Clock): Life {
  return {
    strait: memoryWorld({ clock, kind: 'strait', seed: `t${seed}`, workspaces: { default: 'project-1' } }),
    meter: new Meter(clock),
    styles: new Map(),
    holders: new Map(),
    ids: new Map(),
    addresses: new Map(),
    proven: new Set(),
    placed: new Set(),
    keeping: new Set(),
    unguarded: new Set(),
    forgotten: new Set(),
    leaked: new Map(),
    excused: new Map(),
    hasty: new Set(),
    budgets: new Map(),
    endings: new Map(),
    ended: new Set(),
    kindRuns: [],
  }
}

const RESETS: readonly Reset[] = [null, 'daily', 'weekly', 'monthly']

export function aStyle(random: Random, isSure: boolean): Style {
  const kind = random() < 0.45 ? 'strait' : 'memory'
  const native = kind === 'strait' && random() < 0.7
  const grace = native || !isSure ? DAY : pick(random, [6 * HOUR, DAY])
  const unused = !native && random() < 0.3 ? { quiet: grace / 2, by: 3 * grace } : null
  const carry = kind === 'memory' && random() < 0.4 ? { reset: pick(random, RESETS) } : null
  const hold = isSure ? pick(random, [0, HOUR, DAY, DAY]) : pick(random, [2 * HOUR, DAY])
  const longest = unused ? unused.by * 0.9 : grace
  return { kind, grace, hold, unused, carry, native, reread: longest * pick(random, [0.3, 0.6, 0.95]) }
}

/** A key that the API lets nobody authenticate with, at this moment. */
export function isDead(key: LiveKey | null, now: Millis): boolean {
  if (key === null || key.fields.disabled === true) return true
  return endOf(key) <= now
}

/** When the API ends the key by its own clock; infinity when it does not. */
export function endOf({ fields, graceEndsAt }: LiveKey): Millis {
  const ends = [fields.expiresAt, graceEndsAt].filter((end) => typeof end === 'string')
  return Math.min(Number.POSITIVE_INFINITY, ...ends.map((end) => Date.parse(end)))
}
