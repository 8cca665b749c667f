/** The schema of one key, from the attributes table, the kinds of sinks, and the few members that are neither. */
import { ATTRIBUTES, type Attribute } from '../../core/attributes.ts'
import { HOOK_KINDS } from '../../core/hook-kinds.ts'
import { ENTRY_FIELDS } from '../../core/manifest/fields.ts'
import { wanted } from '../../core/manifest/values.ts'
import { exampleOf } from '../../core/manifest/word-list.ts'
import { type KindRow, SINK_KINDS } from '../../core/sink-kinds.ts'
import {
  count,
  described,
  duration,
  listOf,
  mapOf,
  orWord,
  record,
  recordOr,
  type Schema,
  TEXT,
  WORD,
} from './nodes.ts'

const BOOLEAN: Schema = { type: 'boolean' }

/** Members every layer of an entry takes: defaults, profiles, keys, patches. */
export function layerMembers(): Readonly<Record<string, Schema>> {
  return {
    provider: described(TEXT, {
      doc: 'Name of a provider in keywright.yaml. Not needed when there is only one.',
      example: 'openrouter',
    }),
    name: freeText('Display name. Without it, the id.', 'CI bot'),
    owner: freeText('Who answers for this key; shown in plans, status and alerts.', 'platform-team'),
    purpose: freeText('What the key is for.', 'nightly builds'),
    link: freeText('A runbook or ticket.', 'https://wiki.example.com/ci-bot'),
    ...Object.fromEntries(ATTRIBUTES.map((row) => [row.name, attributeSchema(row)])),
    expiresIn: duration({
      doc: 'Life of each generation; it is renewed in time. Not together with expiresAt.',
      example: '180d',
    }),
    workspaceId: described(TEXT, {
      doc: 'Workspace, by slug or UUID. Without it, the default one.',
      example: 'default',
    }),
    guardrail: described(TEXT, {
      doc: 'Name or id of a guardrail that exists. Every generation has it before its secret is handed out.',
      example: 'no-training',
    }),
    deliverTo: deliverTo(),
    after: after(),
    rotation: rotation(),
    removal: record('a field of removal', {
      hold: duration({
        doc: 'How long a removed key stays disabled before it is deleted. 7d unless written.',
        example: '7d',
      }),
    }),
    labels: mapOf(
      { type: ['string', 'number', 'boolean'], 'x-expect': 'a text', 'x-example': 'platform' },
      { doc: 'Free names and texts to select keys by.' },
    ),
    protect: orWord(BOOLEAN, {
      doc: 'Blocks delete, disable and early retirement; not rotation.',
      expect: 'true or false',
      example: true,
    }),
    unmanaged: fieldNames(
      'Fields left as they are live.',
      ATTRIBUTES.map((row) => row.name),
      '[limit]',
    ),
    unset: fieldNames(
      'Inherited values to drop.',
      ENTRY_FIELDS.filter((name) => name !== 'unset'),
      '[expiresIn]',
    ),
    like: described(TEXT, { doc: 'Name of a profile in keywright.yaml.', example: 'agent' }),
  }
}

function freeText(doc: string, example: string): Schema {
  return described({ type: ['string', 'number'], pattern: '\\S' }, { doc, expect: 'a text', example })
}

function fieldNames(doc: string, names: readonly string[], example: string): Schema {
  return listOf({ enum: names, 'x-expect': 'the name of a field', 'x-example': example }, { doc, example })
}

function attributeSchema(row: Attribute): Schema {
  const words = { doc: row.doc, expect: wanted(row), example: row.example }
  switch (row.type) {
    case 'usd': {
      const amount: Schema = { type: 'number', minimum: 0 }
      return orWord(row.nullWord === undefined ? amount : { anyOf: [amount, { enum: [row.nullWord] }] }, words)
    }
    case 'enum':
      return orWord({ enum: row.values ?? [] }, words)
    case 'boolean':
      return orWord(BOOLEAN, words)
    case 'words': {
      const item = { anyOf: [{ enum: row.values ?? [] }, WORD], 'x-expect': 'one of its known words' }
      return { ...listOf({ ...item, 'x-example': exampleOf(row) }, { ...words, example: exampleOf(row) }), minItems: 1 }
    }
    case 'instant':
    case 'text':
      return described(TEXT, words)
    default:
      return row.type satisfies never
  }
}

