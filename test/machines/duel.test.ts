import { afterAll, expect, test } from 'vitest'
import { closeStoreServers } from '../fakes/stores.ts'
import { type Duel, fight } from './duel.ts'

afterAll(closeStoreServers)

const FIGHTS: readonly (readonly [kind: string, duels: readonly Duel[]])[] = [
  ['git', ['frozen', 'both']],
  ['s3', ['both']],
  ['postgres', ['frozen']],
  ['http', ['killed']],
]

test.concurrent.each(FIGHTS)('two machines on one %s store: %s', async (kind, duels) => {
  expect(await fight({ kind, seed: 4_200, duels })).toHaveLength(duels.length)
})
