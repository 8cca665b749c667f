/** Data sources: what is live, spend included. Reading them changes nothing. */
import { attributesOf } from '../../core/attributes.ts'
import { snake } from '../names.ts'
import type { AttributeSchema, ObjectSchema } from '../server/schema.ts'
import { computed, filled, optional } from './rows.ts'

const TYPES = {
  usd: 'number',
  boolean: 'bool',
  enum: 'string',
  instant: 'string',
  text: 'string',
  words: { list: 'string' },
} as const

const OWNER: readonly AttributeSchema[] = [
  computed('stack', 'string', 'Stack that its marker names; null without one.'),
  computed('key_id', 'string', 'Id that its marker names.'),
  computed('generation', 'number', 'Generation that its marker names.'),
  computed('lineage', 'string', 'Lineage that its marker names.'),
]

const SEEN: readonly AttributeSchema[] = [
  computed('label', 'string', 'Masked secret, as the API shows it.'),
  computed('created_at', 'string', 'When it was created.'),
]

const SPEND: readonly AttributeSchema[] = ['usage', 'usage_daily', 'usage_weekly', 'usage_monthly'].map((name) =>
  computed(name, 'number', 'Spend in USD, BYOK included, since ever or in that window (UTC).'),
)

/** Attributes of one live key of OpenRouter, without what it is looked up by. */
export const OPENROUTER_KEY: readonly AttributeSchema[] = [
  ...attributesOf('openrouter').map(({ name, type, doc }) => computed(snake(name), TYPES[type], doc)),
  computed('id', 'string', 'The same as `hash`.'),
  ...SEEN,
  computed('updated_at', 'string', 'When it was last changed.'),
  ...SPEND,
]

const LISTED: readonly AttributeSchema[] = [
  computed('hash', 'string', 'Id of the key: SHA-256 of its secret.'),
  computed('name', 'string', 'Name without marker.'),
  computed('workspace_id', 'string', 'UUID of its workspace.'),
  ...OWNER,
  ...OPENROUTER_KEY,
]

const STRAIT_LISTED: readonly AttributeSchema[] = [
  computed('id', 'string', 'Id of the key.'),
  computed('name', 'string', 'Name without marker.'),
  ...OWNER,
  ...attributesOf('strait').map(({ name, type, doc }) => computed(snake(name), TYPES[type], doc)),
  computed('expires_at', 'string', 'When it expires.'),
  ...SEEN,
  computed('last_used_at', 'string', 'When it last authenticated.'),
]

export function dataSchemas(): Readonly<Record<string, ObjectSchema>> {
  const [stack, keyId, ...marker] = OWNER
  const lookup = [
    filled('hash', 'string', 'Looks the key up by its hash.'),
    filled('key_id', 'string', 'Looks the key of this stack up by its id: the generation with the highest number.'),
    filled('name', 'string', 'Looks the key up by its name in `workspace_id`.'),
    filled('workspace_id', 'string', 'Slug or UUID. Default: `default`.'),
  ]
  const only = optional('stack', 'string', 'Only keys with a marker of this stack.')
  return {
    keywright_openrouter_key: schema('One live key, by hash, by key_id or by name.', [
      ...lookup,
      ...(stack && keyId ? [stack] : []),
      ...marker,
      ...OPENROUTER_KEY,
    ]),
    keywright_openrouter_keys: schema('Live keys of one workspace, or of all.', [
      optional('workspace_id', 'string', 'Slug or UUID; all workspaces without it.'),
      only,
      computed('keys', { nesting: 'list', attributes: LISTED }, 'Oldest first.'),
    ]),
    keywright_strait_keys: schema('Live keys of the Strait project.', [
      only,
      computed('keys', { nesting: 'list', attributes: STRAIT_LISTED }, 'Oldest first.'),
    ]),
    keywright_current_key: schema('Whose account the managing key of OpenRouter opens.', [
      computed('origin', 'string', 'Address of the API.'),
      computed('default_workspace_id', 'string', 'UUID of the default workspace.'),
      computed('creator_user_id', 'string', 'Member who created the managing key.'),
      computed('workspaces', { map: 'string' }, 'UUIDs by slug.'),
    ]),
  }
}

function schema(description: string, attributes: readonly AttributeSchema[]): ObjectSchema {
  return { version: 0, description, attributes }
}
