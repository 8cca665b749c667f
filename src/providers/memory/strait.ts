/**
 * The memory world posing as Strait (contract of 2026-07-06): a key is fixed at birth and cannot be switched off; it is listed, dead or
 * alive, until it is revoked. The API's own rotation makes a successor with another id, a longer name and the old expiry, and ends the old
 * key after a grace; a key is rotated once and never again.
 */
import { KeywrightError } from '../../core/diagnostic.ts'
import type { Fields, LiveKey } from '../../core/key.ts'
import type { Secret } from '../../core/secret.ts'
import { at, DAY, type Instant, instant, MINUTE, type Millis } from '../../core/time.ts'
import type { Clock } from '../../ports/clock.ts'
import type { CreateOutcome, CreateRequest, KeyApi } from '../../ports/key-api.ts'

/** The part of a world that poses. */
export interface Straits {
  readonly clock: Clock
  /** By id, oldest first. */
  readonly live: Map<string, LiveKey>
  issue(request: CreateRequest): { readonly key: LiveKey; readonly secret: Secret }
}

/** Lifetimes are optional here, as in a project whose policy never caps them. */
export const STRAIT_BORN: Fields = { scopes: [], environmentId: null, expiresAt: null }

const LONGEST_GRACE = 7 * DAY

/** What a Strait key can and cannot have done to it, in place of what an OpenRouter key can. */
export function straitPart(world: Straits): Pick<KeyApi, 'capabilities' | 'update'> & Required<Pick<KeyApi, 'rotate'>> {
  return {
    capabilities: { update: false, disable: false, matchesOffline: false },
    update: async (id, fields) => {
      if (Object.keys(fields).length > 0) throw fixed()
      return world.live.get(id) ?? null
    },
    rotate: async (id, graceMillis) => rotate(world, id, graceMillis),
  }
}

/** `null` when Strait would take these fields. */
export function straitRefusal({ scopes }: Fields): string | null {
  return Array.isArray(scopes) && scopes.length > 0 ? null : 'scopes must contain at least one explicit permission'
}

/** Strait counts lifetimes in days from the create on. An end without a lifetime is rounded down: a key must not outlive it. */
export function straitExpiry({ fields, lifetime }: CreateRequest, now: Millis): Instant | null {
  if (typeof lifetime === 'number') return instant(now + Math.max(1, Math.round(lifetime / DAY)) * DAY)
  if (typeof fields.expiresAt !== 'string') return null
  return instant(now + Math.max(1, Math.floor((at(fields.expiresAt) - now) / DAY)) * DAY)
}

/** Uses a key: its `lastUsedAt` moves. Strait tells no spend. */
export function touched(key: LiveKey, now: Millis): LiveKey {
  return { ...key, lastUsedAt: instant(now) }
}

function rotate(world: Straits, id: string, graceMillis: Millis): CreateOutcome {
  const old = world.live.get(id)
  if (old === undefined) return rejected(404, 'api key not found')
  if (old.replacedBy !== undefined) return rejected(409, 'the key was rotated before; Strait rotates a key only once')
  if (graceMillis > LONGEST_GRACE) return rejected(400, 'the grace is longer than 7 days')
  const { scope, fields } = old
  const { key, secret } = world.issue({ name: `${old.name} (rotated)`, scope, fields })
  const successor = { ...key, fields }
  const grace = Math.max(1, Math.ceil(graceMillis / MINUTE)) * MINUTE
  world.live.set(key.id, successor)
  world.live.set(id, { ...old, replacedBy: key.id, graceEndsAt: instant(world.clock.now() + grace) })
  return { kind: 'created', key: successor, secret }
}

function rejected(status: number, reason: string): CreateOutcome {
  return { kind: 'rejected', status, reason }
}

function fixed(): KeywrightError {
  return new KeywrightError('API_REJECTED', {
    message: 'Strait cannot change a key',
    hint: 'raise rotation.serial of the key in its manifest, then: keywright apply',
  })
}
