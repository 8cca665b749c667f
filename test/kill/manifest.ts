/** The manifests of one stack as they are edited round by round. */
import { pick, type Random } from '../simulation/random.ts'

export interface KeySpec {
  readonly id: string
  readonly limit: number
  readonly limitReset: 'daily' | 'monthly' | 'never'
  readonly expiresAt: string | null
  readonly disabled: boolean
  readonly serial: number
  readonly grace: '0s' | '1h'
  readonly hold: '0s' | '1h'
  readonly removalHold: '0s' | '1h'
  /** Text form: `dotenv:NAME`, `files:PATH#FIELD`. */
  readonly places: readonly string[]
}

export interface Manifest {
  readonly keys: Map<string, KeySpec>
  /** Removed ones whose hold is not over: they may come back. */
  readonly removed: Map<string, KeySpec>
  /** Numbers ids and places, so that none is ever used twice. */
  next: number
}

const EXPIRIES = [null, '2031-01-01T00:00:00Z', '2032-06-30T12:00:00Z'] as const
const TIMES = ['0s', '0s', '1h'] as const

/** Eight keys; the first is disabled, the second expires, all have one to three places. */
export function firstManifest(random: Random): Manifest {
  const manifest: Manifest = { keys: new Map(), removed: new Map(), next: 1 }
  for (let i = 0; i < 8; i++) add(manifest, random)
  const [first, second] = [...manifest.keys.values()]
  if (first) manifest.keys.set(first.id, { ...first, disabled: true })
  if (second) manifest.keys.set(second.id, { ...second, expiresAt: '2031-01-01T00:00:00Z' })
  return manifest
}

function add(manifest: Manifest, random: Random): void {
  const n = manifest.next++
  const id = `${pick(random, ['dev', 'ops'])}/k${n}`
  manifest.keys.set(id, {
    id,
    limit: pick(random, [5, 10, 20]),
    limitReset: pick(random, ['daily', 'monthly', 'never']),
    expiresAt: pick(random, EXPIRIES),
    disabled: false,
    serial: 1,
    grace: pick(random, TIMES),
    hold: pick(random, TIMES),
    removalHold: pick(random, TIMES),
    places: [`dotenv:K${n}`, `files:keys/shared.json#k${n}`, `files:keys/k${n}.txt`].slice(0, pick(random, [1, 2, 3])),
  })
}

interface Site {
  readonly manifest: Manifest
  readonly random: Random
  readonly key: KeySpec
  change(fields: Partial<KeySpec>): void
}

type Edit = (site: Site) => void

const update: Edit = ({ key, random, change }) =>
  change({ limit: key.limit + 1, limitReset: pick(random, ['daily', 'monthly', 'never']) })

const EDITS: readonly Edit[] = [
  update,
  update,
  ({ manifest, random }) => add(manifest, random),
  ({ key, change }) => change({ disabled: !key.disabled }),
  ({ key, random, change }) =>
    change({
      expiresAt: pick(
        random,
        EXPIRIES.filter((end) => end !== key.expiresAt),
      ),
    }),
  ({ key, change }) => change({ serial: key.serial + 1 }),
  ({ key, manifest, change }) => change({ places: [...key.places, `dotenv:P${manifest.next++}`] }),
  ({ key, manifest, random }) => (manifest.keys.size > 6 ? remove(manifest, key) : add(manifest, random)),
  ({ manifest, random }) => restore(manifest, random),
]

/** Four to six edits at random; keys in `tired` were issued so often that only their fields change. */
export function edit(manifest: Manifest, random: Random, tired: ReadonlySet<string>): void {
  const { keys } = manifest
  for (let left = pick(random, [4, 5, 6]); left > 0; left--) {
    const key = pick(random, [...keys.values()])
    const change = (fields: Partial<KeySpec>): void => void keys.set(key.id, { ...key, ...fields })
    const kind = tired.has(key.id) || keys.size > 10 ? update : pick(random, EDITS)
    kind({ manifest, random, key, change })
  }
}

function remove({ keys, removed }: Manifest, key: KeySpec): void {
  keys.delete(key.id)
  if (key.removalHold !== '0s') removed.set(key.id, key)
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

/** As a manifest file; JSON is YAML. */
export function manifestText({ keys }: Manifest): string {
  const entries = [...keys.values()].map(({ id, grace, hold, serial, removalHold, places, ...fields }) => [
    id,
    { ...withoutNull(fields), deliverTo: places, rotation: { grace, hold, serial }, removal: { hold: removalHold } },
  ])
  return JSON.stringify({ keys: Object.fromEntries(entries) }, null, 1)
}

function withoutNull(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
}
