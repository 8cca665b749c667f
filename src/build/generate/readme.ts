/**
 * The parts of README.md that are made from the same tables as the program: they stand between `<!-- generated: NAME -->` and
 * `<!-- end: NAME -->`. Everything around them is written by hand and stays as it is.
 */
import { ATTRIBUTES, type Attribute } from '../../core/attributes.ts'
import { CODES } from '../../core/codes/index.ts'
import { type ConfigOption, PLANNED_KINDS, PROVIDER_KINDS, STORE_KINDS } from '../../core/config/kinds.ts'
import { NOT_SUPPORTED } from '../../core/manifest/fields.ts'
import { wanted } from '../../core/manifest/values.ts'
import { ALLOW, type KindRow, type MemberRow, type OptionRow, SINK_KINDS } from '../../core/sink-kinds.ts'
import { PLACEHOLDERS } from '../../core/template.ts'
import { configSchema } from './config-schema.ts'
import { layerMembers } from './entry-schema.ts'
import { manifestSchema } from './manifest-schema.ts'
import { isSchema, type Schema } from './nodes.ts'

const PARTS: Readonly<Record<string, () => string>> = {
  fields: managedFields,
  entry: otherMembers,
  manifest: manifestSections,
  config: configOptions,
  kinds: kindsOfProvidersAndStores,
  sinks,
  'not-supported': notSupported,
  codes,
}

/** The same text with every generated part fresh. Throws RangeError for a part that is not marked exactly once. */
export function withFreshParts(readme: string): string {
  return Object.entries(PARTS).reduce((text, [name, part]) => replaced(text, name, part()), readme)
}

function replaced(text: string, name: string, fresh: string): string {
  const [start, end] = [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`]
  const [before, rest, ...more] = text.split(start)
  const [, after, ...others] = rest?.split(end) ?? []
  if (before === undefined || after === undefined || more.length > 0 || others.length > 0)
    throw new RangeError(`README.md must hold ${start} and ${end} exactly once, in this order`)
  return `${before}${start}\n${fresh}\n${end}${after}`
}

type Cells = readonly string[]

function table(head: Cells, rows: readonly Cells[]): string {
  const line = (cells: Cells): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

const code = (text: string): string => `\`${text}\``

/** Prose of our tables as Markdown: words that it would take for HTML, mathematics or emphasis become code. */
function prose(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replace(AMBIGUOUS, '`$&`')))
    .join('')
}

const AMBIGUOUS = /\$\{[^{}]*\}|[\w/]*<[a-z]+>\/?|__\w+__/g

function managedFields(): string {
  const rows = ATTRIBUTES.map((row) => [
    code(row.name),
    Object.keys(row.kinds).map(code).join(', '),
    wanted(row),
    absent(row),
    change(row),
    prose(row.doc),
  ])
  return table(['field', 'of keys of kind', 'value', 'when absent', 'a change', ''], rows)
}

function absent({ absent: means, fallback, nullWord }: Attribute): string {
  if (means === 'error') return 'an error'
  if (means === 'unmanaged') return 'not managed'
  return fallback === null || fallback === undefined ? (nullWord ?? 'none') : `${fallback}`
}

function change({ kinds }: Attribute): string {
  return Object.values(kinds).includes('update') ? 'in place' : 'a new generation'
}

/** Members of a key that are no managed fields. */
function otherMembers(): string {
  const managed = new Set(ATTRIBUTES.map((row) => row.name))
  const rows = Object.entries(layerMembers()).filter(([name]) => !managed.has(name))
  return optionTable(rows.flatMap(([name, schema]) => rowsOf(schema, name)))
}

function manifestSections(): string {
  const { properties, definitions } = manifestSchema()
  const key = isSchema(definitions) && isSchema(definitions.key) ? definitions.key.properties : {}
  const forEach = isSchema(key) && isSchema(key.forEach) ? key.forEach : {}
  const sections = Object.entries(isSchema(properties) ? properties : {}).filter(([name]) => name !== '$schema')
  const rows = sections.map(([name, schema]): Row => ({ path: name, schema: isSchema(schema) ? schema : {} }))
  return optionTable([...rows, { path: 'keys.ID.forEach', schema: forEach }])
}

/** What is chosen by a kind has tables of its own. */
const BY_KIND: ReadonlySet<string> = new Set(['store', 'providers', 'sinks'])
const OF_A_KEY: ReadonlySet<string> = new Set(['profiles'])

function configOptions(): string {
  const { properties } = configSchema()
  const rows = Object.entries(isSchema(properties) ? properties : {}).flatMap(([name, schema]): readonly Row[] => {
    if (name === '$schema' || !isSchema(schema)) return []
    return BY_KIND.has(name) || OF_A_KEY.has(name) ? [{ path: name, schema }] : rowsOf(schema, name)
  })
  return optionTable(rows.filter(({ schema }) => docOf(schema) !== '' || expected(schema) !== ''))
}

interface Row {
  readonly path: string
  readonly schema: Schema
}

const FREE_NAME = '.NAME.'

