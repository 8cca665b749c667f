/** Reads every readable place and says whether it holds the secret of the live key, by the hash alone: nothing is written anywhere. */
import { isKeywrightError } from '../core/diagnostic.ts'
import { activeOf, generationOf, isLive, type KeyRecord, type LiveGeneration, type PlaceState } from '../core/record.ts'
import type { Secret } from '../core/secret.ts'
import { valuesOf } from '../core/template.ts'
import type { Reading, SecretSink } from '../ports/secret-sink.ts'
import type { Bytes } from './context.ts'
import { inLanes } from './refresh.ts'

export interface Eyes {
  readonly sink: (name: string) => Promise<Pick<SecretSink, 'read'>>
  readonly extract: Bytes['extract']
  /** Whether a secret belongs to a live key of this provider, without asking it where that is possible. */
  readonly matches: (provider: string, secret: Secret, id: string) => Promise<boolean>
}

/**
 * `holds`: the key in service. `older`: an earlier generation that still lives. `leaving`: the last key of an address that has none in
 * service. `other`: something that is no recorded secret.
 */
export type Verdict = 'holds' | 'older' | 'leaving' | 'empty' | 'other' | 'unreadable' | 'failed'

export interface Proof {
  readonly address: string
  readonly place: string
  readonly verdict: Verdict
  /** Generation it holds. */
  readonly n: number | null
  readonly code?: string
}

/** One proof per recorded place, in the order of the records. Failures of a sink are verdicts, not errors. */
export async function provePlaces(records: Iterable<KeyRecord>, eyes: Eyes, lanes: number): Promise<readonly Proof[]> {
  const tasks = [...records].flatMap((record) => record.places.map((place) => ({ record, place })))
  const proofs = new Map<object, Proof>()
  await inLanes(tasks, lanes, async (task) => void proofs.set(task, await prove(task.record, task.place, eyes)))
  return tasks.flatMap((task) => proofs.get(task) ?? [])
}

async function prove(record: KeyRecord, place: PlaceState, eyes: Eyes): Promise<Proof> {
  const base = { address: record.address, place: place.text, n: null }
  try {
    const sink = await eyes.sink(place.sink)
    const reading = await sink.read(place)
    if (reading === 'unreadable') return { ...base, verdict: 'unreadable' }
    if (reading === null) return { ...base, verdict: 'empty' }
    const g = await holderOf(record, { place, reading }, eyes)
    if (!g) return { ...base, verdict: 'other' }
    return { ...base, n: g.n, verdict: verdictOf(record, g) }
  } catch (error) {
    if (!isKeywrightError(error)) throw error
    return { ...base, verdict: 'failed', code: error.code }
  }
}

function verdictOf(record: KeyRecord, { n, phase }: LiveGeneration): Verdict {
  const active = activeOf(record)
  if (active) return active.n === n ? 'holds' : 'older'
  return phase === 'disabled' ? 'leaving' : 'older'
}

/** The recorded generation whose secret the bytes hold; newest first. */
async function holderOf(
  record: KeyRecord,
  { place, reading }: { readonly place: Pick<PlaceState, 'template' | 'fingerprint' | 'n'>; readonly reading: Reading },
  eyes: Eyes,
): Promise<LiveGeneration | null> {
  const { bytes } = reading
  // A sink that shows a fingerprint alone: the bytes are those that were written for that generation, or nobody knows them.
  if (bytes === undefined) return reading.fingerprint === place.fingerprint ? generationOf(record, place.n) : null
  for (const g of record.generations.filter(isLive).reverse()) {
    const secret = eyes.extract(bytes, place.template, valuesOf(g))
    if (secret && (await eyes.matches(record.provider, secret, g.id))) return g
  }
  return null
}
