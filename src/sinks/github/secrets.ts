/** One secret of GitHub: what is known of it, a sealed write, a removal. */

import type { KeywrightError } from '../../core/diagnostic.ts'
import type { Secret } from '../../core/secret.ts'
import { isObject, type JsonObject } from '../../io/http/json.ts'
import type { PlaceAt } from '../../ports/secret-sink.ts'
import { conflict } from '../own-place.ts'
import type { RestAnswer, RestCall } from '../rest-line.ts'
import { type Home, homeOf, secretPath } from './home.ts'
import type { GithubParts } from './parts.ts'
import { refusalOf } from './refusal.ts'
import { sealed } from './seal.ts'

/** What GitHub tells of a secret: never its value. */
export interface Shown {
  /** A second is its grain. */
  readonly updatedAt: string
  /** Of an organisation. */
  readonly visibility: string | null
}

interface At {
  readonly home: Home
  readonly place: PlaceAt
}

function at({ config }: GithubParts, place: PlaceAt): At {
  return { place, home: homeOf(place, config.secrets ?? 'actions') }
}

async function ask(parts: GithubParts, { home }: At, call: RestCall): Promise<RestAnswer> {
  return parts.line.ask({ ...call, bearer: await parts.tokens.tokenFor(home) })
}

function refused({ name, config }: GithubParts, { home, place }: At, answer: RestAnswer): KeywrightError {
  return refusalOf(answer, { name, home, store: config.secrets ?? 'actions', text: place.text })
}

/** `null` when there is none, also where the repository is not there: `publicKey` tells the two apart. */
export async function shownAt(parts: GithubParts, place: PlaceAt): Promise<Shown | null> {
  const spot = at(parts, place)
  const answer = await ask(parts, spot, { method: 'GET', path: secretPath(spot.home, place) })
  if (answer.status === 404) return null
  const { updated_at: updatedAt, visibility } = isObject(answer.json) ? answer.json : {}
  if (answer.status !== 200 || typeof updatedAt !== 'string') throw refused(parts, spot, answer)
  return { updatedAt, visibility: typeof visibility === 'string' ? visibility : null }
}

export interface PublicKey {
  readonly id: string
  /** Base64 of 32 bytes. */
  readonly key: string
}

/** Throws `SINK_MISFIT` when repository, environment or organisation cannot be seen, `SINK_DENIED` without the right to read secrets. */
export async function publicKey(parts: GithubParts, place: PlaceAt): Promise<PublicKey> {
  const spot = at(parts, place)
  const answer = await ask(parts, spot, { method: 'GET', path: `${spot.home.path}/public-key` })
  const { key_id: id, key } = isObject(answer.json) ? answer.json : {}
  if (answer.status !== 200 || typeof key !== 'string' || (typeof id !== 'string' && typeof id !== 'number'))
    throw refused(parts, spot, answer)
  return { id: String(id), key }
}

/** Rotations of the public key that one write lives through. */
const MOST_KEYS = 3

/**
 * Seals and writes. The key belongs to the very place, and GitHub may replace it between reading it and using it: a write that it
 * refuses is then sealed anew.
 */
export async function putSecret(parts: GithubParts, place: PlaceAt, bytes: Secret): Promise<void> {
  const spot = at(parts, place)
  const reach = spot.home.of === 'organisation' ? await reachOf(parts, spot) : {}
  let key = await publicKey(parts, place)
  for (let tried = 1; tried <= MOST_KEYS; tried++) {
    const value = { encrypted_value: await sealed(bytes, key.key), key_id: key.id }
    const body = JSON.stringify({ ...value, ...reach })
    const answer = await ask(parts, spot, { method: 'PUT', path: secretPath(spot.home, place), body })
    if (answer.status < 300) return
    const next = answer.status === 422 ? await publicKey(parts, place) : key
    if (next.id === key.id) throw refused(parts, spot, answer)
    key = next
  }
  throw conflict(place)
}

/** Also when there was none. Whoever may not write is refused before GitHub looks whether it is there. */
export async function deleteSecret(parts: GithubParts, place: PlaceAt): Promise<void> {
  const spot = at(parts, place)
  const answer = await ask(parts, spot, { method: 'DELETE', path: secretPath(spot.home, place) })
  if (answer.status >= 300 && answer.status !== 404) throw refused(parts, spot, answer)
}

/** Repositories that see a secret of an organisation: as they are; for a new one, what keywright.yaml says. */
async function reachOf(parts: GithubParts, spot: At): Promise<JsonObject> {
  const { visibility = 'private' } = parts.config
  const held = await shownAt(parts, spot.place)
  if (held?.visibility !== 'selected') return { visibility: held?.visibility ?? visibility }
  return { visibility: 'selected', selected_repository_ids: await selectedAt(parts, spot) }
}

const PAGE = 100

async function selectedAt(parts: GithubParts, spot: At): Promise<readonly number[]> {
  const ids: number[] = []
  for (let page = 1; ; page++) {
    const path = `${secretPath(spot.home, spot.place)}/repositories?per_page=${PAGE}&page=${page}`
    const answer = await ask(parts, spot, { method: 'GET', path })
    const listed = isObject(answer.json) ? answer.json.repositories : undefined
    if (answer.status !== 200 || !Array.isArray(listed)) throw refused(parts, spot, answer)
    for (const one of listed) if (isObject(one) && typeof one.id === 'number') ids.push(one.id)
    if (listed.length === 0) return ids
  }
}