/** One row per member, inner ones with their path; what a free name holds is listed one level deep. */
function rowsOf(schema: Schema, path: string): readonly Row[] {
  const { properties, additionalProperties } = isSchema(schema.then) ? schema.then : schema
  const own = docOf(schema) === '' ? [] : [{ path, schema }]
  if (isSchema(properties)) {
    if (path.includes(FREE_NAME)) return own
    const inner = Object.entries(properties)
    return [...own, ...inner.flatMap(([name, each]) => (isSchema(each) ? rowsOf(each, `${path}.${name}`) : []))]
  }
  if (!isSchema(additionalProperties) || !isSchema(additionalProperties.properties)) return [{ path, schema }]
  const inner = Object.entries(additionalProperties.properties)
  return [
    ...own,
    ...inner.flatMap(([name, each]) => (isSchema(each) ? rowsOf(each, `${path}${FREE_NAME}${name}`) : [])),
  ]
}

function optionTable(rows: readonly Row[]): string {
  return table(
    ['name', 'value', ''],
    rows.map(({ path, schema }) => [code(path), prose(expected(schema)), prose(docOf(schema))]),
  )
}

function docOf({ description }: Schema): string {
  return typeof description === 'string' ? description : ''
}

function expected(schema: Schema): string {
  const { 'x-expect': expect, enum: words, type } = schema
  if (Array.isArray(words)) return words.map((word) => code(`${word}`)).join(', ')
  if (typeof expect === 'string') return expect
  if (type === 'array') return 'a list'
  return type === 'object' ? 'a mapping' : ''
}

function kindsOfProvidersAndStores(): string {
  const rows = (section: string, kinds: Readonly<Record<string, { doc: string; options: readonly ConfigOption[] }>>) =>
    Object.entries(kinds).flatMap(([kind, { doc, options }]) => [
      [section, code(kind), '', doc],
      ...options.map(({ option, required, doc: what }) => [
        section,
        code(kind),
        `${code(option)}${required ? ' (required)' : ''}`,
        what,
      ]),
    ])
  return table(
    ['section', 'kind', 'option', ''],
    [...rows('`providers`', PROVIDER_KINDS), ...rows('`store`', STORE_KINDS)],
  )
}

function sinks(): string {
  const kinds = Object.entries<KindRow>(SINK_KINDS)
  return [
    ...kinds.map(([kind, row]) => sink(kind, row)),
    `Every sink also takes ${code(ALLOW.option)}: ${ALLOW.doc}`,
    `Every entry of \`deliverTo\` also takes \`value\`, a template that holds \`\${secret}\` exactly once. It may hold ${listOf(PLACEHOLDERS.slice(1).map((each) => code(`\${${each}}`)))} as well. A template that is a JSON document gets its values escaped for JSON.`,
  ].join('\n\n')
}

function sink(kind: string, { doc, members, options }: KindRow): string {
  const rows = [
    ...members.map((row) => ['place', ...memberCells(row)]),
    ...options.filter(({ option }) => option !== ALLOW.option).map((row) => ['sink', ...optionCells(row)]),
  ]
  return `**${code(kind)}**: ${doc} Text form: ${code(textForm(members))}.\n\n${table(['of', 'name', ''], rows)}`
}

function memberCells({ member, required, doc, example }: MemberRow): Cells {
  return [`${code(member)}${required ? ' (required)' : ''}`, `${doc} Example: ${code(example)}`]
}

function optionCells({ option, required, doc, kinds = {}, ...rest }: OptionRow): Cells {
  const inside = Object.entries(kinds).map(
    ([kind, row]) => ` ${code(`kind: ${kind}`)} (${row.doc} ${takes(row.options)})`,
  )
  const fallback = rest.default === undefined ? '' : ` Without it ${code(`${rest.default}`)}.`
  return [`${code(option)}${required ? ' (required)' : ''}`, `${doc}${fallback}${inside.join('')}`]
}

/** Options of one choice inside an option. */
function takes(options: readonly OptionRow[]): string {
  return options.map((row) => optionCells(row).join(': ')).join(' ')
}

function textForm(members: readonly MemberRow[]): string {
  const [first] = members
  const field = members.find(({ member }) => member === 'field')
  const end = field === undefined ? '' : field.required ? '#FIELD' : '[#FIELD]'
  return `SINK:${first?.member === 'name' ? 'NAME' : `PATH${end}`}`
}

function notSupported(): string {
  const fields = Object.entries(NOT_SUPPORTED).map(([path, what]) => `- ${code(path)}: ${what}`)
  const { providers, sinks: places, store } = PLANNED_KINDS
  const kinds = [
    ...(providers.length === 0 ? [] : [`- providers of kind ${listOf(providers.map(code))}`]),
    `- sinks of kind ${listOf(places.map(code))}`,
    `- stores of kind ${listOf(store.map(code))}`,
  ]
  return [...fields, ...kinds].join('\n')
}

function listOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

function codes(): string {
  return Object.entries(CODES)
    .map(([name, text]) => `**${code(name)}** ${prose(text)}`)
    .join('\n\n')
}
