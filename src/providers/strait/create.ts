/**
 * The calls that are not idempotent: create, and the API's own rotation. The API ignores idempotency keys here, names are not unique and the
 * secret is shown once (server source of 2026-07-06). So exactly one request is sent, and only an answer in the API's own words is an outcome.
 */
import type { LiveKey } from '../../core/key.ts'
import { Secret } from '../../core/secret.ts'
import { DAY, MINUTE, type Millis } from '../../core/time.ts'
import type { CreateOutcome, CreateRequest } from '../../ports/key-api.ts'
import { decodeMade, encodeCreate, isId } from './codec.ts'
import type { Line } from './line.ts'
import { isClearNo, type Received, type Reply } from './reply.ts'

const LONGEST_GRACE = 7 * DAY

/** An expiry in the answer is what the key has, whatever was asked: a policy of the project may shorten it. */
export async function createKey(line: Line, request: CreateRequest, now: Millis): Promise<CreateOutcome> {
  const encoded = encodeCreate(request, now)
  if (encoded.kind === 'unsupported') return rejected(400, `${encoded.reason}; nothing was sent`)
  const { body, environmentId } = encoded
  const path = '/v1/api-keys'
  const reply = await line.once({ method: 'POST', template: path, path, body, lane: 'create' })
  return outcomeOf(reply, (received) => made(received, 'id', environmentId))
}

/**
 * `old` is the key as last seen. A key that was rotated before is refused here: the API would answer 500, today and for ever, even after the
 * successor was revoked. A grace is sent in whole minutes, never zero, which the API would take for an hour.
 */
export async function rotateKey(line: Line, old: LiveKey, graceMillis: Millis): Promise<CreateOutcome> {
  if (!isId(old.id)) return rejected(400, 'not a key id; nothing was sent')
  if (old.replacedBy !== undefined)
    return rejected(
      409,
      `the key was rotated before, into ${old.replacedBy}, and Strait rotates a key only once; nothing was sent`,
    )
  if (graceMillis > LONGEST_GRACE) return rejected(400, 'Strait keeps an old key for at most 7 days; nothing was sent')
  const minutes = Math.max(1, Math.ceil(graceMillis / MINUTE))
  const reply = await line.once({
    method: 'POST',
    template: '/v1/api-keys/{id}/rotate',
    path: `/v1/api-keys/${old.id}/rotate`,
    body: { grace_period_minutes: minutes },
    lane: 'rotate',
  })
  const { environmentId } = old.fields
  const environment = typeof environmentId === 'string' ? environmentId : null
  return outcomeOf(reply, (received) => made(received, 'new_key_id', environment))
}

function outcomeOf(reply: Reply, read: (received: Received) => CreateOutcome): CreateOutcome {
  switch (reply.kind) {
    case 'unsent':
      return reply.why === 'paused'
        ? rejected(429, 'the key API asked for a long pause; nothing was sent', reply.retryAfter)
        : rejected(401, `${reply.refusal}; nothing more was sent`)
    case 'failed':
      return unknown(reply.reason)
    case 'reply':
      if (reply.status === 201) return read(reply)
      if (!isClearNo(reply)) return unknown(`status ${reply.status}`)
      return rejected(reply.status, reply.refusal ?? '', reply.retryAfter)
    default:
      return reply satisfies never
  }
}

function made({ json }: Received, idAt: 'id' | 'new_key_id', environmentId: string | null): CreateOutcome {
  const told = decodeMade(json, idAt, environmentId)
  if (told === null) return unknown('status 201 without a readable key')
  return { kind: 'created', key: told.key, secret: Secret.of(told.secret) }
}

function rejected(status: number, reason: string, retryAfter: Millis | null = null): CreateOutcome {
  return { kind: 'rejected', status, reason, ...(retryAfter === null ? {} : { retryAfter }) }
}

function unknown(reason: string): CreateOutcome {
  return { kind: 'unknown', reason }
}
