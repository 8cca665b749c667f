/** `keywright.yaml`, resolved for one environment: nothing left to look up, and no credential in it. */

import type { Freeze, ProviderKind } from '../key.ts'
import type { Mapping, SourceDocument } from '../manifest/source.ts'
import type { SinkConfig } from '../places.ts'
import type { Millis } from '../time.ts'
import type { GuardConfig } from './guard.ts'
import type { StoreKind } from './kinds.ts'
import type { OidcSource } from './oidc-source.ts'
import type { StoredSource } from './stored-sources.ts'
import type { TeamConfig } from './teams.ts'

export { GUARD_DEFAULTS, type GuardConfig } from './guard.ts'
export type { TeamConfig } from './teams.ts'

import type { Watching } from './watching.ts'

/** Where a credential is found. Never the credential. */
export type TokenSource =
  | { readonly env: string }
  | { readonly file: string }
  | { readonly exec: readonly [string, ...string[]] }
  | StoredSource
  | OidcSource

export interface ProviderConfig {
  readonly name: string
  readonly kind: ProviderKind
  /** Without a slash at the end; `null` for kinds that send nothing. */
  readonly baseUrl: string | null
  /** Tried in order. Empty only for kinds that need none. */
  readonly token: readonly TokenSource[]
  /** Strait: the project whose keys are managed. */
  readonly project?: string
  readonly writesPerDay: number | null
  /** Writes of that budget kept for disabling keys; `null` leaves it to the provider. */
  readonly reserve: number | null
}

export interface StoreConfig {
  readonly kind: StoreKind
  /** Options of that kind as they are written: credentials are sources, never values. */
  readonly options: Mapping
  /** False when keywright.yaml says nothing about the store. */
  readonly written: boolean
}

/** A named set of key fields, with the place it was written. */
export interface Profile {
  readonly document: SourceDocument
  readonly fields: Mapping
}

export type Variable = string | number | boolean

export interface Config extends Watching {
  readonly stack: string
  /** `null` when keywright.yaml declares no environments. */
  readonly environment: string | null
  /** Every stack any environment declares. */
  readonly stacks: readonly string[]
  /** Git ref this environment is applied from; `null` is any. */
  readonly onlyFrom: string | null
  readonly vars: ReadonlyMap<string, Variable>
  readonly guard: GuardConfig
  readonly teams: ReadonlyMap<string, TeamConfig>
  /** Who reviews keywright.yaml and every manifest that is no team's, for CODEOWNERS. */
  readonly owners: readonly string[]
  /** How often something runs `apply` unattended; `null` when nothing is declared. */
  readonly loopEvery: Millis | null
  readonly freezes: readonly Freeze[]
  readonly store: StoreConfig
  readonly providers: ReadonlyMap<string, ProviderConfig>
  readonly sinks: ReadonlyMap<string, SinkConfig>
  readonly profiles: ReadonlyMap<string, Profile>
  /** Globs below the project folder. */
  readonly manifests: readonly string[]
  /** Names that are configured, also those with errors of their own: an entry that uses one is not wrong. */
  readonly known: { readonly providers: readonly string[]; readonly sinks: readonly string[] }
}

export const MANIFESTS_DEFAULT: readonly string[] = [
  '*.keys.yaml',
  '*.keys.json',
  'keys/**/*.keys.yaml',
  'keys/**/*.keys.json',
]
