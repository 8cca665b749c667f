/** What the machine can do, as data: observations in, one step or a rest out. */
import type { Hook } from '../hook-kinds.ts'
import type { DesiredKey, Fields, LiveKey, Place } from '../key.ts'
import type { KeyRecord, PlaceState } from '../record.ts'
import type { Millis } from '../time.ts'
import type { Cut } from './cut.ts'
import type { Reason } from './reason.ts'
import type { Rules } from './rules.ts'

/** What a place was seen to hold, this pass. `null`: empty. */
export interface Seen {
  readonly fingerprint: string | null
  readonly version: string | null
}

/** What was observed, as far as one address is concerned. */
export interface Sight {
  /** Now, by the clock of the API. */
  readonly now: Millis
  /** Recorded ids: the live key, or `null` once the API said it does not exist. An id that is missing here is unknown. */
  readonly keys: ReadonlyMap<string, LiveKey | null>
  /** Live keys whose marker names this address and lineage. */
  readonly marked: readonly LiveKey[]
  /** Places read back since the last effect that could have changed them. */
  readonly places: ReadonlyMap<string, Seen>
  /** Generation whose secret is held in memory, or `null`. */
  readonly inHand: number | null
  /** The clocks of API and machine disagree by more than two minutes: nothing is rotated or retired. */
  readonly skewed: boolean
}

export type Step =
  | { readonly do: 'abandon'; readonly n: number }
  /** Looks which of these places hold the secret of a key that was taken over. */
  | { readonly do: 'adopt'; readonly n: number; readonly id: string; readonly places: readonly Place[] }
  | { readonly do: 'note-gone'; readonly n: number }
  | { readonly do: 'drop-claim'; readonly n: number }
  | { readonly do: 'supersede'; readonly n: number }
  | { readonly do: 'activate'; readonly n: number }
  | { readonly do: 'freeze'; readonly fields: readonly string[] }
  /** `fields`: the live values of what was made stricter, from now on the base for outside edits. */
  | { readonly do: 'thaw'; readonly n: number; readonly fields: Fields }
  /** `landed`: all that the update set which is seen to have landed; `fields`: what of it is there now. */
  | { readonly do: 'confirm'; readonly n: number; readonly fields: Fields; readonly landed: Fields }
  | { readonly do: 'drop-place'; readonly identity: string }
  /** The counters of an old generation moved, or are looked at for the first time. */
  | { readonly do: 'note-use'; readonly n: number; readonly mark: string }
  /** The rotation that the old cap was cut for is not wanted any more. */
  | { readonly do: 'uncut' }
  /** Nothing more can be put back: the generation that serves stays. */
  | { readonly do: 'settle-pin' }
  /** A superseded generation serves (again). */
  | { readonly do: 'reinstate'; readonly n: number }
  | { readonly do: 'end' }
  /** The manifest no longer asks for it. */
  | { readonly do: 'drop-hook'; readonly identity: string }
  /** Somebody hears that generation `n` serves. */
  | { readonly do: 'hook'; readonly n: number; readonly hook: Hook }
  | {
      readonly do: 'issue'
      readonly n: number
      readonly fields: Fields
      readonly harmless: boolean
      readonly reasons: readonly Reason[]
      /** Id of the key the API rotates, instead of a create. */
      readonly rotates?: string
    }
  /** Cuts the cap of a generation that can spend, to leave room for another one (`budget: carry`). */
  | ({ readonly do: 'cut' } & Cut)
  /** `guardrail: null` takes the key out of `from`. */
  | {
      readonly do: 'assign'
      readonly n: number
      readonly id: string
      readonly guardrail: string | null
      readonly from: string | null
    }
  /** Puts an earlier secret back into one place, from a version the sink has kept. */
  | { readonly do: 'restore'; readonly n: number; readonly id: string; readonly place: Place }
  | { readonly do: 'lift'; readonly n: number; readonly id: string; readonly fields: Fields }
  | { readonly do: 'prove'; readonly n: number; readonly id: string }
  | { readonly do: 'recover'; readonly n: number; readonly id: string; readonly places: readonly PlaceState[] }
  | { readonly do: 'write'; readonly n: number; readonly id: string; readonly place: Place }
  | { readonly do: 'check'; readonly n: number; readonly place: PlaceState }
  | { readonly do: 'inspect'; readonly places: readonly PlaceState[] }
  | { readonly do: 'empty'; readonly place: PlaceState }
  | { readonly do: 'update'; readonly n: number; readonly id: string; readonly fields: Fields }
  | { readonly do: 'disable'; readonly n: number; readonly id: string; readonly why: 'retired' | 'removed' }
  | { readonly do: 'enable'; readonly n: number; readonly id: string; readonly fields: Fields }
  | {
      readonly do: 'remove'
      readonly n: number
      readonly id: string
      readonly why: 'retired' | 'removed' | 'leftover'
    }

/** Nothing to do now. `until` is when it makes sense to look again; `open` means unfinished work waits for something. */
export interface Rest {
  readonly do: 'rest'
  readonly until: Millis | null
  readonly open: boolean
  readonly code?: 'ROTATION_STORM' | 'HELD_OUTSIDE' | 'CLOCK_SKEW' | 'ADDRESS_PAUSED' | 'ADDRESS_PINNED' | 'HOOK_FAILED'
  readonly why?: string
}

export type Decision = Step | Rest

export interface Inputs {
  /** `null`: the address is in no manifest any more. */
  readonly desired: DesiredKey | null
  readonly record: KeyRecord
  readonly sight: Sight
  readonly rules: Rules
}

export const REST: Rest = { do: 'rest', until: null, open: false }

/** Writes this step costs at the key API: 0 or 1. */
export function writesOf(step: Step): number {
  switch (step.do) {
    case 'issue':
    case 'lift':
    case 'cut':
    case 'update':
    case 'disable':
    case 'enable':
    case 'remove':
      return 1
    default:
      return 0
  }
}

/** The earlier of two times to look again, and open if either is. */
export function restsTogether(a: Rest, b: Rest): Rest {
  const until = a.until === null ? b.until : b.until === null ? a.until : Math.min(a.until, b.until)
  const code = a.code ?? b.code
  const why = a.why ?? b.why
  return { do: 'rest', until, open: a.open || b.open, ...(code ? { code } : {}), ...(why ? { why } : {}) }
}
