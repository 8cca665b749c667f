import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { STORES } from '../../src/stores/registry.ts'
import { closeStoreServers } from '../fakes/stores.ts'
import { type House, openHouse } from '../kill/house.ts'
import { hits } from '../kill/story.ts'
import { type Duel, fight } from './duel.ts'

let house: House
beforeAll(async () => {
  house = await openHouse(['--latency', '4', '--seed', '1000'])
})
afterAll(async () => {
  await closeStoreServers()
  await house.close()
})

const KINDS = Object.keys(STORES).filter((kind) => kind !== 'memory')
const DUELS: readonly Duel[] = ['killed', 'frozen', 'both', 'frozen', 'killed']

/** Twenty rounds for each store, on four stacks. */
describe.each(KINDS)('two machines on one %s store', (kind) => {
  test.each([1_000, 2_000, 3_000, 4_000])('five rounds, seed %i', { timeout: 600_000 }, async (seed) => {
    const blows = await fight({ house, kind, seed, duels: DUELS })
    expect(blows).toHaveLength(DUELS.length)
    process.stdout.write(`two machines, ${kind}: ${hits(blows)} of ${blows.length} hit work under way\n`)
  })
})
