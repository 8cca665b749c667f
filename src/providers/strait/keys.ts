/** The idempotent calls on one key or secret. */
import type { Secret } from '../../core/secret.ts'
import { isId } from './codec.ts'
import type { Call, Line } from './line.ts'
import { badResponse, refused, rejected } from './refusal.ts'

/**
 * A revoked key answers 200 again. 404 is success: the key is unknown to a project that was proven to be the right one. Calls after 5xx are
 * repeated, because the server rolls back what it did, also where it says that a key was revoked.
 */
export async function revokeKey(line: Line, id: string): Promise<void> {
  if (!isId(id)) throw rejected('not a key id: nothing was sent', 'keywright status   shows the ids on record')
  const call: Call = { method: 'DELETE', template: '/v1/api-keys/{id}', path: `/v1/api-keys/${id}`, lane: 'revoke' }
  const reply = await line.settle(call)
  if (reply.status !== 404 && reply.status !== 200) throw refused(call, reply)
}

/** Any key may try to list. 403 means that it authenticated and may not; whatever has ended, or never was, is 401. */
export async function proveSecret(line: Line, secret: Secret): Promise<'works' | 'refused'> {
  const template = '/v1/api-keys'
  const call: Call = { method: 'GET', template, path: `${template}?limit=1`, bearer: secret, lane: 'read' }
  const reply = await line.settle(call)
  if (reply.status === 200 || reply.status === 403) return 'works'
  if (reply.status !== 401) throw refused(call, reply)
  if (reply.refusal === null) throw badResponse(call, 'a 401 that is not of the key API')
  return 'refused'
}
