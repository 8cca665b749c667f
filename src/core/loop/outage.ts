/**
 * Since when which key APIs are out of reach. A grace that nobody could watch is none: what was left of it when the trouble began is left
 * when it is over. One API that is away says nothing about the graces at another.
 */
import { at, type Instant, type Millis } from '../time.ts'

export interface Outages {
  /** Nothing was seen of any; `null` after a look that saw one. */
  readonly all: Instant | null
  /** By provider. */
  readonly of: ReadonlyMap<string, Instant>
}

export const NO_OUTAGE: Outages = { all: null, of: new Map() }

/** `null` for a provider that was there in the last look. */
export function outageOf({ all, of }: Outages, provider: string): Instant | null {
  return of.get(provider) ?? all
}

/** After a look that saw something: those that are `away` stay so since when they were. */
export function afterLook(before: Outages, away: Iterable<string>, now: Instant): Outages {
  return { all: null, of: new Map([...away].map((name) => [name, outageOf(before, name) ?? now])) }
}

/** After a look that saw nothing. */
export function afterBlackout({ all, of }: Outages, now: Instant): Outages {
  return { all: all ?? now, of }
}

/**
 * When one that is away is asked again, among others that are not: soon at first, and then after as long as it has been away already.
 * `null` when none is.
 */
export function nextTry({ of }: Outages, now: Millis, soonest: Millis): Millis | null {
  const pauses = [...of.values()].map((since) => Math.max(soonest, now - at(since)))
  return pauses.length === 0 ? null : now + Math.min(...pauses)
}

/** What two memories know together: the earlier beginning counts. */
export function earliest(one: Outages, other: Outages): Outages {
  const names = new Set([...one.of.keys(), ...other.of.keys()])
  return {
    all: first(one.all, other.all),
    of: new Map(
      [...names].flatMap((name) => {
        const since = first(one.of.get(name), other.of.get(name))
        return since === null ? [] : [[name, since]]
      }),
    ),
  }
}

function first(one: Instant | null | undefined, other: Instant | null | undefined): Instant | null {
  if (!one || !other) return one ?? other ?? null
  return one < other ? one : other
}
