/** Live == manifest (design 2.4), judged from outside: emulator, state file, and what stands in the places. */
import { createHash } from 'node:crypto'
import { activeOf, type Generation, isLive, type KeyRecord } from '../../src/core/record.ts'
import type { LiveKey } from './house.ts'
import { type KeySpec, type OpenRouterSpec, type StraitSpec, serves } from './keys.ts'
import type { Manifest } from './manifest.ts'
import type { Stack } from './stack.ts'

/** Everything that is wrong with a stack whose last run, begun at `since`, says it is done; empty when it is right. */
export async function judge(stack: Stack, manifest: Manifest, since: number): Promise<readonly string[]> {
  const findings: string[] = []
  const records = await stack.records()
  const live = new Map((await stack.live()).map((key) => [key.id, key]))
  const left = new Map(live)
  for (const spec of manifest.keys.values()) {
    const record = records.get(`${stack.name}/${spec.id}`)
    const active = record ? activeOf(record) : null
    const key = active ? live.get(active.id) : undefined
    if (!record || !key) findings.push(`${spec.id} has no live active generation`)
    else findings.push(...differences({ stack, spec, key, record, live }), ...(await wrongPlaces(stack, spec, key)))
    if (active) left.delete(active.id)
  }
  for (const key of left.values()) {
    const waiting = [...records.values()].some((record) => isWaiting(record, key, since))
    if (!waiting) findings.push(`${key.name} (${key.id}) is an orphan`)
  }
  return findings
}

interface Case {
  readonly stack: Stack
  readonly spec: KeySpec
  readonly key: LiveKey
  readonly record: KeyRecord
  readonly live: ReadonlyMap<string, LiveKey>
}

function differences(one: Case): readonly string[] {
  const { stack, spec, key } = one
  const same =
    spec.provider === 'strait'
      ? isAsWanted(spec, key, stack.house.time.now())
      : isSame(spec, key, stack.house.guardrail) && isWithin(spec, one)
  const told = (value: object): string => JSON.stringify(value)
  return same ? [] : [`${spec.id} is live as ${told(key.shown)}, wanted ${told(spec)}, recorded ${told(one.record)}`]
}

function isSame(spec: OpenRouterSpec, { shown }: LiveKey, guardrail: string): boolean {
  return (
    (shown.limit_reset ?? 'never') === spec.limitReset &&
    shown.disabled === spec.disabled &&
    millis(shown.expires_at) === millis(spec.expiresAt) &&
    shown.guardrail_id === (spec.guarded ? guardrail : null)
  )
}

/** A shared limit is divided while an old generation lives, and whole afterwards. */
function isWithin(spec: OpenRouterSpec, { key, record, live }: Case): boolean {
  const able = record.generations
    .filter(isLive)
    .flatMap(({ id }) => live.get(id) ?? [])
    .filter((one) => !one.disabled)
  const caps = able.map(({ shown }) => Number(shown.limit))
  const isDivided = spec.budget === 'carry' && caps.length > 1
  const sum = caps.reduce((all, cap) => all + cap, 0)
  return isDivided ? sum <= spec.limit && Number(key.shown.limit) > 0 : key.shown.limit === spec.limit
}

const DAY = 86_400_000

/** Born with the whole life, or by the API's own rotation with what was left of it: enough until it is renewed in any case. */
function isAsWanted(spec: StraitSpec, { shown }: LiveKey, now: number): boolean {
  const [life, left] = [Number.parseInt(spec.expiresIn, 10) * DAY, (millis(shown.expires_at) ?? 0) - now]
  return (
    JSON.stringify(shown.scopes) === JSON.stringify(spec.scopes) &&
    shown.environment_id === spec.environmentId &&
    left <= life &&
    left > Math.min(14 * DAY, life / 3) &&
    shown.grace_expires_at === undefined
  )
}

function millis(instant: unknown): number | null {
  return typeof instant === 'string' ? Date.parse(instant) : null
}

/** The API tells its time in whole seconds. */
const BLUR = 2000

/** Recorded, neither announced as deleted, nor in a grace or hold that was over when the last run began. */
function isWaiting(record: KeyRecord, key: LiveKey, since: number): boolean {
  const g = record.generations.filter(isLive).find(({ id }) => id === key.id)
  const waits = g?.phase === 'superseded' || (g?.phase === 'disabled' && key.disabled)
  return waits && g.removing !== true && endOf(record, g) > since - BLUR
}

function endOf(record: KeyRecord, g: Extract<Generation, { readonly phase: 'superseded' | 'disabled' }>): number {
  const { policy } = record
  if (g.phase === 'disabled') return Date.parse(g.disabledAt) + (g.why === 'removed' ? policy.removalHold : policy.hold)
  if (g.graceUntil !== undefined) return Date.parse(g.graceUntil)
  const served = Math.max(Date.parse(g.supersededAt), Date.parse(activeOf(record)?.activeAt ?? g.supersededAt))
  return served + policy.grace
}

/** Every place holds the secret of that key, and the API takes it, unless it shall be disabled. */
async function wrongPlaces(stack: Stack, spec: KeySpec, key: LiveKey): Promise<readonly string[]> {
  const findings: string[] = []
  const secrets = new Set<string>()
  for (const place of spec.places) {
    const secret = await stack.heldBy(place)
    if (secret === null) findings.push(`${place} is empty`)
    else if (createHash('sha256').update(secret).digest('hex') !== key.secretHash)
      findings.push(`${place} holds another key`)
    else secrets.add(secret)
  }
  for (const secret of secrets) {
    const works = await stack.house.accepts(spec.provider, secret)
    if (works !== serves(spec))
      findings.push(`${spec.id}: its secret ${works ? 'works though disabled' : 'is refused'}`)
  }
  return findings
}
