/** The engine over a Vault: what a run leaves there, and what it never touches. */
import { expect, test } from 'vitest'
import { DAY, HOUR } from '../../../src/core/time.ts'
import { aKey, aRotation } from '../../fakes/desired.ts'
import { aBench, outcomeOf, settled } from '../../fakes/engine.ts'
import { fieldsOf, secretAt, seed } from '../../fakes/vault/server.ts'
import { stage } from './stage.ts'

const policy = { every: 30 * DAY, grace: 24 * HOUR, hold: HOUR }

test('a key is issued, rotated and removed in one field, stamped with its generation, and neighbours stay', async () => {
  const { vault, sink, place } = await stage()
  seed(vault, 'ci/openrouter', { other: 'theirs' })
  const bench = aBench()
  bench.sinks.set('here', sink)
  const key = aKey({ places: [place], rotation: aRotation(policy) })
  await settled(bench, [key])
  const held = () => fieldsOf(vault, 'ci/openrouter')?.api_key
  const custom = () => secretAt(vault, 'ci/openrouter')?.custom['keywright.api_key']
  const first = held()
  expect(custom()).toMatch(/^test-1\/a [a-z2-7]{8} #1 sha256:[0-9a-f]{64}$/)
  bench.advance(31 * DAY)
  await settled(bench, [key])
  expect(held()).not.toBe(first)
  expect(custom()).toMatch(/^test-1\/a [a-z2-7]{8} #2 /)
  await settled(bench, [])
  bench.advance(8 * DAY)
  await settled(bench, [])
  expect(fieldsOf(vault, 'ci/openrouter')).toEqual({ other: 'theirs' })
  expect(custom()).toBeUndefined()
})

test('a place that is stamped by a key of another stack is refused before a key exists', async () => {
  const { vault, sink, place } = await stage()
  const [mine, theirs] = [aBench(), aBench()]
  mine.sinks.set('here', sink)
  theirs.sinks.set('here', sink)
  await settled(mine, [aKey({ places: [place] })])
  // Lineages are counted here: the first of `theirs` would be that of `mine`.
  await settled(theirs, [aKey({ id: 'z' })])
  const held = fieldsOf(vault, 'ci/openrouter')
  const issued = theirs.sent.length
  const result = await theirs.apply([aKey({ id: 'z' }), aKey({ places: [place] })])
  expect(outcomeOf(result, 'a')).toMatchObject({ status: 'stopped', problem: { code: 'PLACE_OWNED' } })
  expect(theirs.sent).toHaveLength(issued)
  expect(fieldsOf(vault, 'ci/openrouter')).toEqual(held)
})

test('a policy that does not let us write is found before a key exists', async () => {
  const { sink, place, vault } = await stage({ env: { VAULT_TOKEN: 'hvs.reader' } })
  vault.tokens.set('hvs.reader', { policy: { 'secret/data/*': ['read'] }, hasDefault: true })
  const bench = aBench()
  bench.sinks.set('here', sink)
  const result = await bench.apply([aKey({ places: [place] })])
  expect(outcomeOf(result, 'a')).toMatchObject({ problem: { code: 'SINK_DENIED' } })
  expect(bench.sent).toEqual([])
})
