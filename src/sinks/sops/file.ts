/**
 * One SOPS file: its values under the key of the file, one of them put in, replaced or taken out, and the seal made anew.
 *
 * A file whose seal does not come out is never read or edited: somebody changed it without its key, or it holds something that is counted
 * in another way here than there.
 */
import type * as Yaml from 'yaml'
import type { JsonObject } from '../../io/http/json.ts'
import { getMember, setMember, unsetMember } from '../json-text.ts'
import { boundTo, digestOf, isSealed, seal, unseal } from './cipher.ts'
import type { Wrapped } from './data-key.ts'
import { unreadable } from './refusal.ts'
import { jsonTree, type Tree, yamlTree } from './tree.ts'
import { scalarAt, withoutScalar, withScalar, yamlText } from './yaml-text.ts'

/** How the text of one format is taken apart and put together. */
export interface Format {
  tree(text: string): Tree
  get(text: string, names: readonly string[]): string | null
  set(text: string, names: readonly string[], value: string): string
  setMeta(text: string, name: 'lastmodified' | 'mac', value: string): string
  unset(text: string, names: readonly string[]): string
  fresh(names: readonly string[], value: string, meta: JsonObject): string
}

export function formatOf(yaml: typeof Yaml, file: string): Format {
  return file.endsWith('.json') ? jsonFormat(file) : yamlFormat(yaml, file)
}

function jsonFormat(file: string): Format {
  return {
    tree: (text) => jsonTree(text, file),
    get: (text, names) => getMember(text, names.join('.'), file),
    set: (text, names, value) => setMember(text, names.join('.'), value, file),
    setMeta: (text, name, value) => setMember(text, `sops.${name}`, value, file),
    unset: (text, names) => unsetMember(text, names.join('.'), file),
    fresh: (names, value, meta) => `${JSON.stringify({ ...nested(names, value), sops: meta }, null, '\t')}\n`,
  }
}

function yamlFormat(yaml: typeof Yaml, file: string): Format {
  const at = (text: string) => yamlText(yaml, text, file)
  return {
    tree: (text) => yamlTree(yaml, at(text).document, file),
    get: (text, names) => scalarAt(at(text), names),
    set: (text, names, value) => withScalar(at(text), names, value),
    setMeta: (text, name, value) => withScalar(at(text), ['sops', name], value, name === 'lastmodified'),
    unset: (text, names) => withoutScalar(at(text), names),
    fresh: (names, value, meta) =>
      yaml.stringify({ ...nested(names, value), sops: meta }, { indent: 4, lineWidth: 0, defaultStringType: 'PLAIN' }),
  }
}

function nested([name = '', ...rest]: readonly string[], value: string): JsonObject {
  return { [name]: rest.length === 0 ? value : nested(rest, value) }
}

export interface Opened {
  readonly format: Format
  readonly file: string
  readonly key: Buffer
}

/** The value, `null` when it is not there. Throws `SINK_FILE_UNREADABLE` for a seal that does not come out. */
export function valueIn(text: string, names: readonly string[], opened: Opened): string | null {
  assertSealed(text, opened)
  const held = opened.format.get(text, names)
  if (held === null || held === '') return held
  if (!isSealed(held)) return held
  return unsealed(held, names, opened).toString('utf8')
}

/** The file with that value and a new seal. `now`: RFC 3339, in seconds. */
export function withValue(
  text: string,
  names: readonly string[],
  value: string,
  opened: Opened & { readonly now: string },
): string {
  const { format, file, key } = opened
  assertEncrypts(format.tree(text).meta, names, file)
  return resealed(format.set(text, names, seal(value, key, boundTo(names))), opened)
}

/** `null` when no value is left. */
export function withoutValue(
  text: string,
  names: readonly string[],
  opened: Opened & { readonly now: string },
): string | null {
  const { format } = opened
  const rest = format.unset(text, names)
  return format.tree(rest).leaves.length === 0 ? null : resealed(rest, opened)
}

export function freshFile(
  names: readonly string[],
  value: string,
  opened: Opened & { readonly now: string; readonly age: readonly Wrapped[] },
): string {
  const { format, key, now, age } = opened
  const meta = { age, lastmodified: now, mac: 'ENC[]', unencrypted_suffix: '_unencrypted', version: '3.9.0' }
  assertEncrypts(meta, names, opened.file)
  return resealed(format.fresh(names, seal(value, key, boundTo(names)), meta), opened)
}

function resealed(text: string, { format, file, key, now }: Opened & { readonly now: string }): string {
  const dated = format.setMeta(text, 'lastmodified', now)
  return format.setMeta(dated, 'mac', seal(digestIn(dated, { format, file, key }), key, now))
}

function assertSealed(text: string, opened: Opened): void {
  const { mac, lastmodified } = opened.format.tree(text).meta
  const sealed = unseal(String(mac ?? ''), opened.key, String(lastmodified ?? ''))
  if (sealed?.toString('utf8') !== digestIn(text, opened))
    throw unreadable(opened.file, 'has a seal (mac) that does not fit its values')
}

function digestIn(text: string, opened: Opened): string {
  const { leaves, meta } = opened.format.tree(text)
  const onlyEncrypted = meta.mac_only_encrypted === true
  const values = leaves
    .filter(({ sealed }) => sealed || !onlyEncrypted)
    .map((leaf) => (leaf.sealed ? unsealed(leaf.text, leaf.path, opened) : Buffer.from(leaf.text)))
  return digestOf(values, onlyEncrypted)
}

function unsealed(text: string, path: readonly string[], { key, file }: Opened): Buffer {
  const plain = unseal(text, key, boundTo(path))
  if (plain !== null) return plain
  throw unreadable(file, `has a ${path.join('.')} that its key does not open`)
}

/** The rules of the file decide by name what is encrypted. Throws `SINK_FILE_UNREADABLE` when ours would not be. */
function assertEncrypts(meta: JsonObject, names: readonly string[], file: string): void {
  const rule = (name: string): string => (typeof meta[name] === 'string' ? meta[name] : '')
  if (rule('unencrypted_comment_regex') !== '' || rule('encrypted_comment_regex') !== '')
    throw unreadable(file, 'decides by comments what is encrypted')
  const ends = (suffix: string): boolean => names.some((name) => name.endsWith(suffix))
  const fits = (pattern: string): boolean => names.some((name) => regexOf(pattern, file).test(name))
  const isPlain =
    (rule('unencrypted_suffix') !== '' && ends(rule('unencrypted_suffix'))) ||
    (rule('encrypted_suffix') !== '' && !ends(rule('encrypted_suffix'))) ||
    (rule('unencrypted_regex') !== '' && fits(rule('unencrypted_regex'))) ||
    (rule('encrypted_regex') !== '' && !fits(rule('encrypted_regex')))
  if (isPlain) throw unreadable(file, `leaves ${names.join('.')} unencrypted by its own rules`)
}

function regexOf(pattern: string, file: string): RegExp {
  try {
    return new RegExp(pattern, 'u')
  } catch {
    throw unreadable(file, 'has a rule that keywright does not understand')
  }
}
