/** `keywright.yaml`, from the kinds of providers, sinks and stores. */
import { type ConfigOption, PROVIDER_KINDS, STORE_KINDS, type StoreKindRow } from '../../core/config/kinds.ts'
import {
  API_PATH_PATTERN,
  type KindRow,
  NAME_PATTERN,
  type OptionRow,
  PATH_PATTERN,
  SINK_KINDS,
} from '../../core/sink-kinds.ts'
import { layerMembers } from './entry-schema.ts'
import { count, described, duration, listOf, mapOf, record, type Schema, TEXT } from './nodes.ts'
import { unattendedSchemas, watchingSchemas } from './watching-schema.ts'

const NAME = {
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$',
  expect: 'at most 40 letters, digits, dots, underscores or dashes',
}
const VARIABLE = '^[A-Za-z_][A-Za-z0-9_]*$'

export function configSchema(): Schema {
  const guard = guardSchema()
  const vars = mapOf(
    { type: ['string', 'number', 'boolean'], 'x-expect': 'a text, number, true or false' },
    { doc: 'Values for ${var.name} in manifests.' },
  )
  const stack = described(TEXT, {
    doc: 'Name all addresses start with; never shared by two repositories.',
    example: 'acme-7f3a',
  })
  return record(
    'an option of keywright.yaml',
    {
      $schema: TEXT,
      version: described({ const: 1 }, { doc: 'Version of this file.', expect: '1', example: 1 }),
      stack,
      environments: mapOf(
        record(
          'an option of an environment',
          {
            stack,
            vars,
            guard,
            ...unattendedSchemas(quietSource),
            onlyFrom: described(TEXT, {
              doc: 'Git ref this environment may be applied from.',
              example: 'refs/heads/main',
            }),
          },
          ['stack'],
        ),
        {
          doc: 'One stack per environment, chosen with -e.',
          names: NAME,
          example: '{ dev: { stack: acme-dev-7f3a } }',
        },
      ),
      vars,
      store: byKind(
        Object.entries<StoreKindRow>(STORE_KINDS).map(([kind, { options }]) => ({
          kind,
          properties: options.map(optionSchema),
        })),
      ),
      providers: mapOf(
        byKind(
          Object.entries(PROVIDER_KINDS).map(([kind, { options }]) => ({
            kind,
            properties: options.map(optionSchema),
          })),
        ),
        {
          doc: 'Key APIs, by names of your choice.',
          names: NAME,
          example: '{ openrouter: { kind: openrouter, token: { env: OPENROUTER_MANAGEMENT_KEY } } }',
        },
      ),
      sinks: mapOf(
        byKind(
          Object.entries<KindRow>(SINK_KINDS).map(([kind, { options }]) => ({
            kind,
            properties: options.map(sinkOption),
          })),
        ),
        {
          doc: 'Destinations of secrets, by names of your choice.',
          names: NAME,
          example: '{ dotenv: { kind: dotenv } }',
        },
      ),
      profiles: mapOf(record('a field of a profile', withoutLike()), {
        doc: 'Named sets of key fields, for like: NAME.',
        example: '{ agent: { limit: 20 } }',
      }),
      guard,
      teams: teamsSchema(),
      owners: texts(
        "Who reviews keywright.yaml and every manifest that is no team's, for `keywright codeowners`.",
        '["@acme/platform"]',
      ),
      ...unattendedSchemas(quietSource),
      ...watchingSchemas(quietSource),
      manifests: listOf(described(TEXT, { expect: 'a glob', example: 'keys/**/*.keys.yaml' }), {
        doc: 'Globs of the manifest files, below the folder of this file.',
        example: '["keys/**/*.keys.yaml"]',
      }),
    },
    ['version'],
  )
}

function withoutLike(): Readonly<Record<string, Schema>> {
  const { like: _, ...members } = layerMembers()
  return members
}

const usd = (doc: string): Schema =>
  described({ type: 'number', minimum: 0 }, { doc, expect: 'a number of USD', example: 5000 })
