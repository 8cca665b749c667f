/** The idempotent calls on one key. Absence is a documented 404 and nothing else. */
import { KeywrightError } from '../../core/diagnostic.ts'
import type { Fields, LiveKey } from '../../core/key.ts'
import type { Secret } from '../../core/secret.ts'
import { encodeUpdate, isHash, KeyDecoder } from './codec.ts'
import type { Call, Line } from './line.ts'
import { badResponse, refused } from './refusal.ts'
import { isObject, type Received } from './reply.ts'

export async function getKey(line: Line, id: string): Promise<LiveKey | null> {
  const call = onKey('GET', id)
  return keyOrAbsent(call, id, await line.settle(call))
}

/** An update of nothing is a read: what an empty body does is not documented. */
export async function updateKey(line: Line, id: string, fields: Fields): Promise<LiveKey | null> {
  if (Object.keys(fields).length === 0) return getKey(line, id)
  const encoded = encodeUpdate(fields)
  if (encoded.kind === 'unsupported') throw fixed(encoded.field)
  const isDisable = fields.disabled === true && Object.keys(fields).length === 1
  const call: Call = { ...onKey('PATCH', id), body: encoded.body, write: isDisable ? 'disable' : 'ordinary' }
  return keyOrAbsent(call, id, await line.settle(call))
}

/** Success of a delete is `{ deleted: true }` without `data`; a repeated one is 404. */
export async function removeKey(line: Line, id: string): Promise<void> {
  const call: Call = { ...onKey('DELETE', id), write: 'ordinary' }
  const reply = await line.settle(call)
  if (reply.status === 404 || (reply.status === 200 && reply.json?.deleted === true)) return
  throw refused(call, reply)
}

/** `GET /key` answers any live key. 403 means that it authenticated and may not do more; a disabled or unknown key is 401. */
export async function proveSecret(line: Line, secret: Secret): Promise<'works' | 'refused'> {
  const call: Call = { method: 'GET', template: '/key', path: '/key', bearer: secret }
  const reply = await line.settle(call)
  if (reply.status === 401) return 'refused'
  if (reply.status === 403 || (reply.status === 200 && isObject(reply.json?.data))) return 'works'
  throw refused(call, reply)
}

function onKey(method: Call['method'], id: string): Call {
  if (!isHash(id)) throw notAnId()
  return { method, template: '/keys/{hash}', path: `/keys/${id}` }
}

function keyOrAbsent(call: Call, id: string, reply: Received): LiveKey | null {
  if (reply.status === 404) return null
  if (reply.status !== 200) throw refused(call, reply)
  const key = new KeyDecoder().decode(reply.json?.data)
  if (key?.id !== id) throw badResponse(call, 'the answer does not hold that key')
  return key
}

/** The value is not shown: it may be a secret pasted in the place of a hash. */
export function notAnId(): KeywrightError {
  return new KeywrightError('API_REJECTED', {
    message: 'not a key id: 64 lowercase hex digits are wanted; nothing was sent',
    hint: 'keywright hash   turns a key on stdin into its id',
  })
}

function fixed(field: string): KeywrightError {
  return new KeywrightError('API_REJECTED', {
    message: `${field} of an existing key cannot be changed; nothing was sent`,
    hint: 'raise rotation.serial of the key in its manifest, then: keywright apply',
  })
}
