/**
 * What a JSON Schema validator says, in our words and with positions.
 *
 * One mistake is one finding: of an `anyOf` only the whole is reported, `if`/`then` are scaffolding, and several errors at one
 * member become the first. Schema nodes carry `x-expect` (what is wanted, in words) and `x-example` (a value to type).
 */
import { PLANNED_KINDS } from '../config/kinds.ts'
import type { Diagnostic } from '../diagnostic.ts'
import { didYouMean, listed, nearestWord } from '../suggest.ts'
import { complaint, type Said, type Spot } from './complaint.ts'
import { MAPS, NOT_SUPPORTED, SAID_OTHERWISE } from './fields.ts'
import { shown } from './looks-secret.ts'
import { isMapping, isSequence, type Mapping, member as memberOf, type SourceDocument } from './source.ts'

/** The part of an ajv error (verbose) that is read here. */
export interface SchemaError {
  readonly instancePath: string
  readonly schemaPath: string
  readonly keyword: string
  readonly params: Readonly<Record<string, unknown>>
  readonly parentSchema?: unknown
}

export type FileKind = 'config' | 'manifest'

export interface Findings {
  readonly diagnostics: readonly Diagnostic[]
  readonly spots: readonly Spot[]
}

/** Findings of one file. With so many, nothing else is worth saying about it. */
export const MOST_FINDINGS = 50
const SCAFFOLDING: ReadonlySet<string> = new Set(['if', 'allOf', 'propertyNames'])

export function schemaFindings(document: SourceDocument, errors: readonly SchemaError[], kind: FileKind): Findings {
  const whole = errors
    .filter(({ keyword }) => keyword === 'anyOf')
    .map((error) => `${error.instancePath} ${error.schemaPath}/`)
  const said = new Map<string, { readonly spot: Spot; readonly diagnostic: Diagnostic }>()
  for (const error of errors) {
    if (said.size >= MOST_FINDINGS) break
    if (
      SCAFFOLDING.has(error.keyword) ||
      whole.some((one) => `${error.instancePath} ${error.schemaPath}`.startsWith(one))
    )
      continue
    const finding = findingOf(document, error, kind)
    const { spot } = finding
    const place = `${error.instancePath} ${String(error.params.additionalProperty ?? error.params.missingProperty ?? error.params.propertyName ?? '')}`
    if (!said.has(place)) said.set(place, { spot, diagnostic: complaint(spot, finding.said) })
  }
  const all = [...said.values()]
  return { diagnostics: all.map(({ diagnostic }) => diagnostic), spots: all.map(({ spot }) => spot) }
}

interface Finding {
  readonly spot: Spot
  readonly said: Said
}

interface Seen {
  readonly error: SchemaError
  /** Path as dots, entries of maps as `*`: `keys.*.rotation`. */
  readonly path: readonly string[]
  readonly spot: Spot
  readonly value: unknown
  /** The node whose keyword failed. */
  readonly schema: Mapping
  readonly area: 'CONFIG' | 'MANIFEST'
}

function findingOf(document: SourceDocument, error: SchemaError, kind: FileKind): Finding {
  const path = error.instancePath.split('/').slice(1).map(unescaped)
  const { container, member, value } = walk(document.data, path)
  const spot = { document, container, member }
  const schema = isMapping(error.parentSchema) ? error.parentSchema : {}
  const seen: Seen = {
    error,
    path,
    spot,
    value,
    schema,
    area: kind === 'config' ? 'CONFIG' : 'MANIFEST',
  }
  return unknownMember(seen) ?? missingMember(seen) ?? wrongName(seen) ?? { spot, said: wrong(seen) }
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}

function walk(data: unknown, path: readonly string[]): { container: object; member: string | number; value: unknown } {
  let value = data
  let container: object = isMapping(data) ? data : {}
  let member: string | number = ''
  for (const part of path) {
    if (isSequence(value)) [container, member, value] = [value, Number(part), value[Number(part)]]
    else if (isMapping(value)) [container, member, value] = [value, part, value[part]]
  }
  return { container, member, value }
}

function unknownMember(seen: Seen): Finding | null {
  const { error, path, spot, value, schema, area } = seen
  const name = error.params.additionalProperty
  if (typeof name !== 'string' || !isMapping(value)) return null
  const known = Object.keys(isMapping(schema.properties) ? schema.properties : {})
  const at = { document: spot.document, container: value, member: name }
  const planned = notSupported([...path, name])
  if (planned !== null) {
    const whole = MAPS.includes(path.at(-1) ?? '') ? `${path.at(-1)}.${name}` : name
    const message = `"${whole}" is not supported in this release (${planned}).`
    return { spot: at, said: { code: `${area}_NOT_SUPPORTED`, message, hint: 'remove it', part: 'key' } }
  }
  const otherwise = own(SAID_OTHERWISE, name)
  if (otherwise !== null) {
    const message = `${shown(name)} ${otherwise.why}.`
    return { spot: at, said: { code: `${area}_NOT_SUPPORTED`, message, hint: otherwise.hint, part: 'key' } }
  }
  const what = typeof schema['x-name'] === 'string' ? schema['x-name'] : 'known here'
  const message = `${shown(name)} is not ${what}.${didYouMean(name, known)}`
  const near = nearestWord(name, known)
  const hint = near === null ? `known: ${listed(known, 30)}` : exampleOf(memberOf(schema.properties, near), near)
  return { spot: at, said: { code: `${area}_UNKNOWN_FIELD`, message, hint, part: 'key' } }
}

