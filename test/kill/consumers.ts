/**
 * Programs that read the places. One reads anew whenever it calls, another goes on with what it read before the last change, for as long
 * as grace lasts. Neither ever meets a dead key, also not at the moment at which a run is struck down.
 */
import { createHash } from 'node:crypto'
import { type KeySpec, serves } from './keys.ts'
import type { Manifest } from './manifest.ts'
import type { Stack } from './stack.ts'

/** What was read at a time at which all was well, by id. */
export type Memory = ReadonlyMap<string, { readonly spec: KeySpec; readonly secrets: ReadonlySet<string> }>

export async function read(stack: Stack, { keys }: Manifest): Promise<Memory> {
  const memory = await Promise.all(
    [...keys.values()].map(async (spec) => [spec.id, { spec, secrets: await secretsIn(stack, spec.places) }] as const),
  )
  return new Map(memory)
}

async function secretsIn(stack: Stack, places: readonly string[]): Promise<ReadonlySet<string>> {
  const held = await Promise.all(places.map(stack.heldBy))
  return new Set(held.filter((secret) => secret !== null))
}

export interface Past {
  readonly memory: Memory
  /** May be half carried out: only what it shares with the time of `memory` is looked at. */
  readonly manifest: Manifest
  /** Ids whose old secrets end at once, because somebody said so. */
  readonly hasty: readonly string[]
}

/** What a consumer would have met. */
export async function harm(stack: Stack, past: Past): Promise<readonly string[]> {
  return [...(await outages(stack, past)), ...(await unguarded(stack, past))]
}

/** Secrets in places whose keys lack the guardrail that they had and still shall have. */
async function unguarded(stack: Stack, { memory, manifest: { keys } }: Past): Promise<readonly string[]> {
  const isGuarded = (spec: KeySpec | undefined): boolean => spec?.provider === 'openrouter' && spec.guarded
  const guarded = [...keys.values()].filter((spec) => isGuarded(spec) && isGuarded(memory.get(spec.id)?.spec))
  const bare = new Set((await stack.live()).flatMap((key) => (key.shown.guardrail_id === null ? [key.secretHash] : [])))
  const found = await Promise.all(
    guarded.map(async ({ id, places }) => {
      const hashes = [...(await secretsIn(stack, places))].map((secret) =>
        createHash('sha256').update(secret).digest('hex'),
      )
      return hashes.some((hash) => bare.has(hash)) ? [`${id} was handed out without its guardrail`] : []
    }),
  )
  return found.flat()
}

/** Refused secrets of keys that were declared to serve before and still are. */
async function outages(stack: Stack, { memory, manifest, hasty }: Past): Promise<readonly string[]> {
  const both = [...manifest.keys.values()].flatMap((now) => {
    const before = memory.get(now.id)
    return before && serves(before.spec) && serves(now) ? [{ now, before }] : []
  })
  const found = await Promise.all(
    both.map(async ({ now, before }) => {
      const kept = before.spec.places.filter((place) => now.places.includes(place))
      const fresh = await secretsIn(stack, kept)
      const patient = before.spec.grace !== '0s' && now.grace !== '0s' && !hasty.includes(now.id)
      const tried = new Set([...fresh, ...(patient ? before.secrets : [])])
      const refused = await Promise.all(
        [...tried].map(async (secret) => !(await stack.house.accepts(now.provider, secret))),
      )
      const empty = kept.length > 0 && fresh.size === 0 ? [`the places of ${now.id} are empty`] : []
      return [...empty, ...(refused.includes(true) ? [`a consumer of ${now.id} is refused`] : [])]
    }),
  )
  return found.flat()
}
