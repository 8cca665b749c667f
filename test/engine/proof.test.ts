import { describe, expect, test } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { aKey, aRotation } from '../fakes/desired.ts'
import { aBench, outcomeOf, phases, settled } from '../fakes/engine.ts'

describe('a new secret that the API refuses', () => {
  test('is believed to be refused only after a minute (PROOF_FAILED)', async () => {
    const bench = aBench()
    let refusals = 5
    bench.faults = (api) => ({
      ...api,
      prove: async (secret) => (refusals-- > 0 ? 'refused' : await api.prove(secret)),
    })
    await settled(bench, [aKey()])
    expect(await phases(bench, 'a')).toBe('1:active')
  })

  test('is burned, delivered nowhere, and left open; nothing else is issued in that run', async () => {
    const bench = aBench()
    bench.faults = (api) => ({ ...api, prove: async () => 'refused' })
    const start = bench.now()
    const outcome = outcomeOf(await bench.apply([aKey()]), 'a')
    expect(outcome).toMatchObject({ status: 'open', problem: { code: 'PROOF_FAILED', severity: 'error' } })
    expect(outcome.problem?.hint).toMatch(/^keywright apply/)
    expect(bench.now() - start).toBeGreaterThanOrEqual(MINUTE)
    expect(bench.account.keys()).toEqual([])
    expect(bench.held('a')).toBeNull()
    bench.faults = (api) => api
    await settled(bench, [aKey()])
    expect(await phases(bench, 'a')).toBe('2:active')
  })

  test('is not asked about again by a run that lost its lease meanwhile', async () => {
    const bench = aBench()
    bench.faults = (api) => ({
      ...api,
      prove: async () => {
        bench.advance(2 * HOUR)
        return 'refused'
      },
    })
    await expect(bench.apply([aKey()])).rejects.toMatchObject({ code: 'LEASE_LOST' })
    expect(bench.sent.filter((one) => one.do === 'prove')).toHaveLength(1)
  })

  test('leaves the one before it in service', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    const before = bench.held('a')
    bench.faults = (api) => ({ ...api, prove: async () => 'refused' })
    const next = aKey({ rotation: aRotation({ every: null, grace: DAY, hold: HOUR, serial: 2 }) })
    expect(outcomeOf(await bench.apply([next]), 'a').problem?.code).toBe('PROOF_FAILED')
    expect(await phases(bench, 'a')).toBe('1:active')
    expect(bench.held('a')).toBe(before)
  })
})

describe('a key that shall be disabled', () => {
  test('is never able to spend: born with limit 0, then lifted and disabled in one update', async () => {
    const bench = aBench()
    await settled(bench, [aKey({ fields: { disabled: true, limit: null } })])
    expect(bench.sent).toMatchObject([
      { do: 'create', fields: { limit: 0 } },
      { do: 'prove' },
      { do: 'update', fields: { limit: null, disabled: true } },
    ])
    expect(await bench.serving('a')).toMatchObject({ fields: { limit: null, disabled: true } })
    expect(bench.held('a')).not.toBeNull()
  })

  test('is enabled by a commit, with the same secret', async () => {
    const bench = aBench()
    await settled(bench, [aKey({ fields: { disabled: true } })])
    const before = bench.held('a')
    await settled(bench, [aKey({ fields: { disabled: false } })])
    expect(await bench.serving('a')).toMatchObject({ fields: { limit: 10, disabled: false } })
    expect(bench.held('a')).toBe(before)
  })
})
