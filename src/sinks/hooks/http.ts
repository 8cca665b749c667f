/** Tells a receiver, in the same signed form as everything else: `{ "version": 1, "op": "after", "address", "n", "place"? }`. */
import { createHash } from 'node:crypto'
import type { HttpConfig } from '../../core/http-kind.ts'
import type { AfterHook } from '../../ports/after-hook.ts'
import { receiver } from '../webhook/receiver.ts'
import type { HookParts } from './registry.ts'

export async function httpHook({ hook, config, context, tuning }: HookParts<HttpConfig>): Promise<AfterHook> {
  return {
    async run({ id, address, n }) {
      const there = await receiver(config, context, tuning)
      try {
        const delivery = `kw_after_${createHash('sha256').update(id).digest('hex').slice(0, 32)}`
        const place = hook.at.path === undefined ? {} : { place: { path: hook.at.path } }
        await there.post({ op: 'after', address, n, ...place }, { about: hook.text, id: delivery })
      } finally {
        await there.close()
      }
    },
  }
}