const percent = (doc: string, example = 30): Schema => count({ doc, example, maximum: 100 })
const yesOrNo = (doc: string): Schema => described({ type: 'boolean' }, { doc, expect: 'true or false', example: true })
const texts = (doc: string, example: string): Schema =>
  listOf(described(TEXT, { example: example.replace(/^\[|\]$/g, '').split(', ')[0] ?? '' }), {
    doc,
    expect: 'a list',
    example,
  })

function guardSchema(): Schema {
  return described(
    record('an option of guard', {
      maxDeletes: count({ doc: 'Most keys one plan may retire. 10 unless written.', example: 10 }),
      maxDeletePercent: percent('The same in percent of all keys. 30 unless written.'),
      maxDisables: count({ doc: 'Most keys one plan may disable.', example: 10 }),
      maxDisablePercent: percent('The same in percent of all keys.'),
      maxMissing: count({
        doc: 'Most keys one plan may issue again because they are gone. 3 unless written.',
        example: 3,
      }),
      maxMissingPercent: percent('The same in percent of all keys.'),
      maxRotations: count({
        doc: 'Most keys one plan may rotate; those whose secret leaked do not count.',
        example: 50,
      }),
      maxRotationPercent: percent('The same in percent of all keys.'),
      maxLoosen: count({ doc: 'Most keys one plan may allow more than before.', example: 0 }),
      maxMonthlyUsd: usd('Worst-case spend of all keys per month.'),
      maxKeyMonthlyUsd: usd('Worst-case spend of one key per month.'),
      labelMonthlyUsd: mapOf(described({ type: 'number', minimum: 0 }, { expect: 'a number of USD', example: 500 }), {
        doc: 'Worst-case spend per month of all keys with a label: `team=payments`, or `team` for each value of it.',
        example: '{ team=payments: 500 }',
      }),
      requireLimit: yesOrNo('No key may be unlimited.'),
      requireExpiry: yesOrNo('Every key must expire.'),
      requireRotation: duration({ doc: 'Every key must rotate at least this often.', example: '90d' }),
      requireOwner: yesOrNo('Every key must name an owner.'),
      requireTeam: yesOrNo('Every manifest must lie in a folder of a team.'),
      requireLabels: texts('Labels every key must have.', '[team]'),
      requireSinkKinds: texts('The only kinds of sinks that may receive a secret.', '[vault, github]'),
      requireNames: texts('Globs, one of which every id must match.', '["team-*/**"]'),
      approveScopes: texts(
        'Scopes that no key gets without a word of permission.',
        '["rbac:manage", "api-keys:manage"]',
      ),
      exempt: texts('Globs of ids that the `require` options leave alone.', '["legacy/**"]'),
    }),
    { doc: 'Bounds of what one plan may do without a word of permission, and what every key must have.' },
  )
}

function teamsSchema(): Schema {
  const members = {
    folders: texts("Folders of manifests that are this team's.", '[keys/payments]'),
    keys: texts('Globs of ids that only this team declares.', '["payments/**"]'),
    places: texts('Globs of places its secrets may go to.', '["vault:ci/payments/**"]'),
    providers: texts('The only providers its keys may use.', '[openrouter]'),
    owners: texts('Who reviews its folders, for `keywright codeowners`.', '["@acme/payments"]'),
    maxMonthlyUsd: usd('Worst-case spend of its keys per month.'),
    maxKeys: count({ doc: 'Most keys it may declare.', example: 20 }),
    requireRotation: duration({ doc: 'Its keys must rotate at least this often.', example: '30d' }),
  }
  return mapOf(record('an option of a team', members, ['folders']), {
    doc: 'Whose manifests are whose, and what keys in them may be.',
    names: NAME,
    example: '{ payments: { folders: [keys/payments] } }',
  })
}

interface Option {
  readonly name: string
  readonly schema: Schema
  readonly required: boolean
}

