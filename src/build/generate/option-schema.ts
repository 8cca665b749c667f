/** Options of kinds, and sources of credentials, as JSON Schema. */
import type { ConfigOption } from '../../core/config/kinds.ts'
import { OIDC_ROWS } from '../../core/config/oidc-source.ts'
import { STORED_SOURCES, STORED_WORDS } from '../../core/config/stored-sources.ts'
import {
  API_PATH_PATTERN,
  type KindRow,
  NAME_PATTERN,
  type OptionRow,
  PATH_PATTERN,
  SINK_KINDS,
} from '../../core/sink-kinds.ts'
import { count, described, duration, record, type Schema, TEXT } from './nodes.ts'

const VARIABLE = '^[A-Za-z_][A-Za-z0-9_]*$'

export interface Option {
  readonly name: string
  readonly schema: Schema
  readonly required: boolean
}

/** A mapping whose `kind` decides what else it takes. */
export function byKind(kinds: readonly { readonly kind: string; readonly properties: readonly Option[] }[]): Schema {
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

export function optionSchema({ option, type, required, pattern, doc, example }: ConfigOption): Option {
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

export function sinkOption(row: OptionRow): Option {
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
  const one = source(['env', 'file', 'exec', ...STORED_WORDS, 'oidc'])
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
export function quietSource(): Schema {
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
  const properties = Object.fromEntries(kinds.map((kind) => [kind, all[kind] ?? storedOrOidc(kind)]))
  const words = {
    'x-source': true,
    'x-expect': `exactly one of ${kinds.join(', ')}`,
    'x-example': '{ env: OPENROUTER_MANAGEMENT_KEY }',
  }
  return { ...record('a source of a credential', properties), minProperties: 1, maxProperties: 1, ...words }
}

/** A source that is a place: the options of its sink and the members of the place, or the exchange of a signed token. */
function storedOrOidc(word: string): Schema {
  const stored = STORED_WORDS.find((one) => one === word)
  if (stored === undefined) return oidcSchema()
  const { doc, members, options }: KindRow = SINK_KINDS[STORED_SOURCES[stored]]
  const places = members.map(({ member, required, pattern, doc: of, example }) => ({
    name: member,
    required,
    schema: described({ ...TEXT, pattern }, { doc: of, example }),
  }))
  const all = [...places, ...options.filter(({ option }) => option !== 'allow').map(sinkOption)]
  const properties = Object.fromEntries(all.map(({ name, schema }) => [name, schema]))
  const needed = all.filter(({ required }) => required).map(({ name }) => name)
  return described(record(`an option of the source ${word}`, properties, needed), { doc: `A place: ${doc}` })
}

function oidcSchema(): Schema {
  const properties = Object.fromEntries(
    OIDC_ROWS.map(({ option, doc, example }) => [option, described(TEXT, { doc, example })]),
  )
  const needed = OIDC_ROWS.filter(({ required }) => required).map(({ option }) => option)
  return described(record('an option of the source oidc', properties, needed), {
    doc: 'What a token service gives for the signed token of this job.',
    example: '{ exchange: https://sts.internal/token, audience: keywright }',
  })
}
