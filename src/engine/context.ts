/** Everything the engine may use of the world. Built once per run by the shell; tests and the simulation build it over memory. */
import type { Hook } from '../core/hook-kinds.ts'
import type { DesiredKey } from '../core/key.ts'
import type { Decision, Sight } from '../core/machine/step.ts'
import type { Actor, KeyRecord } from '../core/record.ts'
import type { Secret } from '../core/secret.ts'
import type { TemplateValues } from '../core/template.ts'
import type { AfterHook } from '../ports/after-hook.ts'
import type { Clock } from '../ports/clock.ts'
import type { KeyApi, KeyReader } from '../ports/key-api.ts'
import type { Reporter } from '../ports/reporter.ts'
import type { SecretSink } from '../ports/secret-sink.ts'
import type { Lease, StateStore } from '../ports/state-store.ts'

/** Rendering and recognising exact bytes: the only code beside sinks that sees inside a secret. */
export interface Bytes {
  render(
    secret: Secret,
    template: string | undefined,
    values: TemplateValues,
  ): { readonly bytes: Secret; readonly fingerprint: string }
  extract(bytes: Secret, template: string | undefined, values: TemplateValues): Secret | null
}

/** Enough to look and to plan: nothing in here can write. */
export interface ReadContext {
  readonly stack: string
  readonly store: Pick<StateStore, 'read' | 'stacks' | 'location'>
  readonly clock: Clock
  /** By configured name. Throws `RECORD_UNCONFIGURED` for a name the configuration does not have. */
  readonly reader: (provider: string) => Promise<KeyReader>
  readonly parallelism: number
  /** A provider that cannot be asked is left out with its addresses, and does not end the look; unless all are. */
  readonly mayLack?: boolean
}

export interface WriteContext extends Omit<ReadContext, 'store' | 'reader'> {
  readonly store: StateStore
  readonly lease: Lease
  readonly api: (provider: string) => Promise<KeyApi>
  /** By configured name. Throws `RECORD_UNCONFIGURED` for a name the configuration does not have. */
  readonly sink: (name: string) => Promise<SecretSink>
  /** Opens a hook through its sink. Throws what sinks throw. Absent where this face runs none: they stay owed. */
  readonly hook?: (hook: Hook) => Promise<AfterHook>
  readonly bytes: Bytes
  readonly reporter: Reporter
  /** The brain: `decide` of core/machine. A simulation hands in one that lacks a rule. */
  readonly decide: (desired: DesiredKey | null, record: KeyRecord, sight: Sight) => Decision
  readonly actor: Actor
  readonly signal: AbortSignal
}
