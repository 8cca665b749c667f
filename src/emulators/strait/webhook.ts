import { createHmac } from 'node:crypto'
import { isLoopback } from './webhook-url.ts'

/** What the receiver of a rotation webhook is told. The secret is in it. */
export interface Notice {
  readonly old_key_id: string
  readonly new_key_id: string
  readonly new_key: string
  readonly new_key_prefix: string
  readonly project_id: string
  /** RFC 3339, UTC. */
  readonly rotated_at: string
}

export interface Delivery {
  readonly url: string
  /** All of it signs, `whsec_` included. */
  readonly secret: string
  readonly deliveryId: string
  /** Milliseconds since the epoch, by the emulator's clock. */
  readonly now: number
  readonly timeoutMs: number
  /** Ends the try. */
  readonly signal: AbortSignal
}

const EVENT = 'api_key.auto_rotated'

/**
 * One POST, once. True for an answer below 300; false for any other, for a redirect (which is not followed), a timeout or no connection.
 * An address that is not on this machine is never contacted: that counts as no connection.
 */
export async function deliver(notice: Notice, delivery: Delivery): Promise<boolean> {
  if (!isLoopback(delivery.url)) return false
  const body = JSON.stringify({ event: EVENT, ...notice })
  const signal = AbortSignal.any([AbortSignal.timeout(delivery.timeoutMs), delivery.signal])
  try {
    const answer = await fetch(delivery.url, {
      method: 'POST',
      headers: headersFor(body, delivery),
      body,
      redirect: 'manual',
      signal,
    })
    await answer.body?.cancel()
    return answer.status < 300
  } catch {
    return false
  }
}

function headersFor(body: string, { secret, deliveryId, now }: Delivery): Record<string, string> {
  const timestamp = `${new Date(now).toISOString().slice(0, 19)}Z`
  const sign = (text: string): string => createHmac('sha256', secret).update(text).digest('hex')
  return {
    'content-type': 'application/json',
    'X-Strait-Event': EVENT,
    'X-Strait-Delivery-Id': deliveryId,
    'X-Strait-Timestamp': timestamp,
    'X-Strait-Signature': `v1=${sign(`${timestamp}.${body}`)}`,
    'X-Strait-Signature-256': `sha256=${sign(body)}`,
  }
}
