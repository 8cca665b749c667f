import { json, type Reply } from '../exchange.ts'
import { type Caller, environmentOf, isOfOrg, projectOf } from './auth.ts'
import type { Handling } from './create.ts'
import { failure, invalid } from './envelope.ts'
import { DAY, formatUtc, type Micros, parseInstant } from './instants.ts'
import { page, type Shelf } from './shelf.ts'
import { keyObject, type StoredKey } from './stored-key.ts'
import { nowMicros } from './world.ts'

const DEFAULT_LIMIT = 50
const MOST = 100

/**
 * `GET /v1/api-keys`. One row more than the page tells whether there are more. A caller that is bound to an environment sees its own of these
 * rows only, and "more" is judged after that: so it may be told that there is nothing more while there is.
 */
export function listKeys(handling: Handling): Reply {
  const { world, call, caller } = handling
  const limit = readLimit(call.query.get('limit'))
  if (limit === null) return invalid('limit must be a positive integer')
  const cursor = readCursor(call.query.get('cursor'))
  if (cursor === null) return invalid('invalid cursor format')
  const found = findShelf(handling)
  if (found.kind === 'refused') return found.reply
  const rows = page(found.shelf, cursor.before, limit + 1).flatMap(({ id }) => world.keys.get(id) ?? [])
  const keys = inEnvironment(caller, rows)
  const data = keys.slice(0, limit)
  const last = data.at(-1)
  const more = keys.length > limit && last !== undefined
  return json(200, {
    data: data.map(keyObject),
    ...(more && { next_cursor: formatUtc(last.created_at) }),
    has_more: more,
  })
}

type Found = { readonly kind: 'found'; readonly shelf: Shelf } | { readonly kind: 'refused'; readonly reply: Reply }

function findShelf({ world, call, caller }: Handling): Found {
  const org = call.query.get('org_id')
  if (org) {
    if (!isOfOrg(caller, org))
      return { kind: 'refused', reply: failure(403, 'org_id does not match authenticated organization') }
    return { kind: 'found', shelf: world.shelves.org.get(org) ?? [] }
  }
  const project = projectOf(caller)
  if (project === null) return { kind: 'refused', reply: invalid('project_id is required') }
  return { kind: 'found', shelf: world.shelves.project.get(project) ?? [] }
}

/** `GET /v1/api-keys/expiring-soon`: a bare list without pages, those without expiry first, the expired ones among them. */
export function listExpiring({ world, call, caller }: Handling): Reply {
  const within = readDays(call.query.get('within_days'))
  if (within === null) return invalid('invalid query parameter within_days')
  const project = projectOf(caller)
  if (project === null) return invalid('project_id is required')
  const now = nowMicros(world)
  const latest = now + within * DAY
  const soon = (world.shelves.project.get(project) ?? [])
    .flatMap(({ id }) => world.keys.get(id) ?? [])
    .filter((key) => key.expires_at === null || key.expires_at <= latest)
    .sort((one, other) => (one.expires_at ?? 0) - (other.expires_at ?? 0))
  return json(
    200,
    inEnvironment(caller, soon.slice(0, MOST)).map((key) => expiring(key, now)),
  )
}

function expiring({ id, name, key_prefix, expires_at, created_at }: StoredKey, now: Micros): object {
  return {
    id,
    name,
    key_prefix,
    expires_at: expires_at === null ? null : formatUtc(expires_at),
    days_left: expires_at === null ? null : Math.max(0, Math.floor((expires_at - now) / DAY)),
    no_expiry: expires_at === null,
    created_at: formatUtc(created_at),
  }
}

function inEnvironment(caller: Caller, keys: readonly StoredKey[]): readonly StoredKey[] {
  const environment = environmentOf(caller)
  return environment === null ? keys : keys.filter((key) => key.environment_id === environment)
}

/** null when it is no whole number from 1 up. */
function readLimit(text: string | null): number | null {
  if (text === null || text === '') return DEFAULT_LIMIT
  const limit = readWhole(text)
  return limit === null || limit <= 0 ? null : Math.min(limit, MOST)
}

/** null for text that is no instant. Without a cursor the list begins at its front. */
function readCursor(text: string | null): { readonly before: Micros | null } | null {
  if (text === null || text === '') return { before: null }
  const before = parseInstant(text)
  return before === null ? null : { before }
}

function readDays(text: string | null): number | null {
  const days = text === null || text === '' ? 0 : readWhole(text)
  if (days === null) return null
  return days <= 0 ? 30 : Math.min(days, 365)
}

function readWhole(text: string): number | null {
  return /^[+-]?\d{1,15}$/.test(text) ? Number(text) : null
}