function rotation(): Schema {
  const members = record('a field of rotation', {
    every: duration({ doc: 'Age at which the next generation is due, or manual.', also: 'manual', example: '30d' }),
    grace: duration({ doc: 'How long the old secret works beside the new one. 24h unless written.', example: '24h' }),
    hold: duration({
      doc: 'How long the old key stays disabled before it is deleted. 1h unless written; 0 where no key can be disabled.',
      example: '1h',
    }),
    jitter: duration({
      doc: 'Most by which a due rotation is put off, so that keys do not all come at once; the same in every run. 10% of every unless written, at most 24h.',
      example: '12h',
    }),
    window: window(),
    retire: retire(),
    budget: orWord(
      { enum: ['fresh', 'carry'] },
      {
        doc: 'carry: old and new share one limit while both can spend; needs a loop. fresh, unless written: the new one starts a counter of its own.',
        expect: 'fresh or carry',
        example: 'fresh',
      },
    ),
    native: orWord(BOOLEAN, {
      doc: 'Strait rotates the key itself; it keeps its expiry, and the clock of Strait ends the old one. Needs a grace of 24h to 7d.',
      expect: 'true or false',
      example: true,
    }),
    serial: count({ doc: 'A larger number than before rotates now.', example: 1 }),
  })
  return recordOr(members, ['manual'], {
    doc: 'When the secret is replaced, and how the old one goes; or manual.',
    expect: 'a mapping, or manual',
    example: '{ every: 30d, grace: 24h }',
  })
}

function window(): Schema {
  return described(
    record(
      'a member of window',
      {
        days: described(
          { type: ['string', 'array'], items: { type: 'string', 'x-expect': 'a day', 'x-example': '[mon, wed]' } },
          {
            doc: 'Days on which it opens: mon-fri, sat,sun, a list of them, or all, as unless written.',
            expect: 'days of the week',
            example: 'mon-fri',
          },
        ),
        hours: described(TEXT, {
          doc: 'From when to when, on the clocks of the zone. An end before the beginning is past midnight.',
          expect: 'two times of day',
          example: '"09:00-16:00"',
        }),
        zone: described(TEXT, {
          doc: 'IANA name of a time zone. Summer time is followed.',
          expect: 'the IANA name of a time zone',
          example: 'Europe/Berlin',
        }),
      },
      ['hours', 'zone'],
    ),
    {
      doc: 'Hours in which old and new may change places; at any time unless written.',
      example: '{ days: mon-fri, hours: "09:00-16:00", zone: Europe/Berlin }',
    },
  )
}

function retire(): Schema {
  return described(
    record(
      'a member of retire',
      {
        when: orWord(
          { enum: ['unused', 'deadline'] },
          {
            doc: 'deadline: when grace is over. unused: also its usage has stood still for quiet.',
            expect: 'unused or deadline',
            example: 'unused',
          },
        ),
        quiet: duration({ doc: 'How long the usage must stand still. 6h unless written.', example: '6h' }),
        by: duration({ doc: 'The latest end of the wait, from the rotation on. 7d unless written.', example: '7d' }),
      },
      ['when'],
    ),
    {
      doc: 'What ends an old key once its grace is over; the deadline unless written. Free models leave no usage, so grace and hold always apply.',
      example: '{ when: unused, quiet: 6h, by: 7d }',
    },
  )
}

/** Which members a hook needs depends on its kind, and is judged when the sinks are known. */
function after(): Schema {
  const text = { type: ['string', 'number'] }
  const members = Object.values(HOOK_KINDS).flatMap((row) => row.members)
  const properties = {
    kind: described(
      { enum: Object.keys(HOOK_KINDS) },
      { doc: 'What happens.', expect: 'a kind of hook', example: 'github-dispatch' },
    ),
    sink: described(TEXT, {
      doc: 'Name of the sink it goes through; not needed when only one fits.',
      example: 'github',
    }),
    ...Object.fromEntries(
      members.map(({ member, doc, example }) => [member, described(text, { doc, expect: 'a text', example })]),
    ),
  }
  const example = '[{ kind: github-dispatch, repository: acme/app }]'
  const item = {
    ...record('a member of a hook', properties, ['kind']),
    'x-expect': 'a hook',
    'x-example': example.slice(1, -1),
  }
  return listOf(item, {
    doc: 'What happens once a new secret serves and is everywhere, so that those who read the old one read again.',
    expect: 'a list of hooks',
    example,
  })
}

/** A text or a mapping. Which members a place needs depends on its sink, and is judged when the sink is known. */
function deliverTo(): Schema {
  const members = Object.values<KindRow>(SINK_KINDS).flatMap((kind) => kind.members)
  const properties = {
    sink: described(TEXT, { doc: 'Name of a sink in keywright.yaml.', example: 'dotenv' }),
    ...Object.fromEntries(
      members.map(({ member, doc, example }) => [
        member,
        described({ type: ['string', 'number'] }, { doc, expect: 'a text', example }),
      ]),
    ),
    value: described(TEXT, {
      doc: 'What is written, with ${secret} exactly once. Without it, the bare secret.',
      example: '"Bearer ${secret}"',
    }),
  }
  const item = {
    type: ['object', 'string'],
    pattern: '\\S',
    if: { type: 'object' },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: record('a member of a place', properties, ['sink']),
    'x-expect': 'a place',
    'x-example': '{ sink: dotenv, name: OPENROUTER_API_KEY }',
  }
  const example = '[{ sink: dotenv, name: OPENROUTER_API_KEY }]'
  return listOf(item, {
    doc: 'Places that receive the secret: a mapping, or the text form sink:path#field.',
    expect: 'a list of places',
    example,
  })
}
