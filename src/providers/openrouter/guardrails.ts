/**
 * Which key has which guardrail, and changing that. A key has one at most: assigning moves it. Every call here may be repeated.
 *
 * The API answers 200 for keys it did not assign and only tells a count. No source says whether that counts a key that had this guardrail
 * already, as it has when an answer was lost and the request repeated. So a count of nothing is looked into before it is believed.
 * Assignments are read guardrail by guardrail. Rejected: the list of all assignments, because it names no workspace and no source says whether
 * it goes beyond the default one; keys would look unguarded for ever.
 */
import { KeywrightError } from '../../core/diagnostic.ts'
import type { GuardrailView } from '../../ports/key-api.ts'
import { isHash } from './codec.ts'
import { notAnId } from './keys.ts'
import type { Call, Line } from './line.ts'
import { inWaves, readAll } from './paged.ts'
import { badResponse, refused } from './refusal.ts'
import { isObject } from './reply.ts'

interface Guardrail {
  readonly id: string
  readonly name: string
}

/** Guardrails of one workspace that keys can be given: all but its default one, which holds for keys without any. */
export async function listGuardrails(line: Line, scope: string): Promise<GuardrailView> {
  const [rows, fallback] = await Promise.all([readGuardrails(line, scope), defaultGuardrail(line, scope)])
  const names = new Map(rows.filter(({ id }) => id !== fallback).map(({ id, name }) => [id, name]))
  const byName = new Map<string, string>()
  const ambiguous = new Set<string>()
  for (const [id, name] of names) {
    if (byName.has(name)) ambiguous.add(name)
    byName.set(name, id)
  }
  for (const name of ambiguous) byName.delete(name)
  return { byName, ids: new Set(names.keys()), ambiguous }
}

/** Guardrail id by key id. One request for each guardrail and one more for each further hundred keys that it has. */
export async function listAssignments(line: Line, scope: string): Promise<ReadonlyMap<string, string>> {
  const { ids } = await listGuardrails(line, scope)
  const lists = await inWaves([...ids], async (id) => (await keysUnder(line, id)).map((hash) => [hash, id] as const))
  return new Map(lists.flat())
}

export async function assignKey(line: Line, id: string, guardrail: string): Promise<void> {
  const call = onGuardrail(guardrail, '', id)
  const reply = await line.settle(call)
  const count = reply.json?.assigned_count
  if (reply.status !== 200) throw refused(call, reply)
  if (typeof count !== 'number') throw badResponse(call, 'no count of the keys that were assigned')
  if (count === 0 && !(await keysUnder(line, guardrail)).includes(id)) throw skipped(call)
}

/** A key that is not under this guardrail, or a guardrail that is gone, is success. */
export async function unassignKey(line: Line, id: string, guardrail: string): Promise<void> {
  const call = onGuardrail(guardrail, '/remove', id)
  const reply = await line.settle(call)
  if (reply.status !== 200 && reply.status !== 404) throw refused(call, reply)
}

async function readGuardrails(line: Line, scope: string): Promise<readonly Guardrail[]> {
  const template = '/guardrails'
  const query = { workspace_id: scope }
  const rows = await readAll(line, { template, path: template, query, decode: decodeGuardrail })
  if (rows === null) throw noWorkspace()
  return rows
}

/** `null` where the API does not tell. */
async function defaultGuardrail(line: Line, scope: string): Promise<string | null> {
  const path = `/workspaces/${encodeURIComponent(scope)}`
  const reply = await line.settle({ method: 'GET', template: '/workspaces/{id}', path })
  const data = reply.status === 200 ? reply.json?.data : null
  return isObject(data) && typeof data.default_guardrail_id === 'string' ? data.default_guardrail_id : null
}

/** Hashes of the live keys under one guardrail; none when it is gone. */
async function keysUnder(line: Line, guardrail: string): Promise<readonly string[]> {
  const template = '/guardrails/{id}/assignments/keys'
  const path = template.replace('{id}', guardrail)
  return (await readAll(line, { template, path, decode: decodeHash })) ?? []
}

function onGuardrail(guardrail: string, action: '' | '/remove', hash: string): Call {
  if (!isHash(hash)) throw notAnId()
  if (!isUuid(guardrail)) throw notAGuardrail()
  const template = `/guardrails/{id}/assignments/keys${action}`
  return { method: 'POST', template, path: template.replace('{id}', guardrail), body: { key_hashes: [hash] } }
}

/** Ids become parts of paths, so nothing but a UUID passes. */
function decodeGuardrail(row: unknown): Guardrail | null {
  if (!isObject(row) || !isUuid(row.id) || typeof row.name !== 'string') return null
  return { id: row.id, name: row.name }
}

function decodeHash(row: unknown): string | null {
  return isObject(row) && isHash(row.key_hash) ? row.key_hash : null
}

function isUuid(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)
}

function skipped({ method, template }: Call): KeywrightError {
  return new KeywrightError('API_REJECTED', {
    message: `${method} ${template}: the key API assigned nothing, as it does for a key that is not there`,
    hint: 'keywright plan   looks again at what is there',
  })
}

function notAGuardrail(): KeywrightError {
  return new KeywrightError('API_REJECTED', {
    message: 'not a guardrail id: a UUID is wanted; nothing was sent',
    hint: NAME_ONE,
  })
}

function noWorkspace(): KeywrightError {
  return new KeywrightError('API_REJECTED', {
    message: 'GET /guardrails: 404, no such workspace',
    hint: 'keywright census   lists the workspaces of the account',
  })
}

const NAME_ONE = 'name a guardrail of the workspace of the key in its manifest, then: keywright apply'