/** By the last one or two names of a path. */
function notSupported(path: readonly string[]): string | null {
  const name = path.at(-1) ?? ''
  const inside = `${path.at(-2) ?? ''}.${name}`
  return own(NOT_SUPPORTED, inside) ?? own(NOT_SUPPORTED, name)
}

function own<T>(table: Readonly<Record<string, T>>, name: string): T | null {
  return Object.hasOwn(table, name) ? (table[name] ?? null) : null
}

function missingMember(seen: Seen): Finding | null {
  const { error, spot, value, schema, area, path } = seen
  const name = error.params.missingProperty
  if (typeof name !== 'string') return null
  const hint = exampleOf(memberOf(schema.properties, name), name)
  const message = path.length === 0 ? `"${name}" is missing.` : `${label(path)} has no "${name}".`
  const first = isMapping(value) ? Object.keys(value)[0] : undefined
  const inside = path.length === 0 && isMapping(value) && first !== undefined
  const at = inside ? { document: spot.document, container: value, member: first } : spot
  return { spot: at, said: { code: `${area}_WRONG_VALUE`, message, hint, part: 'key' } }
}

function wrongName({ error, spot, value, schema, area }: Seen): Finding | null {
  const name = error.params.propertyName
  if (typeof name !== 'string' || !isMapping(value)) return null
  const message = `${shown(name)} cannot be a name here: ${text(schema['x-expect'], 'another form is expected')}.`
  const at = { document: spot.document, container: value, member: name }
  return { spot: at, said: { code: `${area}_WRONG_VALUE`, message, hint: 'use another name', part: 'key' } }
}

function wrong(seen: Seen): Said {
  const { value, schema, path, area, error } = seen
  const name = label(path)
  const special = literalSource(seen) ?? plannedKind(seen)
  if (special !== null) return special
  const hint = exampleOf(schema, path.at(-1) ?? '')
  if (value === null)
    return { code: `${area}_BLANK`, message: `${name} is written without a value.`, hint, part: 'key' }
  const near = typeof value === 'string' ? didYouMean(value, choices(schema)) : ''
  const message = `${name} must be ${text(schema['x-expect'], expected(error, schema))}; here it is ${shown(value)}.${near}`
  return { code: `${area}_WRONG_VALUE`, message, hint }
}

function label(path: readonly string[]): string {
  const name = path.at(-1) ?? 'the file'
  return /^\d+$/.test(name) ? `Item ${Number(name) + 1} of "${path.at(-2)}"` : shown(name)
}

/** A text where a source of a credential is expected is worse than a wrong type: it may be the credential. */
function literalSource({ schema, value, path }: Seen): Said | null {
  if (schema['x-source'] !== true || typeof value !== 'string') return null
  const name = path.findLast((part) => !/^\d+$/.test(part)) ?? 'token'
  const message = `"${name}" must say where the credential is found, never the credential itself.`
  return { code: 'CONFIG_SOURCE_LITERAL', message, hint: `${name}: { env: OPENROUTER_MANAGEMENT_KEY }` }
}

function plannedKind({ path, value, schema }: Seen): Said | null {
  const [section = ''] = path
  if (path.at(-1) !== 'kind' || typeof value !== 'string' || !isSection(section)) return null
  if (!PLANNED_KINDS[section].includes(value)) return null
  const message = `The kind "${value}" is not supported in this release; ${listed(choices(schema))} are.`
  return { code: 'CONFIG_NOT_SUPPORTED', message, hint: `kind: ${choices(schema)[0] ?? ''}` }
}

function isSection(name: string): name is keyof typeof PLANNED_KINDS {
  return Object.hasOwn(PLANNED_KINDS, name)
}

function choices(schema: Mapping): readonly string[] {
  const own = isSequence(schema.enum) ? schema.enum : []
  const inside = isSequence(schema.anyOf) ? schema.anyOf.flatMap((one) => memberOf(one, 'enum') ?? []) : []
  return [...own, ...inside].filter((word) => typeof word === 'string')
}

const TYPES: Readonly<Record<string, string>> = {
  object: 'a mapping',
  array: 'a list',
  string: 'a text',
  boolean: 'true or false',
  number: 'a number',
  integer: 'a whole number',
}

function expected({ keyword, params }: SchemaError, schema: Mapping): string {
  if (keyword === 'type')
    return [params.type]
      .flat()
      .map((type) => TYPES[String(type)] ?? String(type))
      .join(' or ')
  if (keyword === 'enum') return `one of ${listed(choices(schema))}`
  if (keyword === 'const') return shown(params.allowedValue)
  if (keyword === 'minimum') return `${String(params.limit)} or more`
  if (keyword === 'maximum') return `${String(params.limit)} or less`
  if (keyword.startsWith('min')) return 'filled'
  return 'of another form'
}

function exampleOf(schema: unknown, name: string): string {
  const example = memberOf(schema, 'x-example')
  const plain = /^\d+$/.test(name) ? '' : `${name}: `
  return example === undefined ? 'keywright schema manifest   shows what is possible' : `${plain}${String(example)}`
}

function text(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise
}
