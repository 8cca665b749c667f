import type { Reply } from '../exchange.ts'
import { failure } from './envelope.ts'
import type { World } from './world.ts'

const DAY = 86_400_000

/**
 * The daily write quota that third parties report (`keys-modify-api-rpd-v2`): creates, updates and deletes count when they happened, reads
 * never; it starts anew at 00:00 UTC. Returns the 429, or null while there is room. `X-RateLimit-Reset` is in milliseconds since the epoch.
 */
export function quotaRefusal(world: World, quota: number): Reply | null {
  const day = Math.floor(world.clock.now() / DAY)
  const used = world.writes.day === day ? world.writes.count : 0
  if (used < quota) return null
  const headers = {
    'X-RateLimit-Limit': String(quota),
    'X-RateLimit-Remaining': '0',
    'X-RateLimit-Reset': String((day + 1) * DAY),
  }
  const message = 'Rate limit exceeded: keys-modify-api-rpd-v2'
  return failure(429, { message, metadata: { headers }, headers, userId: world.account.userId })
}
