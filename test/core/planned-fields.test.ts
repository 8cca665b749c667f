/** What a plan says about values that policy moves by itself, and about values somebody decides. */
import { describe, expect, test } from 'vitest'
import { driftOf } from '../../src/core/drift.ts'
import type { DesiredKey } from '../../src/core/key.ts'
import type { Change } from '../../src/core/plan.ts'
import { DAY, HOUR, instant } from '../../src/core/time.ts'
import { aKey, aRotation } from '../fakes/desired.ts'
import { aBench, type Bench, settled } from '../fakes/engine.ts'

const shared = (serial = 1, limit = 100) =>
  aKey({ fields: { limit, limitReset: 'monthly' }, rotation: aRotation({ serial, budget: 'carry' }) })

async function changeOf(bench: Bench, key: DesiredKey): Promise<Change | undefined> {
  return (await bench.plan([key])).changes[0]
}

async function spend(bench: Bench, n: number, usd: number): Promise<void> {
  const g = (await bench.record('a'))?.generations.find((one) => one.n === n)
  if (g && 'id' in g) bench.account.spend(g.id, usd)
}

/** #1 superseded with a part of the limit, #2 active with the other. */
async function divided(): Promise<Bench> {
  const bench = aBench()
  await settled(bench, [shared()])
  await spend(bench, 1, 40)
  await settled(bench, [shared(2)])
  return bench
}

describe('a rotation of a key with a limit', () => {
  test('says that a fresh key starts at zero', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    const change = await changeOf(bench, aKey({ rotation: aRotation({ serial: 2 }) }))
    expect(change).toMatchObject({ action: 'rotate', budget: { kind: 'fresh', limit: 10, reset: null } })
  })

  test('says how a shared limit is divided', async () => {
    const bench = aBench()
    await settled(bench, [shared()])
    await spend(bench, 1, 40)
    const change = await changeOf(bench, shared(2))
    expect(change?.budget).toEqual({ kind: 'carry', limit: 100, reset: 'monthly', old: 70, next: 30 })
  })

  test('says nothing of counters where there is no limit', async () => {
    const bench = aBench()
    await settled(bench, [aKey({ fields: { limit: null } })])
    const change = await changeOf(bench, aKey({ fields: { limit: null }, rotation: aRotation({ serial: 2 }) }))
    expect(change?.budget).toBeUndefined()
  })

  test('that is merely due, but takes along a limit somebody raised, needs a yes', async () => {
    const bench = aBench()
    const due = (limit: number) => aKey({ fields: { limit }, rotation: aRotation({ every: 5 * DAY }) })
    await settled(bench, [due(10)])
    bench.advance(6 * DAY)
    expect(await changeOf(bench, due(10))).toMatchObject({ action: 'rotate', origin: 'scheduled' })
    expect(await changeOf(bench, due(50))).toMatchObject({ action: 'rotate', origin: 'authored', loosens: true })
  })
})

describe('a divided limit', () => {
  test('is no change and no drift', async () => {
    const bench = await divided()
    const { subjects } = await bench.session([shared(2)])
    expect(subjects.flatMap(driftOf)).toEqual([])
    const plan = await bench.plan([shared(2)])
    expect(plan).toMatchObject({ changes: [], spend: { before: 100, after: 100 } })
  })

  test('that is joined again is scheduled and loosens nothing', async () => {
    const bench = await divided()
    bench.advance(DAY)
    const change = await changeOf(bench, shared(2))
    expect(change).toMatchObject({ action: 'finish', origin: 'scheduled', loosens: false })
    expect(change?.fields).toMatchObject([{ field: 'limit', from: 30, to: 60, loosens: false }])
    await bench.apply([shared(2)])
    bench.advance(HOUR)
    await settled(bench, [shared(2)])
    expect((await bench.serving('a'))?.fields.limit).toBe(60)
  })

  test('that somebody raises in the manifest is a decision', async () => {
    const bench = await divided()
    const change = await changeOf(bench, shared(2, 200))
    expect(change).toMatchObject({ action: 'update', origin: 'authored', loosens: true })
    await settled(bench, [shared(2, 200)])
    bench.advance(DAY)
    expect(await changeOf(bench, shared(2, 200))).toMatchObject({ origin: 'scheduled', loosens: false })
  })
})

describe('a guardrail', () => {
  const guarded = (guardrail?: string) => aKey({ bornHarmless: true, ...(guardrail ? { guardrail } : {}) })

  async function withGuardrails(): Promise<Bench> {
    const bench = aBench()
    bench.account.guardrails.set('g-1', { name: 'strict', scope: 'workspace-default' })
    bench.account.guardrails.set('g-2', { name: 'loose', scope: 'workspace-default' })
    await settled(bench, [guarded('strict')])
    return bench
  }

  test('is shown by its name when a key is created', async () => {
    const bench = aBench()
    bench.account.guardrails.set('g-1', { name: 'strict', scope: 'workspace-default' })
    expect((await changeOf(bench, guarded('strict')))?.fields).toContainEqual(
      expect.objectContaining({ field: 'guardrail', from: null, to: 'strict' }),
    )
  })

  test('that is exchanged is an update, and one that is taken away loosens', async () => {
    const bench = await withGuardrails()
    expect(await changeOf(bench, guarded('loose'))).toMatchObject({
      action: 'update',
      origin: 'authored',
      fields: [{ field: 'guardrail', from: 'strict', to: 'loose', loosens: false }],
    })
    expect(await changeOf(bench, guarded())).toMatchObject({
      origin: 'authored',
      loosens: true,
      fields: [{ field: 'guardrail', from: 'strict', to: null, loosens: true }],
    })
  })

  test('that somebody took away outside is drift, and putting it back is policy', async () => {
    const bench = await withGuardrails()
    bench.account.guard((await bench.serving('a'))?.id ?? '', null)
    const { subjects } = await bench.session([guarded('strict')])
    expect(subjects.flatMap(driftOf)).toMatchObject([{ field: 'guardrail', direction: 'loosened' }])
    expect(await changeOf(bench, guarded('strict'))).toMatchObject({ action: 'update', origin: 'scheduled' })
  })
})

describe('what waits', () => {
  const reason = 'holidays'

  test('names the freeze that covers a rotation that is due, until it ends', async () => {
    const bench = aBench()
    const every = { every: 5 * DAY }
    await settled(bench, [aKey({ rotation: aRotation(every) })])
    bench.advance(6 * DAY)
    const [from, to] = [instant(bench.now() - DAY), instant(bench.now() + 3 * DAY)]
    const frozen = aKey({ rotation: aRotation({ ...every, freezes: [{ from, to, reason }] }) })
    expect(await bench.plan([frozen])).toMatchObject({
      changes: [],
      waiting: [{ why: 'frozen (holidays)', until: to, open: false, reasons: [{ kind: 'due' }] }],
    })
  })

  test('names a pause with its end, and a pin, neither as unfinished', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    const until = instant(bench.now() + DAY)
    await bench.say('a', { on: 'paused', until, reason })
    expect((await bench.plan([aKey()])).waiting).toMatchObject([
      { code: 'ADDRESS_PAUSED', why: 'paused (holidays)', until, open: false },
    ])
    await bench.say('a', { on: 'resumed' })
    await bench.say('a', { on: 'pinned', at: instant(bench.now()), n: 1, entry: aKey().digest })
    await settled(bench, [aKey()])
    expect((await bench.plan([aKey()])).waiting).toMatchObject([{ code: 'ADDRESS_PINNED', until: null, open: false }])
  })
})
