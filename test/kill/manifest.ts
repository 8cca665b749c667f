/** The manifests of one stack as they are edited round by round. */
import { pick, type Random } from '../simulation/random.ts'
import { type Edit, newOpenRouterKey, newStraitKey, REPLACEMENTS, ROTATIONS, rename, SPINE, update } from './edits.ts'
import { entryOf, type KeySpec } from './keys.ts'

/** `spine`: keys of OpenRouter and all kinds of edits. `rotation`: keys of both APIs and mostly edits that need new secrets. */
export type Cast = 'spine' | 'rotation'

export interface Manifest {
  readonly cast: Cast
  readonly keys: Map<string, KeySpec>
  /** Removed ones that may come back, in time or too late. */
  readonly removed: Map<string, KeySpec>
  /** Numbers ids and places, so that none is ever used twice. */
  next: number
}

/** Eight keys. In the spine the first is disabled; in rotations half are of Strait, and one of them is rotated natively. */
export function firstManifest(cast: Cast, random: Random): Manifest {
  const manifest: Manifest = { cast, keys: new Map(), removed: new Map(), next: 1 }
  for (let i = 0; i < 8; i++) add(manifest, random)
  const [first, second] = [...manifest.keys.values()]
  if (first?.provider === 'openrouter')
    manifest.keys.set(first.id, { ...first, ...(cast === 'spine' ? { disabled: true } : { guarded: true }) })
  if (second?.provider === 'openrouter') manifest.keys.set(second.id, { ...second, expiresAt: '2031-01-01T00:00:00Z' })
  if (second?.provider === 'strait')
    manifest.keys.set(second.id, { ...second, native: true, grace: '24h', every: '7d' })
  return manifest
}

function add(manifest: Manifest, random: Random): void {
  const n = manifest.next++
  const isStrait = manifest.cast === 'rotation' && n % 2 === 0
  const key = isStrait ? newStraitKey(n, random) : newOpenRouterKey(n, random)
  manifest.keys.set(key.id, key)
}

/** Four to six edits at random; keys in `tired` were issued so often that their secrets stay as they are. */
export function edit(manifest: Manifest, random: Random, tired: ReadonlySet<string>): void {
  const { keys } = manifest
  for (let left = pick(random, [4, 5, 6]); left > 0; left--) {
    const key = pick(random, [...keys.values()])
    const kind = pick(random, ['change', 'change', 'change', 'change', 'change', 'change', 'add', 'remove', 'restore'])
    if (tired.has(key.id) || keys.size > 10 || kind === 'change')
      change(manifest, key, { random, calm: tired.has(key.id) })
    else if (kind === 'remove' && keys.size > 6) remove(manifest, key)
    else if (kind === 'restore') restore(manifest, random)
    else add(manifest, random)
  }
}

interface Mood {
  readonly random: Random
  readonly calm: boolean
}

function change(manifest: Manifest, key: KeySpec, { random, calm }: Mood): void {
  const place = `dotenv:P${manifest.next++}`
  const edited = <Spec extends KeySpec>(spec: Spec, edits: readonly Edit<Spec>[]): Spec => ({
    ...spec,
    ...pick(random, edits)({ key: spec, random, place }),
  })
  const openRouter = calm ? [update] : manifest.cast === 'spine' ? SPINE : ROTATIONS
  manifest.keys.set(
    key.id,
    key.provider === 'strait' ? edited(key, calm ? [rename] : REPLACEMENTS) : edited(key, openRouter),
  )
}

function remove({ keys, removed }: Manifest, key: KeySpec): void {
  keys.delete(key.id)
  const stays = key.provider === 'strait' ? key.grace : key.removalHold
  if (stays !== '0s') removed.set(key.id, key)
}

function restore(manifest: Manifest, random: Random): void {
  const { keys, removed } = manifest
  const key = [...removed.values()][Math.floor(random() * removed.size)]
  if (!key) {
    add(manifest, random)
    return
  }
  removed.delete(key.id)
  keys.set(key.id, key)
}

/** As a manifest file; JSON is YAML. `guardrail`: id of the one that guarded keys have. */
export function manifestText({ keys }: Manifest, guardrail: string): string {
  const entries = [...keys.values()].map((spec) => [spec.id, entryOf(spec, guardrail)])
  return JSON.stringify({ keys: Object.fromEntries(entries) }, null, 1)
}
