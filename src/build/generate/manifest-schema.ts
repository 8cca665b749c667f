import { layerMembers } from './entry-schema.ts'
import { described, listOf, mapOf, record, type Schema, TEXT } from './nodes.ts'

const ID = described(TEXT, { expect: 'an id', example: 'platform/ci-bot' })

/** `*.keys.yaml` and `*.keys.json`. */
export function manifestSchema(): Schema {
  const layer = record('a field of a key', layerMembers())
  const entry = record('a field of a key', { ...layerMembers(), forEach: forEach() })
  return {
    ...record('a section of a manifest', {
      $schema: TEXT,
      defaults: described({ $ref: '#/definitions/layer' }, { doc: 'Values for every key of this file.' }),
      keys: described(mapOf({ $ref: '#/definitions/key' }), {
        doc: 'The keys, by id: one to three parts with slashes.',
        example: '{ platform/ci-bot: { ... } }',
      }),
      patch: described(mapOf({ $ref: '#/definitions/layer' }), {
        doc: 'Changes to keys of other files, by id. Only in files below env/<environment>/.',
      }),
      moved: listOf(record('a member of moved', { from: ID, to: ID }, ['from', 'to']), {
        doc: 'Renames: the key keeps its secret.',
        example: '[{ from: old-id, to: new-id }]',
      }),
      adopt: listOf(
        record(
          'a member of adopt',
          {
            key: described(TEXT, { expect: 'the hash of a key', example: 'sha256:f01d5260' }),
            as: ID,
            from: described(TEXT, { expect: 'a stack', example: 'acme-payments-91bc' }),
          },
          ['key', 'as'],
        ),
        {
          doc: 'Live keys that were made elsewhere, taken over as they are under the id of an entry. `from` names the stack whose marker one carries. Such an entry needs no `deliverTo` as long as nothing rotates it.',
          example: '[{ key: "sha256:f01d5260", as: legacy-crawler }]',
        },
      ),
      handedOver: listOf(
        record(
          'a member of handedOver',
          { id: ID, to: described(TEXT, { expect: 'a stack', example: 'acme-payments-91bc' }) },
          ['id', 'to'],
        ),
        {
          doc: 'Keys this stack forgets and leaves live, for another stack to adopt.',
          example: '[{ id: old-bot, to: acme-payments-91bc }]',
        },
      ),
    }),
    definitions: { layer, key: entry },
  }
}

/** A list of names, a mapping to rows, or a table. */
function forEach(): Schema {
  return described(
    {
      type: ['array', 'object'],
      if: { type: 'array' },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { items: { type: ['string', 'number'], 'x-expect': 'a name', 'x-example': 'alice' } },
      else: {
        if: { properties: { file: { type: 'string' } }, required: ['file'] },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
        then: record('a member of forEach with a file', { file: TEXT }),
        else: {
          additionalProperties: {
            type: ['object', 'null'],
            'x-expect': 'a mapping of values',
            'x-example': '{ limit: 20 }',
          },
        },
      },
    },
    {
      doc: 'One key per name, with ${each.key} in the id. A mapping gives each its own values; a file is a CSV table.',
      expect: 'a list of names, a mapping, or { file: people.csv }',
      example: '[alice, bob]',
    },
  )
}
