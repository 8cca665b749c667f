/**
 * What a key may ask for once its new secret is everywhere, as data: `after: [{ kind: github-dispatch, repository: acme/app }]`.
 *
 * A hook goes through a configured sink: its address, its credential, its `allow`. So a manifest can point it at nothing that
 * keywright.yaml does not know, and there is no second place where hosts and credentials have to be trusted. It is told which address
 * and generation it is about, and never a secret.
 */
import type { SinkKind } from './sink-kinds.ts'
import { API_PATH_PATTERN } from './sink-patterns.ts'

export type HookKind = 'rollout-restart' | 'github-dispatch' | 'http'

/** One hook of a key, resolved. */
export interface Hook {
  readonly kind: HookKind
  /** Name of the sink in keywright.yaml that it goes through. */
  readonly sink: string
  /** What it is about, by the members of its kind. */
  readonly at: Readonly<Record<string, string>>
  /** The same for the same effect, whatever else changes. */
  readonly identity: string
  /** How plans show it: `github-dispatch acme/app`. */
  readonly text: string
}

export interface HookMember {
  readonly member: string
  readonly required: boolean
  readonly pattern: string
  readonly wrong: string
  readonly doc: string
  readonly example: string
}

export interface HookKindRow {
  readonly doc: string
  /** Kind of the sink it goes through. */
  readonly through: SinkKind
  readonly members: readonly HookMember[]
}

export const DISPATCH_EVENT = 'keywright'

const NAME = '^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$'

export const HOOK_KINDS: Readonly<Record<HookKind, HookKindRow>> = {
  'rollout-restart': {
    doc: 'Restarts the pods of a workload one after the other, as `kubectl rollout restart` does.',
    through: 'kubernetes',
    members: [
      {
        member: 'namespace',
        required: true,
        pattern: NAME,
        wrong: 'must be the name of a namespace',
        doc: 'Namespace of the workload.',
        example: 'shop',
      },
      {
        member: 'workload',
        required: true,
        pattern: '^(?:deployment|statefulset|daemonset)/[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$',
        wrong: 'must be deployment/NAME, statefulset/NAME or daemonset/NAME',
        doc: 'What to restart: `deployment/NAME`, `statefulset/NAME` or `daemonset/NAME`.',
        example: 'deployment/checkout',
      },
    ],
  },
  'github-dispatch': {
    doc: 'Sends a `repository_dispatch` event, which workflows can wait for.',
    through: 'github-actions',
    members: [
      {
        member: 'repository',
        required: true,
        pattern: '^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$',
        wrong: 'must be OWNER/REPO',
        doc: 'Repository that gets the event.',
        example: 'acme/app',
      },
      {
        member: 'event',
        required: false,
        pattern: '^[A-Za-z0-9_. -]{1,100}$',
        wrong: 'must be a word of at most 100 letters, digits, _, . and -',
        doc: `Type of the event. Without it \`${DISPATCH_EVENT}\`.`,
        example: 'key-rotated',
      },
    ],
  },
  http: {
    doc: 'Posts a signed `after` to the receiver of a sink of kind http.',
    through: 'http',
    members: [
      {
        member: 'path',
        required: false,
        pattern: API_PATH_PATTERN,
        wrong: 'must be a path with / between its parts',
        doc: 'Handed to the receiver.',
        example: 'reload/checkout',
      },
    ],
  },
}

export function isHookKind(text: unknown): text is HookKind {
  return typeof text === 'string' && Object.hasOwn(HOOK_KINDS, text)
}

/** What globs of `allow` are compared with; `null` when it is about nothing in particular. */
export function subjectOf({ kind, at }: Pick<Hook, 'kind' | 'at'>): string | null {
  switch (kind) {
    case 'rollout-restart':
      return `${at.namespace}/${at.workload}`
    case 'github-dispatch':
      return at.repository ?? ''
    case 'http':
      return at.path ?? null
    default:
      return kind satisfies never
  }
}

export function hookOf(kind: HookKind, sink: string, at: Readonly<Record<string, string>>): Hook {
  const subject = subjectOf({ kind, at }) ?? sink
  const event = at.event === undefined ? '' : ` (${at.event})`
  return { kind, sink, at, identity: `${kind}:${sink}:${subject}${event}`, text: `${kind} ${subject}${event}` }
}
