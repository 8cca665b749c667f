/**
 * A key API as keywright needs it. One file under `providers/` per implementation, all under the same conformance suite.
 *
 * Errors are `KeywrightError`s. Idempotent calls retry inside and throw `API_UNREACHABLE` when they give up; nothing ever
 * retries a create.
 */
import type { Fields, LiveKey } from '../core/key.ts'
import type { ProviderIdentity } from '../core/record.ts'
import type { Secret } from '../core/secret.ts'
import type { Instant } from '../core/time.ts'

export interface KeyApiCapabilities {
  /** Fields can be changed in place (OpenRouter: yes, Strait: no). */
  readonly update: boolean
  readonly disable: boolean
  /** A secret can be matched to its key without asking the API (OpenRouter: SHA-256 of the secret is the id). */
  readonly matchesOffline: boolean
  /** A key works as soon as it is created: a refused proof is believed at once. Elsewhere it is asked again for a minute. */
  readonly refusesForGood?: true
}

export interface AccountView {
  readonly identity: ProviderIdentity
  /** Workspace ids by slug and by id, `default` included. */
  readonly scopes: ReadonlyMap<string, string>
  /** Clock of the API minus our clock, in milliseconds. */
  readonly skew: number
  /** The managing key itself, as far as the API tells: its masked form, and its end if it has one. Absent where nothing is told. */
  readonly credential?: { readonly mark: string; readonly expiresAt: Instant | null }
}

export interface CreateRequest {
  /** Whole name, marker included. */
  readonly name: string
  readonly scope: string
  readonly fields: Fields
  /** Lifetime asked for, where the manifest says `expiresIn`; `fields.expiresAt` is its end by our clock. */
  readonly lifetime?: number | null
}

export type CreateOutcome =
  | { readonly kind: 'created'; readonly key: LiveKey; readonly secret: Secret }
  /**
   * A clear answer that nothing was created. `retryAfter` in milliseconds when the API asked to wait (429); `quota` when the writes of
   * the day are used up.
   */
  | {
      readonly kind: 'rejected'
      readonly status: number
      readonly reason: string
      readonly retryAfter?: number
      readonly quota?: true
    }
  /** No clear answer: a key may exist. */
  | { readonly kind: 'unknown'; readonly reason: string }

/** Guardrails of one scope. A name that several of them carry is left out and listed as ambiguous. */
export interface GuardrailView {
  readonly byName: ReadonlyMap<string, string>
  readonly ids: ReadonlySet<string>
  readonly ambiguous: ReadonlySet<string>
}

/** What the planner holds: it cannot write. */
export interface KeyReader {
  readonly capabilities: KeyApiCapabilities
  /** Account, workspaces and clock. Throws `API_UNAUTHORIZED`, `API_NOT_MANAGEMENT_KEY`. */
  identify(): Promise<AccountView>
  /** Every live key of one scope, disabled ones included, each id once. `expected` is a hint for how many there are. Exhaustive or an error. */
  list(scope: string, expected?: number): Promise<readonly LiveKey[]>
  /** One key by id, or `null` when the API says it does not exist. */
  get(id: string): Promise<LiveKey | null>
  /** True when the live key may be the one this handle authenticates with. Known once a whole list was read. */
  isOwn?(id: string): boolean
  guardrails?(scope: string): Promise<GuardrailView>
  /** Guardrail id by key id, for one scope. */
  assignments?(scope: string): Promise<ReadonlyMap<string, string>>
}

export interface KeyApi extends KeyReader {
  /** Sends exactly one request. Never throws for an answer of the API or a broken connection: those are outcomes. */
  create(request: CreateRequest): Promise<CreateOutcome>
  /** Changes only the named fields (`name` included among them when present). Idempotent. `null` when the key does not exist. */
  update(id: string, fields: Fields): Promise<LiveKey | null>
  /** Idempotent: an absent key is success. */
  remove(id: string): Promise<void>
  /**
   * The API replaces one key by a successor with another id and secret; the old one works for `graceMillis` more. Sends exactly one
   * request, with the outcomes of a create. The successor is named by the API and keeps the old expiry.
   */
  rotate?(id: string, graceMillis: number): Promise<CreateOutcome>
  /** Assigns one key to a guardrail of its scope. Idempotent. Throws `API_REJECTED` when the API skipped the key or refuses the pair. */
  assign?(id: string, guardrail: string): Promise<void>
  /** Takes one key out of a guardrail. Idempotent. */
  unassign?(id: string, guardrail: string): Promise<void>
  /** Authenticates with the secret itself. `refused` means a clear 401; other trouble is thrown. */
  prove(secret: Secret): Promise<'works' | 'refused'>
  /** True when `secret` belongs to the key `id`; asks nobody where `matchesOffline`. */
  matches(secret: Secret, id: string): Promise<boolean>
  /** Creates, updates and deletes left in this UTC day, not counting what is kept for disables; `null` while no quota is known. */
  writesLeft?(): number | null
  /** Counts writes that earlier runs sent in this UTC day. */
  bookWrites?(earlier: number): void
  /** Writes counted in this UTC day, earlier runs included; 0 while no budget is kept. */
  writesMade?(): number
  /** Frees connections. Nothing may be called afterwards. */
  close?(): Promise<void>
}
