import { afterAll, beforeAll, expect, test } from 'vitest'
import { STORES } from '../../src/stores/registry.ts'
import { closeStoreServers } from '../fakes/stores.ts'
import { type House, openHouse } from '../kill/house.ts'
import { type Duel, fight } from './duel.ts'

let house: House
beforeAll(async () => {
  house = await openHouse(['--latency', '4', '--seed', '4200'])
})
afterAll(async () => {
  await closeStoreServers()
  await house.close()
})

/** All that outlive a process. */
const KINDS = Object.keys(STORES).filter((kind) => kind !== 'memory')
const DUELS: readonly Duel[] = ['killed', 'frozen', 'both', 'frozen', 'killed']

/** At the same time: most of a round is waiting for a lease to run out. Twenty rounds for each store are in duel.slow.ts. */
test.concurrent.each(KINDS)('two machines on one %s store, five rounds', async (kind) => {
  expect(await fight({ house, kind, seed: 4_200, duels: DUELS })).toHaveLength(DUELS.length)
})
