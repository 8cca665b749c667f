/**
 * What may stand in an entry. The managed fields come from `attributes.ts`; the rest of an entry is listed here once, for
 * schema, merging and suggestions.
 */
import { ATTRIBUTES } from '../attributes.ts'

/** Texts for people, shown in plans, status and alerts. */
export const FREE_TEXTS = ['name', 'owner', 'purpose', 'link'] as const

/** Members of an entry that are mappings: members of different layers come together. Everything else replaces. */
export const MAPS: readonly string[] = ['rotation', 'removal', 'labels']

/** Everything an entry takes, `like` and `forEach` apart. */
export const ENTRY_FIELDS: readonly string[] = [
  'provider',
  ...FREE_TEXTS,
  ...ATTRIBUTES.map((row) => row.name),
  'expiresIn',
  'workspaceId',
  'guardrail',
  'deliverTo',
  'after',
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
  'rotation.on': 'choosing when a rotation is noticed',
}

const ITS_OWN =
  'lets Strait rotate by itself; here keys are rotated by keywright, and a receiver for that rotation is to come'

/** Fields of a key API that mean something else here, by name: what to say, and what to type instead. */
export const SAID_OTHERWISE: Readonly<Record<string, { readonly why: string; readonly hint: string }>> = {
  rotation_interval_days: { why: ITS_OWN, hint: 'rotation: { every: 30d }' },
  rotationIntervalDays: { why: ITS_OWN, hint: 'rotation: { every: 30d }' },
  rotation_webhook_url: { why: ITS_OWN, hint: 'rotation: { every: 30d }' },
  rotationWebhookUrl: { why: ITS_OWN, hint: 'rotation: { every: 30d }' },
}
