/** One sample, or several, for every attribute of a key, and what else a key can say. Each becomes a key of its own. */
import { type Attribute, attributesOf } from '../../src/core/attributes.ts'
import type { FieldValue } from '../../src/core/key.ts'

export type Kind = 'openrouter' | 'strait'
/** An entry of a manifest. */
export type Entry = Readonly<Record<string, unknown>>

export interface Sample {
  readonly id: string
  readonly kind: Kind
  readonly entry: Entry
}

/** By the name of the attribute, as manifests write it. */
export const FIELDS: Readonly<Record<string, readonly FieldValue[]>> = {
  limit: [12.5, 0, 'unlimited'],
  limitReset: ['daily', 'weekly', 'monthly', 'never'],
  includeByokInLimit: [true, false],
  disabled: [true, false],
  expiresAt: ['2027-12-31T23:59:59Z'],
  creatorUserId: ['user_2dHFtVWx2n56w6HkM0000000000'],
  scopes: [['jobs:trigger', 'jobs:read'], ['*']],
  environmentId: ['production'],
}

/** Names of attributes without a sample. */
export function unsampled(rows: readonly Attribute[], fields = FIELDS): readonly string[] {
  return rows.map(({ name }) => name).filter((name) => (fields[name] ?? []).length === 0)
}

const LEAST = { openrouter: { limit: 1 }, strait: { scopes: ['jobs:read'], expiresIn: '90d' } } as const

const ROTATION = {
  every: '30d',
  grace: '48h',
  jitter: '1h',
  serial: 3,
  retire: { when: 'unused', quiet: '8h', by: '5d' },
  window: { days: 'mon-fri', hours: '22:00-02:30', zone: 'Europe/Berlin' },
}

const WORDS = {
  name: 'CI bot',
  owner: 'platform-team',
  purpose: 'half of it, 50 %{sic}',
  link: 'https://wiki.test/ci',
  labels: { team: 'a' },
}

/** What a key says beside its fields. */
const REST: Readonly<Record<string, Readonly<Partial<Record<Kind, Entry>>>>> = {
  words: { openrouter: WORDS, strait: WORDS },
  life: { openrouter: { expiresIn: '60d' }, strait: { expiresIn: '60d' } },
  rotation: { openrouter: { rotation: { ...ROTATION, hold: '2h' } }, strait: { rotation: ROTATION } },
  native: { strait: { rotation: { every: '30d', grace: '24h', native: true } } },
  workspace: { openrouter: { workspaceId: 'default' } },
  guardrail: { openrouter: { guardrail: 'no-training' } },
  protect: { openrouter: { protect: true }, strait: { protect: true } },
  unmanaged: { openrouter: { unmanaged: ['limitReset', 'includeByokInLimit'] } },
}

export function samples(kind: Kind): readonly Sample[] {
  const fields = attributesOf(kind).flatMap(({ name }) =>
    (FIELDS[name] ?? []).map((value, n) => ({
      id: `${kind}/${name}.${n}`.toLowerCase(),
      kind,
      own: { [name]: value },
    })),
  )
  const rest = Object.entries(REST).flatMap(([name, { [kind]: own }]) =>
    own === undefined ? [] : [{ id: `${kind}/${name}`, kind, own }],
  )
  return [...fields, ...rest].map(({ id, own }, n) => ({
    id,
    kind,
    entry: {
      ...LEAST[kind],
      ...own,
      deliverTo: [{ sink: 'dotenv', name: `${kind.toUpperCase()}_${n}`, ...TEMPLATE(n) }],
    },
  }))
}

/** Some places get more than the bare secret. */
const TEMPLATE = (n: number) => (n % 3 === 0 ? { value: 'Bearer ${secret}' } : {})
