import type { Hook } from './hook-kinds.ts'
import type { Instant, Millis } from './time.ts'

export type ProviderKind = 'openrouter' | 'strait' | 'memory'

/** The value of one managed field. `limit: null` is unlimited, `limitReset: null` is never, `expiresAt: null` is no expiry. */
export type FieldValue = string | number | boolean | null | readonly string[]

/** Managed fields by their name in `core/attributes.ts`. A field that is absent is not managed. */
export type Fields = Readonly<Record<string, FieldValue>>

/** One place that receives the secret of a key: an address inside a configured sink. */
export interface Place {
  /** Name of the sink in keywright.yaml. */
  readonly sink: string
  /** Kind + address + path (+ field): the same physical place has the same identity, whatever the sink is called. */
  readonly identity: string
  /** Address inside the sink, by the place grammar of its kind, e.g. `{ path: 'ci/openrouter', field: 'api_key' }`. */
  readonly at: Readonly<Record<string, string>>
  /** What is written, with `${secret}` exactly once; absent means the bare secret. */
  readonly template?: string
  /** How plans show it: `vault:ci/openrouter#api_key`. */
  readonly text: string
}

/** Hours of the week in which old and new may change places. Minutes are local to the zone, `to` exclusive; `to` < `from` runs past midnight. */
export interface Window {
  /** 1 is Monday, 7 is Sunday; the day on which the hours begin. */
  readonly days: readonly number[]
  readonly from: number
  readonly to: number
  /** IANA name, such as `Europe/Berlin`. */
  readonly zone: string
}

/** A stretch in which nothing that is merely due happens. `to` is exclusive. */
export interface Freeze {
  readonly from: Instant
  readonly to: Instant
  readonly reason: string
}

/** When an old generation may end once its grace is over. `unused`: its usage stood still for `quiet`, at the latest `by` after it was superseded. */
export type RetirePolicy =
  | { readonly when: 'deadline' }
  | { readonly when: 'unused'; readonly quiet: Millis; readonly by: Millis }

export interface RotationPolicy {
  /** Age at which the next generation is due; `null` is manual. */
  readonly every: Millis | null
  readonly grace: Millis
  readonly hold: Millis
  /** A larger number than the record's asks for a rotation now. */
  readonly serial: number
  /** Most by which a due rotation is put off; the same for an address and generation in every run. */
  readonly jitter: Millis
  readonly window: Window | null
  readonly freezes: readonly Freeze[]
  readonly retire: RetirePolicy
  /** `carry`: old and new generation share one budget while they overlap. */
  readonly budget: 'fresh' | 'carry'
  /** The API rotates by itself, where it can (Strait). */
  readonly native: boolean
}

/** Where an entry was written, for diagnostics and `show`. */
export interface Origin {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** One key as the manifests want it: every default applied, nothing left to look up but the workspace id. */
export interface DesiredKey {
  readonly address: string
  readonly stack: string
  readonly id: string
  /** Configured provider name. */
  readonly provider: string
  readonly kind: ProviderKind
  /** Workspace or project as written: slug, id, or `default`. */
  readonly scope: string
  /** Display name, without marker. */
  readonly name: string
  readonly fields: Fields
  /** Lifetime of each generation; `null` when the key never expires or `fields.expiresAt` ends it. */
  readonly expiresIn: Millis | null
  /** Fields that stay as they are live. */
  readonly unmanaged: readonly string[]
  readonly places: readonly Place[]
  /** What is asked for once a generation serves and is everywhere. Absent: nothing. */
  readonly after?: readonly Hook[]
  readonly rotation: RotationPolicy
  /** How long a removed key stays disabled before it is deleted. */
  readonly removalHold: Millis
  readonly protect: boolean
  readonly owner?: string
  readonly purpose?: string
  readonly link?: string
  readonly labels: Readonly<Record<string, string>>
  /** Name or id of the guardrail every generation has before its secret is handed out. Absent: none is managed. */
  readonly guardrail?: string
  /** A generation is created unable to spend and lifted afterwards: `disabled: true`, or a guardrail that comes first. */
  readonly bornHarmless: boolean
  /** Changes whenever the resolved entry changes. */
  readonly digest: string
  readonly origin: Origin
  /** Where each written value came from, by field path. */
  readonly sources?: Readonly<Record<string, Origin>>
}

/** Spend in USD, own credit and BYOK together per window (UTC). */
export interface Usage {
  readonly total: number
  readonly daily: number
  readonly weekly: number
  readonly monthly: number
}

/** One key as the API shows it. Never holds a secret. */
export interface LiveKey {
  /** Stable identity: OpenRouter's hash. */
  readonly id: string
  /** Whole live name, marker included. Hostile text. */
  readonly name: string
  /** Workspace or project id. */
  readonly scope: string
  readonly fields: Fields
  readonly createdAt: Instant
  /** `null` until the first update. */
  readonly updatedAt: Instant | null
  /** Masked secret as the API shows it. Hostile text. */
  readonly label: string
  readonly usage: Usage
  /** Last authenticated use, where the API tells that instead of spend (Strait). */
  readonly lastUsedAt?: Instant | null
  /** The API was told to end this key then, in favour of `replacedBy` (Strait's rotate). */
  readonly graceEndsAt?: Instant
  readonly replacedBy?: string
  /** Guardrail id, where assignments were read; `null` is none. */
  readonly guardrail?: string | null
}
