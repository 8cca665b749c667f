/** `keywright.yaml`, from the kinds of providers, sinks and stores. */
import { PROVIDER_KINDS, STORE_KINDS, type StoreKindRow } from '../../core/config/kinds.ts'
import { type KindRow, SINK_KINDS } from '../../core/sink-kinds.ts'
import { layerMembers } from './entry-schema.ts'
import { count, described, duration, listOf, mapOf, record, type Schema, TEXT } from './nodes.ts'
import { byKind, optionSchema, quietSource, sinkOption } from './option-schema.ts'
import { unattendedSchemas, watchingSchemas } from './watching-schema.ts'

const NAME = {
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$',
  expect: 'at most 40 letters, digits, dots, underscores or dashes',
}

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
        OWNER,
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
const texts = (doc: string, example: string, item: Schema = TEXT): Schema =>
  listOf(described(item, { example: example.replace(/^\[|\]$/g, '').split(', ')[0] ?? '' }), {
    doc,
    expect: 'a list',
    example,
  })

/** Written as the paths of manifests are, since it is compared with them: another way to say the same folder would bound nobody. */
const FOLDER: Schema = {
  type: 'string',
  pattern: '^(?!\\.{1,2}(?:/|$))(?!.*/\\.{1,2}(?:/|$))(?!.*//)(?!/)[^\\\\#*?\\[\\]!\\s\\u0000-\\u001f\\u007f]+$',
  'x-expect': 'a folder below that of this file, such as keys/payments',
}
/** One word of CODEOWNERS: `@user`, `@org/team`, `@@role`, or an address. */
const OWNER: Schema = {
  type: 'string',
  pattern: '^(?:@@?[\\w.-]+(?:/[\\w.-]+)*|[^\\s@#]+@[^\\s@#]+)$',
  'x-expect': '@user, @org/team or an address',
}

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
    folders: texts("Folders of manifests that are this team's.", '[keys/payments]', FOLDER),
    keys: texts('Globs of ids that only this team declares.', '["payments/**"]'),
    places: texts('Globs of places its secrets may go to.', '["vault:ci/payments/**"]'),
    providers: texts('The only providers its keys may use.', '[openrouter]'),
    owners: texts('Who reviews its folders, for `keywright codeowners`.', '["@acme/payments"]', OWNER),
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
