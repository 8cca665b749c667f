/** Live keys as a manifest that adopts them. Live names are hostile, so a name that is no plain text is left out. */
import { isId } from '../../core/address.ts'
import { display } from '../../core/display.ts'
import type { Fields, FieldValue, LiveKey } from '../../core/key.ts'
import { looksSecret } from '../../core/manifest/looks-secret.ts'
import type { Instant } from '../../core/time.ts'
import { amount, day } from './words.ts'

export interface Imported {
  readonly key: LiveKey
  readonly id: string
  /** Configured provider. */
  readonly provider: string
  /** `null`: the default workspace. */
  readonly workspace: string | null
  /** The Terraform resource it comes from. */
  readonly was?: Was
}

export interface Was {
  /** Text of others. */
  readonly address: string
  /** The state holds the secret of this very key. */
  readonly plaintext: boolean
  readonly tainted: boolean
}

/** An id for each key, by its name unless `bases` has one; a number behind it where two give the same. `taken` are ids that exist. */
export function idsFor(
  keys: readonly LiveKey[],
  taken: ReadonlySet<string>,
  bases: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const used = new Set(taken)
  const ids = new Map<string, string>()
  for (const key of keys) {
    const base = bases.get(key.id) ?? slug(key.name)
    let id = base
    for (let n = 2; used.has(id); n++) id = numbered(base, n)
    used.add(id)
    ids.set(key.id, id)
  }
  return ids
}

/** The last segment makes room for the number. */
function numbered(base: string, n: number): string {
  const cut = base.lastIndexOf('/') + 1
  return `${base.slice(0, cut)}${base.slice(cut, cut + 36)}-${n}`
}

function slug(name: string): string {
  const text = looksSecret(name)
    ? ''
    : name
        .toLowerCase()
        .normalize('NFKD')
        .replace(/[^a-z0-9._-]+/g, '-')
        .replace(/^[^a-z0-9]+|[-._]+$/g, '')
  const short = text.slice(0, 40).replace(/[-._]+$/, '')
  return isId(short) ? short : 'imported'
}

export function renderManifest(keys: readonly Imported[], now: Instant): string {
  const head = `# Written by keywright import on ${day(now)}. A key keeps its name, values and secret until something is changed here.\n`
  const entries = keys.map(
    (one) =>
      `${comment(one.key)}${one.was ? terraformComment(one.was) : ''}  ${one.id}:\n${members(one)
        .map(([name, value]) => `    ${name}: ${value}\n`)
        .join('')}`,
  )
  const adopted = keys.map(({ key, id }) => `  - { key: "sha256:${key.id}", as: ${id} }\n`)
  return `${head}keys:\n${entries.join('')}adopt:\n${adopted.join('')}`
}

/** Usage and age, in numbers alone. */
function comment({ createdAt, usage, updatedAt }: LiveKey): string {
  const changed = updatedAt === null ? '' : `, changed ${day(updatedAt)}`
  return `  # created ${day(createdAt)}${changed}, spent ${amount(usage.total)} USD in all, ${amount(usage.monthly)} USD this month\n`
}

function terraformComment({ address, plaintext, tainted }: Was): string {
  const shown = looksSecret(address) ? 'a resource' : display(address, { max: 200 })
  const facts = [
    ...(tainted ? ['tainted there'] : []),
    ...(plaintext ? ['whose state holds its secret in plain text: rotate it'] : []),
  ]
  return `  # was ${[`${shown} in Terraform`, ...facts].join(', ')}\n`
}

function members({ key, id, provider, workspace }: Imported): readonly (readonly [string, string])[] {
  const { fields } = key
  return [
    ['provider', provider],
    ...(isPlain(key.name) && key.name !== id ? [['name', JSON.stringify(key.name)] as const] : []),
    ['limit', typeof fields.limit === 'number' ? `${fields.limit}` : 'unlimited'],
    ...written(fields, 'limitReset', (value) => (typeof value === 'string' ? value : null)),
    ...written(fields, 'includeByokInLimit', (value) => (value === true ? 'true' : null)),
    ...written(fields, 'disabled', (value) => (value === true ? 'true' : null)),
    ...written(fields, 'expiresAt', (value) => (typeof value === 'string' ? value.replace(/\.\d+Z$/, 'Z') : null)),
    ...(workspace === null ? [] : [['workspaceId', workspace] as const]),
  ]
}

function written(
  fields: Fields,
  name: string,
  textOf: (value: FieldValue) => string | null,
): readonly (readonly [string, string])[] {
  const text = textOf(fields[name] ?? null)
  return text === null ? [] : [[name, text]]
}

/** A name that a manifest may hold: visible as it is, short enough for the marker, no word of ours, nothing like a credential. */
function isPlain(name: string): boolean {
  const fits = name.length > 0 && name.length <= 100 && name.trim() === name
  return (
    fits && display(name, { max: 200 }) === name && !name.includes('${') && !name.includes('[kw:') && !looksSecret(name)
  )
}
