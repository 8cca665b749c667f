/** The registry's documentation: one page per resource and data source, in its layout, from the schema and the examples beside it. */
import { existsSync, readFileSync } from 'node:fs'
import {
  type AttributeSchema,
  isNested,
  type NestedSchema,
  type ObjectSchema,
  type ProviderSchema,
} from '../../terraform/server/schema.ts'
import { typeToJson } from '../../terraform/values/types.ts'
import type { Artifact } from './artifacts.ts'

const ROOT = 'examples/terraform'

export function terraformDocs({ provider, resources, dataSources }: ProviderSchema): readonly Artifact[] {
  const pages = (schemas: Readonly<Record<string, ObjectSchema>>, kind: PageKind): readonly Artifact[] =>
    Object.entries(schemas).map(([name, schema]) => pageOf(name, schema, kind))
  return [pageOf('keywright', provider, PROVIDER), ...pages(resources, RESOURCE), ...pages(dataSources, DATA_SOURCE)]
}

interface PageKind {
  readonly word: string
  /** Path of the page without its ending, and of the example's folder. */
  readonly page: (name: string) => string
  readonly example: (name: string) => string
}

const short = (name: string): string => name.replace(/^keywright_/, '')
const PROVIDER: PageKind = { word: 'Provider', page: () => 'index', example: () => 'provider/provider.tf' }
const RESOURCE: PageKind = {
  word: 'Resource',
  page: (name) => `resources/${short(name)}`,
  example: (name) => `resources/${name}/resource.tf`,
}
const DATA_SOURCE: PageKind = {
  word: 'Data Source',
  page: (name) => `data-sources/${short(name)}`,
  example: (name) => `data-sources/${name}/data-source.tf`,
}

function pageOf(name: string, { description, attributes }: ObjectSchema, kind: PageKind): Artifact {
  const title = kind === PROVIDER ? 'keywright Provider' : `${name} ${kind.word} - keywright`
  const head = [
    '---',
    `page_title: ${JSON.stringify(title)}`,
    'subcategory: ""',
    `description: ${JSON.stringify(description)}`,
    '---',
  ]
  const text = [
    ...head,
    '',
    `# ${kind === PROVIDER ? title : `${name} (${kind.word})`}`,
    '',
    description,
    '',
    ...exampleOf(`${ROOT}/examples/${kind.example(name)}`),
    ...schemaOf(attributes),
    ...importOf(`${ROOT}/examples/resources/${name}/import.sh`, kind),
  ]
  return { path: `${ROOT}/docs/${kind.page(name)}.md`, text: `${text.join('\n').trimEnd()}\n` }
}

function exampleOf(path: string): readonly string[] {
  return ['## Example Usage', '', '```terraform', readFileSync(path, 'utf8').trimEnd(), '```', '']
}

function importOf(path: string, kind: PageKind): readonly string[] {
  if (kind !== RESOURCE || !existsSync(path)) return []
  return ['## Import', '', '```shell', readFileSync(path, 'utf8').trimEnd(), '```']
}

const GROUPS = [
  ['### Required', (mode: string) => mode === 'required'],
  ['### Optional', (mode: string) => mode.startsWith('optional')],
  ['### Read-Only', (mode: string) => mode === 'computed'],
] as const

function schemaOf(attributes: readonly AttributeSchema[]): readonly string[] {
  return ['## Schema', '', ...groupsOf(attributes, ''), ...attributes.flatMap((row) => nestedOf(row, ''))]
}

function groupsOf(attributes: readonly AttributeSchema[], path: string): readonly string[] {
  return GROUPS.flatMap(([head, belongs]) => {
    const rows = attributes.filter(({ mode }) => belongs(mode))
    const title = path === '' ? head : `${head.slice(4)}:`
    return rows.length === 0 ? [] : [title, '', ...rows.map((row) => lineOf(row, path)), '']
  })
}

function lineOf({ name, type, description, sensitive, deprecated }: AttributeSchema, path: string): string {
  const marks = [typeWords(type), ...(sensitive ? ['Sensitive'] : []), ...(deprecated ? ['Deprecated'] : [])].join(', ')
  const more = isNested(type) ? ` (see [below](#${anchor(join(path, name))}))` : ''
  return `- \`${name}\` (${marks}) ${description}${more}`
}

function typeWords(type: AttributeSchema['type']): string {
  if (isNested(type)) return type.nesting === 'single' ? 'Attributes' : `Attributes ${capital(type.nesting)}`
  const json = typeToJson(type)
  return Array.isArray(json) ? `${capital(String(json[0]))} of ${capital(String(json[1]))}` : capital(String(json))
}

function nestedOf({ name, type }: AttributeSchema, path: string): readonly string[] {
  if (!isNested(type)) return []
  const full = join(path, name)
  const head = [`<a id="${anchor(full)}"></a>`, '', `### Nested Schema for \`${full}\``, '']
  return [...head, ...groupsOf(attributesOf(type), full), ...attributesOf(type).flatMap((row) => nestedOf(row, full))]
}

const attributesOf = ({ attributes }: NestedSchema): readonly AttributeSchema[] => attributes
const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)
const anchor = (path: string): string => `nestedatt--${path.replaceAll('.', '--')}`
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
