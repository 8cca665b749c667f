/**
 * A snapshot: all facts a plan needs, without any credential or secret. It lets somebody plan who may see neither the key API nor
 * the store, such as the check of a pull request from a fork.
 *
 * It holds what was listed, the records, and the instant. Masked secrets (`label`) are left out: they are parts of secrets.
 */
import { KeywrightError } from './diagnostic.ts'
import { misfit, type Schema } from './documents/conforms.ts'
import { HEADER, IDENTITY, RECORD } from './documents/record-schema.ts'
import { dictionary, FIELDS, INSTANT, list, NUMBER, orNull, shape, shapeOf, TEXT } from './documents/shapes.ts'
import type { LiveKey } from './key.ts'
import type { KeyRecord, ProviderIdentity, StackHeader } from './record.ts'
import type { Instant } from './time.ts'

export interface ProviderFacts {
  readonly name: string
  readonly identity: ProviderIdentity
  /** Workspace ids by slug and by id. */
  readonly scopes: Readonly<Record<string, string>>
  /** Clock of the API minus ours, in milliseconds. */
  readonly skew: number
  readonly keys: readonly LiveKey[]
  /** Recorded ids that the API said do not exist. */
  readonly gone: readonly string[]
  /** Ids of keys that may be the one the snapshot was taken with. */
  readonly own?: readonly string[]
  /** Guardrail ids by workspace id, then by name and by id; `null` for a name that several carry. */
  readonly guardrails?: Readonly<Record<string, Readonly<Record<string, string | null>>>>
}

export interface Snapshot {
  readonly schemaVersion: 1
  readonly kind: 'snapshot'
  readonly stack: string
  readonly at: Instant
  /** Stacks the store holds. */
  readonly storedStacks: readonly string[]
  readonly header: StackHeader | null
  readonly records: readonly KeyRecord[]
  readonly providers: readonly ProviderFacts[]
}

const USAGE = shape({ total: NUMBER, daily: NUMBER, weekly: NUMBER, monthly: NUMBER })

const LIVE_KEY = shapeOf<LiveKey>()(
  {
    id: TEXT,
    name: TEXT,
    scope: TEXT,
    fields: FIELDS,
    createdAt: INSTANT,
    updatedAt: orNull(INSTANT),
    label: { const: '' },
    usage: USAGE,
  },
  { lastUsedAt: orNull(INSTANT), graceEndsAt: INSTANT, replacedBy: TEXT, guardrail: orNull(TEXT) },
)

const PROVIDER = shapeOf<ProviderFacts>()(
  {
    name: TEXT,
    identity: IDENTITY,
    scopes: dictionary(TEXT),
    skew: NUMBER,
    keys: list(LIVE_KEY),
    gone: list(TEXT),
  },
  { own: list(TEXT), guardrails: dictionary(dictionary(orNull(TEXT))) },
)

export const SNAPSHOT: Schema = shapeOf<Snapshot>()(
  {
    schemaVersion: { const: 1 },
    kind: { const: 'snapshot' },
    stack: TEXT,
    at: INSTANT,
    storedStacks: list(TEXT),
    header: orNull(HEADER),
    records: list(RECORD),
    providers: list(PROVIDER),
  },
  {},
  'Facts to plan from without a credential. Holds no secret.',
)

/** The text of a snapshot file. Masked secrets are taken out here, whoever made the facts. */
export function encodeSnapshot(facts: Omit<Snapshot, 'schemaVersion' | 'kind'>): string {
  const providers = facts.providers.map((one) => ({ ...one, keys: one.keys.map((key) => ({ ...key, label: '' })) }))
  return `${JSON.stringify({ schemaVersion: 1, kind: 'snapshot', ...facts, providers }, null, 1)}\n`
}

/** Reads a snapshot back. Throws `SNAPSHOT_INVALID` for anything else, also for an unknown member. */
export function decodeSnapshot(text: string): Snapshot {
  const data = parsed(text)
  const wrong = data === undefined ? 'the file is not JSON' : misfit(data, SNAPSHOT)
  if (wrong !== null)
    throw new KeywrightError('SNAPSHOT_INVALID', {
      message: `This is no snapshot that keywright can plan from: ${wrong}.`,
      hint: 'keywright snapshot --out live.json   writes a new one, where the credential is',
    })
  return data as Snapshot
}

/** JSON without the one name that means something else to objects. */
function parsed(text: string): unknown {
  try {
    const data: unknown = JSON.parse(text, (name, value: unknown) => (name === '__proto__' ? undefined : value))
    return data
  } catch {
    return undefined
  }
}
