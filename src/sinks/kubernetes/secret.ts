/**
 * One key of a Secret.
 *
 * It is written by server-side apply, on the condition of the resource version that was looked at, with a field manager of its own for each
 * key: an apply takes away what its manager applied before and leaves out now, so one manager for all keys would take the others along. The
 * stamp is an annotation that goes in with the same apply. A Secret that is not there is first made empty, by an apply that cannot replace
 * anything, so that the write that follows has a version to insist on. Facts of the protocol: "Server-Side Apply" in the documentation of
 * Kubernetes (read 2026-11).
 */

import { fingerprintOf } from '../../io/digest.ts'
import { isObject } from '../../io/http/json.ts'
import type { PlaceAt } from '../../ports/secret-sink.ts'
import { fingerprint } from '../bytes.ts'
import { denied, misfit } from '../refusal.ts'
import { type Change, type OnShelf, speaksOf, stampText } from '../shelf.ts'
import type { Answer, Line } from './line.ts'

export interface Parts {
  readonly line: Line
  /** Name of the sink, for messages. */
  readonly name: string
}

export interface Seen extends OnShelf {
  /** `null`: there is no such Secret. */
  readonly version: string | null
  readonly immutable: boolean
}

export function namesOf({ at }: PlaceAt): {
  readonly namespace: string
  readonly secret: string
  readonly key: string
} {
  const [namespace = '', secret = ''] = (at.path ?? '').split('/')
  return { namespace, secret, key: at.field ?? '' }
}

function pathOf(place: PlaceAt, query = ''): string {
  const { namespace, secret } = namesOf(place)
  return `/api/v1/namespaces/${namespace}/secrets/${secret}${query}`
}

export function annotation(place: PlaceAt): string {
  return `keywright/${namesOf(place).key}`
}

export async function look(parts: Parts, place: PlaceAt): Promise<Seen> {
  const answer = await parts.line.ask({ method: 'GET', path: pathOf(place) })
  if (answer.status === 404) return { version: null, immutable: false, held: null, stamp: null }
  if (answer.status !== 200) throw refusal(parts, place, answer, 'get')
  const { metadata, data, immutable } = isObject(answer.json) ? answer.json : {}
  const { resourceVersion, annotations } = isObject(metadata) ? metadata : {}
  if (typeof resourceVersion !== 'string')
    throw misfit(`the sink ${parts.name} leads to something that answers unlike an API server`, 'kubectl cluster-info')
  const stamp = isObject(annotations) ? annotations[annotation(place)] : undefined
  return {
    version: resourceVersion,
    immutable: immutable === true,
    held: heldIn(isObject(data) ? data[namesOf(place).key] : undefined),
    stamp: typeof stamp === 'string' ? stamp : null,
  }
}

/** Bytes that are no text are nobody's key: they stay in their base64, and match no fingerprint. */
function heldIn(encoded: unknown): string | null {
  if (typeof encoded !== 'string') return null
  const bytes = Buffer.from(encoded, 'base64')
  const text = bytes.toString('utf8')
  return Buffer.from(text).equals(bytes) ? text : encoded
}

const APPLY = 'application/apply-patch+yaml'
const MERGE = 'application/merge-patch+json'

export function prove(parts: Parts, place: PlaceAt, seen: Seen): Promise<void> {
  assertMutable(place, seen)
  return tried(parts, place, seen)
}

/** The API server goes through all of it, admission included, and stores nothing. */
async function tried(parts: Parts, place: PlaceAt, seen: Seen): Promise<void> {
  const body = applied(place, { ...seen, encoded: Buffer.from('a preflight').toString('base64'), stamp: seen.stamp })
  const answer = await apply(parts, place, body, '&dryRun=All')
  if (answer.status >= 400 && answer.status !== 409) throw refusal(parts, place, answer, 'patch')
}

export async function put(parts: Parts, { place, seen, value }: Change<Seen>): Promise<'done' | 'moved'> {
  assertMutable(place, seen)
  if (seen.version === null) return begun(parts, place)
  if (value === null) return emptied(parts, place, seen)
  const stamp = place.owner === undefined ? seen.stamp : stampText(place.owner, fingerprint(value))
  const encoded = Buffer.from(value.expose()).toString('base64')
  return landed(parts, place, await apply(parts, place, applied(place, { ...seen, encoded, stamp })))
}

/** Makes an empty Secret, or touches nothing of one that is there by now. */
async function begun(parts: Parts, place: PlaceAt): Promise<'moved'> {
  const answer = await apply(parts, place, applied(place, { version: null, encoded: null, stamp: null }))
  if (answer.status >= 400 && answer.status !== 409) throw refusal(parts, place, answer, 'patch')
  return 'moved'
}

async function emptied(parts: Parts, place: PlaceAt, { version, stamp, held }: Seen): Promise<'done' | 'moved'> {
  const isOurs = speaksOf(stamp, place.owner, held === null ? '' : fingerprintOf(held))
  const annotations = isOurs ? { annotations: { [annotation(place)]: null } } : {}
  const body = JSON.stringify({
    metadata: { resourceVersion: version, ...annotations },
    data: { [namesOf(place).key]: null },
  })
  const path = pathOf(place, `?fieldManager=${manager(place)}`)
  return landed(parts, place, await parts.line.ask({ method: 'PATCH', path, contentType: MERGE, body }))
}

function manager(place: PlaceAt): string {
  return `keywright.${namesOf(place).key}`
}

interface Applied {
  readonly version: string | null
  readonly encoded: string | null
  readonly stamp: string | null
}

function applied(place: PlaceAt, { version, encoded, stamp }: Applied): string {
  const { namespace, secret, key } = namesOf(place)
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: secret,
      namespace,
      ...(version === null ? {} : { resourceVersion: version }),
      ...(stamp === null ? {} : { annotations: { [annotation(place)]: stamp } }),
    },
    ...(encoded === null ? {} : { data: { [key]: encoded } }),
  })
}

/** Forced: whose the key is was judged by what it holds, and the resource version is what keeps others safe. */
function apply({ line }: Parts, place: PlaceAt, body: string, more = ''): Promise<Answer> {
  const path = pathOf(place, `?fieldManager=${manager(place)}&force=true${more}`)
  return line.ask({ method: 'PATCH', path, contentType: APPLY, body })
}

function landed(parts: Parts, place: PlaceAt, answer: Answer): 'done' | 'moved' {
  if (answer.status < 300) return 'done'
  if (answer.status === 409 || (answer.status === 404 && answer.about !== 'namespaces')) return 'moved'
  throw refusal(parts, place, answer, 'patch')
}

function assertMutable(place: PlaceAt, { immutable }: Seen): void {
  if (!immutable) return
  const { namespace, secret } = namesOf(place)
  throw misfit(
    `the Secret ${namespace}/${secret} is immutable`,
    `kubectl -n ${namespace} delete secret ${secret}   or another one`,
  )
}

function refusal({ name }: Parts, place: PlaceAt, { status, about }: Answer, verb: string) {
  const { namespace, secret } = namesOf(place)
  if (status === 403)
    return denied(
      `the login of the sink ${name} may not ${verb} the Secret ${namespace}/${secret}`,
      `kubectl -n ${namespace} create role keywright --verb=get,patch,create --resource=secrets --resource-name=${secret}   and bind it`,
    )
  if (status === 404 && about === 'namespaces')
    return misfit(`the sink ${name} finds no namespace ${namespace}`, `kubectl create namespace ${namespace}`)
  return denied(
    `${place.text}: the API server answered ${status} to the sink ${name}`,
    `kubectl -n ${namespace} describe secret ${secret}`,
  )
}
