/**
 * Signed requests as Standard Webhooks has them: `webhook-id`, `webhook-timestamp`, `webhook-signature: v1,<base64>` over
 * `id.timestamp.body` (standardwebhooks.com, 2026-11), so that receivers verify with a library. The id follows from the content: a message
 * that is sent twice is told apart from two messages.
 */
import { safeJson } from '../../cli/render/json.ts'
import type { Secret } from '../../core/secret.ts'
import { at } from '../../core/time.ts'
import { sha256Hex, standardSignature } from '../../io/digest.ts'
import type { Send } from './message.ts'
import { type Address, send } from './post.ts'

export function signedHttp(address: Address, secret: Secret): Send {
  return async (message) => {
    const body = safeJson({ schemaVersion: 1, ...message })
    const id = `kw_${sha256Hex(body).slice(0, 32)}`
    const seconds = `${Math.floor(at(message.at) / 1000)}`
    const signature = standardSignature(secret, `${id}.${seconds}.${body}`)
    const headers = { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': `v1,${signature}` }
    return send(address, { method: 'POST', headers, body })
  }
}
