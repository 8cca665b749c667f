/** What a pull request would change about keywright.yaml, member by member. Nothing here is used; it is for eyes. */
import { canonical, type Json } from '../canonical.ts'
import { shown } from '../manifest/looks-secret.ts'
import { isMapping, isSequence } from '../manifest/source.ts'

export interface ConfigChange {
  /** `providers.openrouter.baseUrl`. */
  readonly path: string
  /** As shown to people; `null`: not there. Never anything that looks like a credential. */
  readonly from: string | null
  readonly to: string | null
}

const LONGEST = 120

/** Changed members, those first that decide where credentials and secrets go, then guards, then the rest. */
export function configChanges(before: unknown, after: unknown): readonly ConfigChange[] {
  return differences(before, after, '').sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1))
}

const FIRST: readonly string[] = ['providers', 'sinks', 'store', 'notify', 'guard', 'teams', 'owners', 'environments']

function rank({ path }: ConfigChange): number {
  const at = FIRST.indexOf(path.split('.')[0] ?? '')
  return at < 0 ? FIRST.length : at
}

function differences(before: unknown, after: unknown, path: string): ConfigChange[] {
  if (isMapping(before) && isMapping(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)])
    return [...names].flatMap((name) =>
      differences(own(before, name), own(after, name), path === '' ? name : `${path}.${name}`),
    )
  }
  if (textOf(before) === textOf(after)) return []
  // A whole section that comes or goes is said member by member: its one line would not fit.
  if (isMapping(before) && after === undefined)
    return within(before, path).map(({ path: at, text }) => ({ path: at, from: text, to: null }))
  if (isMapping(after) && before === undefined)
    return within(after, path).map(({ path: at, text }) => ({ path: at, from: null, to: text }))
  return [{ path, from: valueText(before), to: valueText(after) }]
}

function own(mapping: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(mapping, name) ? mapping[name] : undefined
}

function within(value: unknown, path: string): { readonly path: string; readonly text: string | null }[] {
  if (!isMapping(value) || Object.keys(value).length === 0) return [{ path, text: valueText(value) }]
  return Object.entries(value).flatMap(([name, each]) => within(each, `${path}.${name}`))
}

function valueText(value: unknown): string | null {
  if (value === undefined) return null
  const text = textOf(value)
  const isSafe = [...text.matchAll(/"(?:[^"\\]|\\.)*"/g)].every(([word]) => shown(JSON.parse(word)).startsWith('"'))
  if (!isSafe) return 'a text that looks like a credential'
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text
}

function textOf(value: unknown): string {
  return value === undefined ? '' : canonical(plain(value))
}

/** Parsed files hold plain data only; a number that JSON has no word for is a text here. */
function plain(value: unknown): Json {
  if (isSequence(value)) return value.map(plain)
  if (isMapping(value)) return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]))
  if (typeof value === 'number' && !Number.isFinite(value)) return `${value}`
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
}