/** A mapping whose `kind` decides what else it takes. */
function byKind(kinds: readonly { readonly kind: string; readonly properties: readonly Option[] }[]): Schema {
  const kind = described({ enum: kinds.map((row) => row.kind) }, { doc: 'What it is.', example: kinds[0]?.kind ?? '' })
  const branches = kinds.map((row) => ({
    if: { properties: { kind: { const: row.kind } }, required: ['kind'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: record(
      `an option of kind ${row.kind}`,
      { kind: { const: row.kind }, ...Object.fromEntries(row.properties.map(({ name, schema }) => [name, schema])) },
      row.properties.filter(({ required }) => required).map(({ name }) => name),
    ),
  }))
  return { type: 'object', properties: { kind }, required: ['kind'], allOf: branches }
}

function optionSchema({ option, type, required, pattern, doc, example }: ConfigOption): Option {
  const schema = pattern === undefined ? valueSchema(type) : { ...TEXT, pattern }
  return { name: option, required, schema: described(schema, { doc, example }) }
}

function valueSchema(type: ConfigOption['type']): Schema {
  switch (type) {
    case 'tokens':
      return tokens()
    case 'count':
      return count({})
    case 'text':
    case 'url':
    case 'git':
      return TEXT
    default:
      return type satisfies never
  }
}

function sinkOption(row: OptionRow): Option {
  return { name: row.option, required: row.required, schema: described(sinkValue(row), { doc: row.doc }) }
}

/** What a pattern of an option wants, in words. */
function wordsOf(pattern: string): Schema {
  if (pattern === PATH_PATTERN)
    return { 'x-expect': 'a relative path below the folder of keywright.yaml', 'x-example': '.env.keys' }
  if (pattern === API_PATH_PATTERN)
    return { 'x-expect': 'a path with / between its parts and none in front', 'x-example': 'secret' }
  if (pattern === NAME_PATTERN) return { 'x-expect': 'a variable name', 'x-example': 'PATH' }
  return pattern.includes('age1') ? { 'x-expect': 'an age recipient', 'x-example': 'age1...' } : {}
}

function sinkValue({ type, pattern, choices = [], kinds = {} }: OptionRow): Schema {
  const one: Schema = pattern === undefined ? TEXT : { ...TEXT, pattern, ...wordsOf(pattern) }
  switch (type) {
    case 'text':
      return one
    case 'url':
      return TEXT
    case 'choice':
      return described({ enum: choices }, { expect: choices.join(' or '), example: choices.at(-1) })
    case 'kinds':
      return byKind(Object.entries(kinds).map(([kind, { options }]) => ({ kind, properties: options.map(sinkOption) })))
    case 'texts':
      return { type: 'array', items: one, minItems: 1 }
    case 'boolean':
      return { type: 'boolean' }
    case 'duration':
      return duration({ example: '30s' })
    case 'source':
      return source(['env', 'file'])
    default:
      return type satisfies never
  }
}

/** One source or a list of them, the first that works. */
function tokens(): Schema {
  const one = source(['env', 'file', 'exec'])
  const words = { 'x-source': true, 'x-expect': 'a source or a list of sources' }
  return {
    type: ['object', 'array'],
    if: { type: 'array' },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { items: one, minItems: 1 },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    else: { if: { type: 'object' }, then: one },
    ...words,
  }
}

/** Read without running anything. */
function quietSource(): Schema {
  return source(['env', 'file'])
}

function source(kinds: readonly string[]): Schema {
  const all: Readonly<Record<string, Schema>> = {
    env: {
      type: 'string',
      pattern: VARIABLE,
      description: 'Name of an environment variable.',
      'x-expect': 'the name of an environment variable',
      'x-example': 'OPENROUTER_MANAGEMENT_KEY',
    },
    file: described(TEXT, { doc: 'A file that holds nothing else.', example: '/run/secrets/openrouter' }),
    exec: described(
      { type: 'array', items: TEXT, minItems: 1 },
      {
        doc: 'A command that prints it. Needs KEYWRIGHT_ALLOW_EXEC=1.',
        expect: 'a list of program and arguments',
        example: '[pass, show, openrouter]',
      },
    ),
  }
  const properties = Object.fromEntries(kinds.map((kind) => [kind, all[kind] ?? {}]))
  const words = {
    'x-source': true,
    'x-expect': `exactly one of ${kinds.join(', ')}`,
    'x-example': '{ env: OPENROUTER_MANAGEMENT_KEY }',
  }
  return { ...record('a source of a credential', properties), minProperties: 1, maxProperties: 1, ...words }
}
