/** Keys that end soon, as the API itself reports them: one request, where a list would cost one for every hundred keys. */
import type { Instant } from '../../core/time.ts'
import { isObject } from '../../io/http/json.ts'
import { isId } from './codec.ts'
import type { Call, Line } from './line.ts'
import { badResponse, refused, rejected } from './refusal.ts'
import { instantOf, readMicros } from './stamps.ts'

export interface ExpiringKey {
  readonly id: string
  /** Hostile text. */
  readonly name: string
  readonly label: string
  /** `null` for a key without an end; such keys come first. Otherwise the soonest end first, ends in the past included. */
  readonly expiresAt: Instant | null
}

export interface ExpiringKeys {
  readonly keys: readonly ExpiringKey[]
  /** False when the API may have cut the report off: it never holds more than 100 keys, and has no pages. */
  readonly isComplete: boolean
}

const LONGEST = 365
const MOST = 100

/** Throws `API_REJECTED` unless `withinDays` is a whole number from 1 to 365: the API would take another number instead, and not say so. */
export async function expiringKeys(line: Line, withinDays: number): Promise<ExpiringKeys> {
  if (!Number.isInteger(withinDays) || withinDays < 1 || withinDays > LONGEST)
    throw rejected(`not a number of days from 1 to ${LONGEST}; nothing was sent`)
  const template = '/v1/api-keys/expiring-soon'
  const call: Call = { method: 'GET', template, path: `${template}?within_days=${withinDays}`, lane: 'read' }
  const reply = await line.settle(call)
  if (reply.status !== 200) throw refused(call, reply)
  if (!Array.isArray(reply.json)) throw badResponse(call, 'not a list of keys')
  const keys = reply.json.map((value) => {
    const key = decode(value)
    if (key === null) throw badResponse(call, 'an entry is not a key')
    return key
  })
  return { keys, isComplete: keys.length < MOST }
}

function decode(value: unknown): ExpiringKey | null {
  if (!isObject(value)) return null
  const { id, name, key_prefix: label, expires_at: end } = value
  const micros = end === null || end === undefined ? null : readMicros(end)
  if (!isId(id) || typeof name !== 'string' || (typeof end === 'string' && micros === null)) return null
  return {
    id,
    name,
    label: typeof label === 'string' ? label : '',
    expiresAt: micros === null ? null : instantOf(micros),
  }
}
