/**
 * The one call that is not idempotent: there is no idempotency key, names are not unique and the secret is shown once (published contract
 * of 2026-08-22). So exactly one request is sent, and only a documented answer is an outcome. The design that was rejected is everybody's
 * retry on POST, which leaves a live key behind for each answer that got lost.
 */

import { Secret } from '../../core/secret.ts'
import type { Millis } from '../../core/time.ts'
import { sha256OfSecret } from '../../io/digest.ts'
import type { CreateOutcome, CreateRequest } from '../../ports/key-api.ts'
import { encodeCreate, KeyDecoder } from './codec.ts'
import type { Line } from './line.ts'
import type { Received, Reply } from './reply.ts'

/** Statuses by which the API says that it made no key, if the documented error envelope comes with them. */
const CLEAR = new Set([400, 401, 402, 403, 404, 422, 429])

export async function createKey(line: Line, { name, scope, fields }: CreateRequest): Promise<CreateOutcome> {
  const encoded = encodeCreate(name, scope, fields)
  if (encoded.kind === 'unsupported') return rejected(400, `a key has no field ${encoded.field}; nothing was sent`)
  const { body } = encoded
  return outcomeOf(await line.once({ method: 'POST', template: '/keys', path: '/keys', body, write: 'ordinary' }), line)
}

function outcomeOf(reply: Reply, line: Line): CreateOutcome {
  switch (reply.kind) {
    case 'unsent':
      return { ...rejected(429, 'nothing was sent', reply.retryAfter), ...quota(reply.code === 'API_WRITE_QUOTA') }
    case 'failed':
      return unknown(reply.reason)
    case 'reply':
      if (reply.status === 201) return issued(reply)
      if (!CLEAR.has(reply.status) || reply.refusal === null) return unknown(`status ${reply.status}`)
      if (reply.quota === null) return rejected(reply.status, reply.refusal, reply.retryAfter)
      return { ...rejected(reply.status, reply.refusal, line.untilReset()), ...quota(true) }
    default:
      return reply satisfies never
  }
}

/** A key whose id is not the SHA-256 of its secret could never be recognised in a place: as good as unread. */
function issued({ json }: Received): CreateOutcome {
  const key = new KeyDecoder().decode(json?.data)
  if (key === null || typeof json?.key !== 'string') return unknown('status 201 without a readable key')
  const secret = Secret.of(json.key)
  if (sha256OfSecret(secret) !== key.id) return unknown('status 201 whose hash is not the SHA-256 of its key')
  return { kind: 'created', key, secret }
}

function rejected(status: number, reason: string, retryAfter: Millis | null = null): CreateOutcome {
  return { kind: 'rejected', status, reason, ...(retryAfter === null ? {} : { retryAfter }) }
}

function quota(isUsedUp: boolean): { readonly quota?: true } {
  return isUsedUp ? { quota: true } : {}
}

function unknown(reason: string): CreateOutcome {
  return { kind: 'unknown', reason }
}
