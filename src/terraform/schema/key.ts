/** The two resources, made from the attributes table. Version 1; version 0 is told of in `resources/upgrade.ts`. */
import { type Attribute, attributesOf } from '../../core/attributes.ts'
import { snake } from '../names.ts'
import type { AttributeSchema, NestedSchema, ObjectSchema } from '../server/schema.ts'
import type { CtyType } from '../values/types.ts'
import type { TerraformKind } from './provider.ts'
import { computed, filled, optional, required } from './rows.ts'
import { deliverToAttribute } from './sinks.ts'

export const KEY_VERSION = 1

export function keySchema(kind: TerraformKind): ObjectSchema {
  const description = {
    openrouter: 'An OpenRouter API key: issued, delivered to sinks, rotated with overlap, retired.',
    strait: 'A Strait API key: issued, delivered to sinks, rotated with overlap, revoked.',
  }[kind]
  return { version: KEY_VERSION, description, attributes: [...inputs(kind), ...results(kind)] }
}

function inputs(kind: TerraformKind): readonly AttributeSchema[] {
  const keyId = 'Our id of the key, one to three parts with `/` between them; with the stack its address for ever.'
  return [
    required('key_id', 'string', keyId),
    filled('name', 'string', 'Display name. Default: `key_id`.'),
    optional('owner', 'string', 'Who answers for the key.'),
    optional('purpose', 'string', 'What it is for.'),
    optional('link', 'string', 'Where more is written.'),
    optional('labels', { map: 'string' }, 'Free labels.'),
    ...attributesOf(kind).map((row) => fieldAttribute(row, kind)),
    ...(kind === 'openrouter' ? openRouterInputs() : []),
    optional(
      'expires_in',
      'string',
      'Life of each generation, such as `180d`; renewed in time by the applies that come.',
    ),
    deliverToAttribute(),
    rotationAttribute(kind),
    optional('protect', 'bool', 'Refuses to destroy the key. Rotation goes on.'),
    optional('unmanaged', { list: 'string' }, 'Names of fields that stay as they are live.'),
  ]
}

function openRouterInputs(): readonly AttributeSchema[] {
  return [
    filled('unlimited', 'bool', 'Takes the spending cap away. Not together with `limit`.'),
    filled('workspace_id', 'string', 'Workspace, slug or UUID. Default: `default`.'),
    optional('guardrail', 'string', 'Name or id of a guardrail that every generation has before its secret goes out.'),
  ]
}

function fieldAttribute(row: Attribute, kind: TerraformKind): AttributeSchema {
  const how = row.kinds[kind] === 'replace' ? ' A change is a rotation with overlap, in place.' : ''
  const word = row.name === 'limit' ? row.doc.replace('`unlimited` removes', '`unlimited = true` removes') : row.doc
  const isRequired = row.absent === 'error' && row.name !== 'limit'
  return (isRequired ? required : filled)(snake(row.name), typeOf(row), `${word}${how}`)
}

function typeOf({ type }: Attribute): CtyType {
  switch (type) {
    case 'usd':
      return 'number'
    case 'boolean':
      return 'bool'
    case 'words':
      return { set: 'string' }
    case 'enum':
    case 'instant':
    case 'text':
      return 'string'
    default:
      return type satisfies never
  }
}

function rotationAttribute(kind: TerraformKind): AttributeSchema {
  const retire: NestedSchema = {
    nesting: 'single',
    attributes: [
      required('when', 'string', '`deadline`: when grace is over. `unused`: also when it stood still.'),
      optional('quiet', 'string', 'How long the usage must stand still. Default: `6h`.'),
      optional('by', 'string', 'The latest end of the wait. Default: `7d`.'),
    ],
  }
  const window: NestedSchema = {
    nesting: 'single',
    attributes: [
      optional('days', 'string', 'Such as `mon-fri`. Default: all.'),
      required('hours', 'string', 'Such as `09:00-16:00`.'),
      required('zone', 'string', 'IANA name of a time zone.'),
    ],
  }
  const attributes: AttributeSchema[] = [
    optional('rotate_when', 'string', 'Any change of this text issues the next generation.'),
    optional('on', 'string', '`rotate_when`: only that rotates (default). `apply`: each plan also looks at `every`.'),
    optional('every', 'string', 'Age at which the next generation is due, such as `30d`.'),
    optional('grace', 'string', 'How long the old secret works beside the new one. Default: `24h`.'),
    optional('hold', 'string', 'How long the old key stays disabled before it is deleted. Default: `1h`.'),
    optional('jitter', 'string', 'Most by which a due rotation is put off.'),
    optional('serial', 'number', 'A larger number than before rotates.'),
    optional('retire', retire, 'What ends an old key once its grace is over.'),
    optional('window', window, 'Hours in which old and new may change places.'),
    ...(kind === 'strait' ? [optional('native', 'bool', 'Strait rotates the key itself.')] : []),
  ]
  const doc = 'When the secret is replaced, and how the old one goes. Nothing happens between applies.'
  return optional('rotation', { nesting: 'single', attributes }, doc)
}

const RETIRING: NestedSchema = {
  nesting: 'list',
  attributes: [
    computed('generation', 'number', 'Its number.'),
    computed('id', 'string', 'Id of its live key.'),
    computed(
      'phase',
      'string',
      '`grace`: still valid. `hold`: disabled, not yet deleted. `leftover`: issued, and handed to nobody.',
    ),
    computed('until', 'string', 'An apply after this instant goes on with it.'),
  ],
}

const PLACES: NestedSchema = {
  nesting: 'list',
  attributes: [
    computed('place', 'string', 'Such as `vault:ci/openrouter#api_key`.'),
    computed('generation', 'number', 'Generation whose secret it holds; 0 when that is not known.'),
    computed(
      'status',
      'string',
      '`verified`: read back. `unverifiable`: written, and cannot be read. `waiting`: gets the next secret.',
    ),
    computed('fingerprint', 'string', '`sha256:` and hex of the exact bytes.'),
  ],
}

function results(kind: TerraformKind): readonly AttributeSchema[] {
  return [
    computed('id', 'string', 'Id of the live key in service.'),
    ...(kind === 'openrouter' ? [computed('hash', 'string', 'The same, by the name it has at OpenRouter.')] : []),
    computed('label', 'string', 'Masked secret, as the API shows it.'),
    computed('lineage', 'string', 'Minted with the key, and kept over all generations.'),
    computed('generation', 'number', 'Number of the generation in service.'),
    computed('fingerprint', 'string', '`sha256:` and hex of the secret in service. Never the secret.'),
    computed('places', PLACES, 'What is known of each place.'),
    computed('created_at', 'string', 'When the live key in service was created.'),
    computed('rotated_at', 'string', 'When it took over from the one before; null for the first.'),
    computed(
      'next_rotation_at',
      'string',
      'When the next generation is due by `every` or by its expiry; null when nothing is.',
    ),
    computed('retiring', RETIRING, 'Earlier generations that have not ended yet. Applies finish them.'),
    computed('pending', 'bool', 'True while an apply left something half done; the next one finishes it.'),
  ]
}
