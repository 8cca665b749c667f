import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROVIDERS } from '../../src/providers/registry.ts'
import { GUARDED_FIXTURES, type GuardedFixture } from '../fakes/guarded-apis.ts'
import { issued, KEY_API_FIXTURES } from '../fakes/key-apis.ts'

it.each(Object.keys(PROVIDERS))('%s has guardrails altogether or not at all', async (kind) => {
  const fixture = await KEY_API_FIXTURES[kind]?.()
  const { guardrails, assignments, assign, unassign } = fixture?.api ?? {}
  const abilities = [guardrails, assignments, assign, unassign].map((ability) => ability !== undefined)
  expect(new Set(abilities).size).toBe(1)
  expect(GUARDED_FIXTURES[kind] !== undefined).toBe(abilities[0])
  await fixture?.api.close?.()
  await fixture?.close()
})

describe.each(Object.keys(GUARDED_FIXTURES))('guardrails of %s', (kind) => {
  let fixture: GuardedFixture
  beforeAll(async () => {
    const open = GUARDED_FIXTURES[kind]
    if (open === undefined) throw new Error(`no fixture for ${kind}`)
    fixture = await open()
  })
  afterAll(async () => {
    await fixture.api.close?.()
    await fixture.close()
  })

  const key = async (scope = fixture.scope): Promise<string> =>
    issued(await fixture.api.create({ name: 'guarded', scope, fields: {} })).key.id
  const guardrailOf = async (id: string): Promise<string | undefined> =>
    (await fixture.api.assignments(fixture.scope)).get(id)

  it('finds a guardrail by name and by id, in its own workspace only', async () => {
    const id = await fixture.guardrail('by name')
    const elsewhere = await fixture.guardrail('elsewhere', fixture.otherScope)
    const { byName, ids, ambiguous } = await fixture.api.guardrails(fixture.scope)
    expect([byName.get('by name'), ids.has(id), ambiguous.has('by name')]).toEqual([id, true, false])
    expect([byName.has('elsewhere'), ids.has(elsewhere)]).toEqual([false, false])
    expect((await fixture.api.guardrails(fixture.otherScope)).byName.get('elsewhere')).toBe(elsewhere)
  })

  it('leaves a name out that two guardrails carry, and says so', async () => {
    const twins = [await fixture.guardrail('twin'), await fixture.guardrail('twin')]
    const { byName, ids, ambiguous } = await fixture.api.guardrails(fixture.scope)
    expect([byName.has('twin'), ambiguous.has('twin')]).toEqual([false, true])
    expect(twins.every((id) => ids.has(id))).toBe(true)
  })

  it('shows who has which guardrail, and nobody who has none', async () => {
    const guardrail = await fixture.guardrail('shown')
    const [one, other] = [await key(), await key()]
    await fixture.api.assign(one, guardrail)
    expect([await guardrailOf(one), await guardrailOf(other)]).toEqual([guardrail, undefined])
  })

  it('assigns again without complaint', async () => {
    const guardrail = await fixture.guardrail('again')
    const id = await key()
    await fixture.api.assign(id, guardrail)
    await fixture.api.assign(id, guardrail)
    expect(await guardrailOf(id)).toBe(guardrail)
  })

  it('moves a key that has another guardrail', async () => {
    const [first, second] = [await fixture.guardrail('first'), await fixture.guardrail('second')]
    const id = await key()
    await fixture.api.assign(id, first)
    await fixture.api.assign(id, second)
    expect(await guardrailOf(id)).toBe(second)
  })

  it('guards disabled keys too', async () => {
    const guardrail = await fixture.guardrail('asleep')
    const id = await key()
    await fixture.api.update(id, { disabled: true })
    await fixture.api.assign(id, guardrail)
    expect(await guardrailOf(id)).toBe(guardrail)
  })

  it('takes a key out of its guardrail, and again without complaint', async () => {
    const guardrail = await fixture.guardrail('left')
    const id = await key()
    await fixture.api.assign(id, guardrail)
    await fixture.api.unassign(id, guardrail)
    await fixture.api.unassign(id, guardrail)
    expect(await guardrailOf(id)).toBeUndefined()
  })

  it('leaves a key alone that has moved to another guardrail meanwhile', async () => {
    const [first, second] = [await fixture.guardrail('old'), await fixture.guardrail('new')]
    const id = await key()
    await fixture.api.assign(id, second)
    await fixture.api.unassign(id, first)
    expect(await guardrailOf(id)).toBe(second)
  })

  it('says so when nothing was assigned: no such key, no such guardrail, another workspace', async () => {
    const guardrail = await fixture.guardrail('refused')
    const elsewhere = await fixture.guardrail('far away', fixture.otherScope)
    const id = await key()
    const wrong = [
      [fixture.absentKey, guardrail],
      [id, fixture.absentGuardrail],
      [id, elsewhere],
      [await key(fixture.otherScope), guardrail],
    ] as const
    for (const [one, other] of wrong)
      await expect(fixture.api.assign(one, other)).rejects.toMatchObject({ code: 'API_REJECTED' })
    expect(await guardrailOf(id)).toBeUndefined()
  })

  it('takes keys and guardrails that are gone out of nothing', async () => {
    await fixture.api.unassign(fixture.absentKey, await fixture.guardrail('empty'))
    await fixture.api.unassign(await key(), fixture.absentGuardrail)
  })

  it('forgets a key that is removed', async () => {
    const guardrail = await fixture.guardrail('survivor')
    const id = await key()
    await fixture.api.assign(id, guardrail)
    await fixture.api.remove(id)
    expect(await guardrailOf(id)).toBeUndefined()
  })
})
