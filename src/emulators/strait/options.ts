import type { ProjectSettings, Stamping } from './world.ts'

/** How the emulated Strait is started. `{}` is one project with one managing key, real limits, and webhooks to public https addresses only. */
export interface StraitOptions {
  /** Name of the project of the managing key; a name of its own by default. A state file keeps its own. */
  readonly project?: string | undefined
  /** Counters of requests and the lock after failed attempts, as in production. On by default; `false` for runs that are not about them. */
  readonly limits?: boolean | undefined
  /** Requests a minute of one key that has no limit of its own; 1000 by default. */
  readonly keyLimit?: number | undefined
  /** Settings of projects by name. */
  readonly projects?: Readonly<Record<string, ProjectSettings>> | undefined
  /** Foreign keys the project is born with, a second apart. */
  readonly keys?: number | undefined
  /** Rotation webhooks may be private addresses, and plain http to this machine. */
  readonly allowPrivateEndpoints?: boolean | undefined
  /** Milliseconds a rotation webhook has to answer; 10 seconds by default. */
  readonly webhookTimeoutMs?: number | undefined
  /** Minutes east of UTC in which create and rotate show instants; 120 by default, so that nobody compares them as text. */
  readonly utcOffset?: number | undefined
  /** How `created_at` is given out; `rising` by default. */
  readonly stamping?: Stamping | undefined
  /** An identity provider is configured: then the internal secret is no bearer any more. */
  readonly oidc?: boolean | undefined
}
