/**
 * What may stand in an entry. The managed fields come from `attributes.ts`; the rest of an entry is listed here once, for
 * schema, merging and suggestions.
 */
import { ATTRIBUTES } from '../attributes.ts'

/** Texts for people, shown in plans, status and alerts. */
export const FREE_TEXTS = ['name', 'owner', 'purpose', 'link'] as const

/** Members of an entry that are mappings: members of different layers come together. Everything else replaces. */
export const MAPS: readonly string[] = ['rotation', 'removal', 'labels']

export const ROTATION_FIELDS = ['every', 'grace', 'hold', 'serial'] as const
export const REMOVAL_FIELDS = ['hold'] as const

/** Everything an entry takes, `like` and `forEach` apart. */
export const ENTRY_FIELDS: readonly string[] = [
  'provider',
  ...FREE_TEXTS,
  ...ATTRIBUTES.map((row) => row.name),
  'expiresIn',
  'workspaceId',
  'deliverTo',
  ...MAPS,
  'protect',
  'unmanaged',
  'unset',
]

/**
 * Parts of the manifest language this release does not carry out, by path. Naming one is an error, never ignored.
 * A later release deletes the row when it implements it.
 */
export const NOT_SUPPORTED: Readonly<Record<string, string>> = {
  guardrail: 'assigning guardrails',
  'rotation.window': 'rotation windows',
  'rotation.retire': 'retirement by usage; the old key retires when grace is over',
  'rotation.jitter': 'jitter',
  'rotation.budget': 'rotation budgets',
  'rotation.native': 'rotation by the API itself',
  'rotation.on': 'choosing when a rotation is noticed',
  adopt: 'adopting live keys',
  scopes: 'scopes',
  environmentId: 'environments of the key API',
}
