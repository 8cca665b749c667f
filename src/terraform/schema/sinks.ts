/** `sinks` of the provider and `deliver_to` of keys, made from the tables of sink kinds: a new kind appears by itself. */
import { type KindRow, type MemberRow, type OptionRow, SINK_KINDS } from '../../core/sink-kinds.ts'
import { snake } from '../names.ts'
import { type AttributeSchema, isNested, type NestedSchema } from '../server/schema.ts'
import type { CtyType } from '../values/types.ts'
import { optional, required } from './rows.ts'

const SOURCE: NestedSchema = {
  nesting: 'single',
  attributes: [
    optional('env', 'string', 'Name of the environment variable that holds it.'),
    optional('file', 'string', 'Path of the file that holds it.'),
  ],
}

/** Memory sinks end with the process, and Terraform starts several per command. */
export const TERRAFORM_SINKS: readonly (readonly [string, KindRow])[] = Object.entries<KindRow>(SINK_KINDS).filter(
  ([kind]) => kind !== 'memory',
)

export function sinksAttribute(): AttributeSchema {
  const kinds = TERRAFORM_SINKS.map(([kind, { doc }]) => `\`${kind}\`: ${doc}`).join(' ')
  const attributes: AttributeSchema[] = [
    required('kind', 'string', `Kind of the sink. ${kinds}`),
    ...union(TERRAFORM_SINKS.map(([kind, row]) => [kind, row.options] as const)),
  ]
  const doc = 'Where secrets go, by name. The provider writes them during apply; no secret enters plan or state.'
  return optional('sinks', { nesting: 'map', attributes }, doc)
}

export function deliverToAttribute(): AttributeSchema {
  const members = new Map<string, { readonly row: MemberRow; readonly kinds: string[] }>()
  for (const [kind, { members: rows }] of TERRAFORM_SINKS)
    for (const row of rows) {
      const known = members.get(row.member)
      if (known) known.kinds.push(kind)
      else members.set(row.member, { row, kinds: [kind] })
    }
  const attributes: AttributeSchema[] = [
    required('sink', 'string', 'Name of a sink of the provider block.'),
    ...[...members].map(([name, { row, kinds }]) => optional(name, 'string', `${row.doc} (${kinds.join(', ')})`)),
    optional('value', 'string', 'What is written, with `$${secret}` exactly once. Without it, the bare secret.'),
  ]
  const doc = 'Places that receive the secret of each generation.'
  return optional('deliver_to', { nesting: 'list', attributes }, doc)
}

/** One attribute per option of any kind; kinds that take it are named where not all do. */
function union(kinds: readonly (readonly [string, readonly OptionRow[]])[]): readonly AttributeSchema[] {
  const found = new Map<string, AttributeSchema>()
  for (const [kind, options] of kinds)
    for (const option of options) {
      const name = snake(option.option)
      const known = found.get(name)
      const row = attributeOf(name, option)
      if (!known) found.set(name, { ...row, description: `${row.description} (${kind})` })
      else
        found.set(name, {
          ...known,
          type: joined(known.type, row.type),
          description: `${known.description} ${row.description} (${kind})`,
        })
    }
  return [...found.values()]
}

/** Two kinds may give one name different forms: mappings come together, and a text goes for any single value. */
function joined(a: AttributeSchema['type'], b: AttributeSchema['type']): AttributeSchema['type'] {
  if (isNested(a) && isNested(b)) {
    const more = b.attributes.filter(({ name }) => !a.attributes.some((one) => one.name === name))
    return { nesting: 'single', attributes: [...a.attributes, ...more] }
  }
  if (isNested(a) || isNested(b)) return isNested(a) ? a : b
  return JSON.stringify(a) === JSON.stringify(b) ? a : isList(a) ? a : isList(b) ? b : 'string'
}

function isList(type: CtyType): boolean {
  return typeof type === 'object'
}

function attributeOf(name: string, option: OptionRow): AttributeSchema {
  const fallback = option.default === undefined ? '' : ` Default: \`${String(option.default)}\`.`
  return optional(name, typeOf(option), `${option.doc}${fallback}`)
}

function typeOf({ type, kinds, choices }: OptionRow): AttributeSchema['type'] {
  switch (type) {
    case 'texts':
      return { list: 'string' }
    case 'boolean':
      return 'bool'
    case 'choice':
      return choices?.every((one) => typeof one === 'number') === true ? 'number' : 'string'
    case 'source':
      return SOURCE
    case 'kinds': {
      const kind = required('kind', 'string', Object.keys(kinds ?? {}).join(', '))
      const inner = union(Object.entries(kinds ?? {}).map(([name, row]) => [name, row.options] as const))
      return { nesting: 'single', attributes: [kind, ...inner] }
    }
    case 'text':
    case 'url':
    case 'duration':
      return 'string'
    default:
      return type satisfies never
  }
}
