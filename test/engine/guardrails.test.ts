import { describe, expect, test } from 'vitest'
import { aKey, aRotation } from '../fakes/desired.ts'
import { aBench, type Bench, outcomeOf, settled } from '../fakes/engine.ts'

const guarded = (change: Parameters<typeof aKey>[0] = {}) =>
  aKey({ guardrail: 'strict', bornHarmless: true, ...change })

function withGuardrail(): Bench {
  const bench = aBench()
  bench.account.guardrails.set('g-1', { name: 'strict', scope: 'workspace-default' })
  bench.account.guardrails.set('g-2', { name: 'loose', scope: 'workspace-default' })
  return bench
}

/** Guardrail of the key whose secret a place holds, each time a place is written. */
function guardsAtDelivery(bench: Bench): (string | null)[] {
  const seen: (string | null)[] = []
  const sink = bench.sinks.get('memory')
  if (!sink) throw new Error('no sink')
  bench.sinks.set('memory', {
    ...sink,
    write: async (place, bytes, version) => {
      const key = bench.account.keys().find(({ id }) => bench.secretOf(id) === bytes.expose())
      seen.push(key ? bench.account.guardrailOf(key.id) : null)
      return await sink.write(place, bytes, version)
    },
  })
  return seen
}

describe('a guardrail', () => {
  test('is in force before the secret is handed out, in every generation', async () => {
    const bench = withGuardrail()
    const seen = guardsAtDelivery(bench)
    await settled(bench, [guarded()])
    await settled(bench, [guarded({ rotation: aRotation({ serial: 2, grace: 0, hold: 0 }) })])
    expect(seen).toEqual(['g-1', 'g-1'])
    expect(await bench.serving('a')).toMatchObject({ fields: { limit: 10 } })
  })

  test('that was taken away outside is put back, without a new secret', async () => {
    const bench = withGuardrail()
    await settled(bench, [guarded()])
    const key = await bench.serving('a')
    bench.account.guard(key?.id ?? '', null)
    expect((await bench.plan([guarded()])).changes).toMatchObject([{ steps: ['assign'] }])
    await settled(bench, [guarded()])
    expect(bench.account.guardrailOf(key?.id ?? '')).toBe('g-1')
  })

  test('is exchanged in place by a commit, and taken away by one that no longer names any', async () => {
    const bench = withGuardrail()
    await settled(bench, [guarded()])
    const id = (await bench.serving('a'))?.id ?? ''
    await settled(bench, [guarded({ guardrail: 'loose' })])
    expect(bench.account.guardrailOf(id)).toBe('g-2')
    await settled(bench, [aKey()])
    expect(bench.account.guardrailOf(id)).toBeNull()
    expect((await bench.serving('a'))?.id).toBe(id)
  })

  test('is given together with an update of the same key', async () => {
    const bench = withGuardrail()
    await settled(bench, [aKey()])
    const id = (await bench.serving('a'))?.id ?? ''
    await bench.apply([guarded({ fields: { limit: 5 } })])
    expect(bench.account.guardrailOf(id)).toBe('g-1')
    expect(await bench.serving('a')).toMatchObject({ id, fields: { limit: 5 } })
  })

  test('whose assignment was never answered is taken away as well, once no commit names it', async () => {
    const bench = withGuardrail()
    await settled(bench, [aKey()])
    const id = (await bench.serving('a'))?.id ?? ''
    bench.faults = (api) => ({
      ...api,
      assign: async (key, guardrail) => {
        await api.assign?.(key, guardrail)
        throw new Error('killed')
      },
    })
    await expect(bench.apply([guarded()])).rejects.toThrow('killed')
    bench.faults = (api) => api
    expect(bench.account.guardrailOf(id)).toBe('g-1')
    await settled(bench, [aKey()])
    expect(bench.account.guardrailOf(id)).toBeNull()
  })

  test('that nobody here named is left alone', async () => {
    const bench = withGuardrail()
    await settled(bench, [aKey()])
    const id = (await bench.serving('a'))?.id ?? ''
    bench.account.guard(id, 'g-2')
    await settled(bench, [aKey()])
    expect(bench.account.guardrailOf(id)).toBe('g-2')
  })

  test('of a name that the workspace lacks stops the address before a key exists', async () => {
    const bench = withGuardrail()
    const session = await bench.session([guarded({ guardrail: 'strcit' })])
    expect(session.plan.problems).toMatchObject([{ code: 'API_GUARDRAIL_UNKNOWN', address: 'test-1/a' }])
    expect(session.plan.problems[0]?.message).toContain('Did you mean "strict"')
    await bench.apply([guarded({ guardrail: 'strcit' })])
    expect(bench.account.keys()).toEqual([])
  })

  test('that cannot be assigned leaves the new key unable to spend and undelivered', async () => {
    const bench = withGuardrail()
    bench.faults = (api) => ({
      ...api,
      assign: async () => {
        bench.account.guardrails.delete('g-1')
        await api.assign?.('nobody', 'g-1')
      },
    })
    const outcome = outcomeOf(await bench.apply([guarded()]), 'a')
    expect(outcome.problem?.code).toBe('API_REJECTED')
    expect(bench.held('a')).toBeNull()
    expect(bench.account.keys()).toMatchObject([{ fields: { limit: 0 } }])
  })
})
