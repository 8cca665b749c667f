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
}

/** An id for each key, by its name; a number behind it where two names give the same. `taken` are ids that exist. */
export function idsFor(
  keys: readonly LiveKey[],
  taken: ReadonlySet<string>,
  names: ReadonlyMap<string, string> = new Map(),
): ReadonlyMap<string, string> {
  const used = new Set(taken)
  const ids = new Map<string, string>()
  for (const key of keys) {
    const base = slug(names.get(key.id) ?? key.name)
    let id = base
    for (let n = 2; used.has(id); n++) id = `${base.slice(0, 36)}-${n}`
    used.add(id)
    ids.set(key.id, id)
  }
  return ids
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
  const head = `# Written by keywright import on ${day(now)}. Nothing is changed until keywright apply takes these keys over.\n`
  const entries = keys.map(
    (one) =>
      `${comment(one.key)}  ${one.id}:\n${members(one)
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
