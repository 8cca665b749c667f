import { describe, expect, it } from 'vitest'
import { memoryWorld } from '../../src/providers/memory.ts'

const T0 = 1_795_000_000_000
const frozen = (now: number) => ({ now: () => now, sleep: async () => {} })

function world(seed?: string) {
  return memoryWorld({
    clock: frozen(T0),
    ...(seed === undefined ? {} : { seed }),
    workspaces: { side: 'workspace-side' },
  })
}

const request = { name: 'CI bot', scope: 'workspace-default', fields: { limit: 5 } }

describe('the memory world', () => {
  it('shows what one handle does to every other handle', async () => {
    const memory = world()
    const made = await memory.handle().create(request)
    if (made.kind !== 'created') throw new Error(made.reason)
    expect(await memory.handle().get(made.key.id)).toEqual(made.key)
  })

  it('gives the same ids and secrets in every run, and others for another seed', async () => {
    const names = (seed: string) => {
      const { key, secret } = world(seed).plant(request)
      return [key.id, secret.expose()]
    }
    expect(names('a')).toEqual(names('a'))
    expect(names('a')).not.toEqual(names('b'))
  })

  it('lists the newest key first, one workspace at a time', async () => {
    const memory = world()
    for (const name of ['first', 'second']) memory.plant({ ...request, name })
    memory.plant({ ...request, scope: 'workspace-side', name: 'elsewhere' })
    const listed = await memory.handle().list('workspace-default')
    expect(listed.map(({ name }) => name)).toEqual(['second', 'first'])
  })

  it('shows edits and spending from outside', async () => {
    const memory = world()
    const { key } = memory.plant(request)
    memory.edit(key.id, { name: 'renamed', fields: { disabled: true } })
    memory.spend(key.id, 0.5)
    const seen = await memory.handle().get(key.id)
    expect(seen).toMatchObject({
      name: 'renamed',
      fields: { limit: 5, disabled: true },
      usage: { total: 0.5, daily: 0.5 },
    })
    expect(seen?.updatedAt).not.toBeNull()
  })

  it('never changes a key object it has handed out', async () => {
    const memory = world()
    const { key } = memory.plant(request)
    const before = structuredClone(key)
    await memory.handle().update(key.id, { limit: 9 })
    memory.spend(key.id, 1)
    expect(key).toEqual(before)
  })

  it('refuses a disabled, an expired and a deleted secret', async () => {
    const memory = world()
    const api = memory.handle()
    const disabled = memory.plant(request)
    memory.edit(disabled.key.id, { fields: { disabled: true } })
    const expired = memory.plant({ ...request, fields: { expiresAt: new Date(T0).toISOString() } })
    const deleted = memory.plant(request)
    memory.remove(deleted.key.id)
    for (const { secret } of [disabled, expired, deleted]) expect(await api.prove(secret)).toBe('refused')
    expect(await api.prove(memory.plant(request).secret)).toBe('works')
  })

  it('knows the key of a secret even after it was deleted', async () => {
    const memory = world()
    const { key, secret } = memory.plant(request)
    memory.remove(key.id)
    expect(await memory.handle().matches(secret, key.id)).toBe(true)
    expect(await memory.handle().matches(memory.plant(request).secret, key.id)).toBe(false)
  })

  it('measures the skew of a handle whose clock is slow', async () => {
    const { skew } = await world()
      .handle(frozen(T0 - 90_000))
      .identify()
    expect(skew).toBe(90_000)
  })

  it('rejects a create in a workspace that does not exist', async () => {
    const made = await world()
      .handle()
      .create({ ...request, scope: 'nowhere' })
    expect(made).toMatchObject({ kind: 'rejected', status: 400 })
  })

  it('refuses to update what cannot be updated', async () => {
    const memory = world()
    const { key } = memory.plant(request)
    await expect(memory.handle().update(key.id, { expiresAt: null })).rejects.toMatchObject({ code: 'API_REJECTED' })
  })

  it('shows every handle which guardrail a key has, until key or guardrail is gone', async () => {
    const memory = world()
    memory.guardrails.set('g-1', { name: 'no training', scope: 'workspace-default' })
    memory.guardrails.set('g-2', { name: 'strict', scope: 'workspace-default' })
    const [one, other] = [memory.plant(request).key.id, memory.plant(request).key.id]
    await memory.handle().assign?.(one, 'g-1')
    memory.guard(other, 'g-2')
    const seen = async () => [...((await memory.handle().assignments?.('workspace-default')) ?? [])]
    expect(await seen()).toEqual([
      [one, 'g-1'],
      [other, 'g-2'],
    ])
    memory.remove(one)
    memory.guardrails.delete('g-2')
    expect(await seen()).toEqual([])
    expect([memory.guardrailOf(one), memory.guardrailOf(other)]).toEqual([null, null])
  })

  it('never takes a guardrail of another workspace, nor shows it in this one', async () => {
    const memory = world()
    memory.guardrails.set('g-1', { name: 'elsewhere', scope: 'workspace-side' })
    const { id } = memory.plant(request).key
    await expect(memory.handle().assign?.(id, 'g-1')).rejects.toMatchObject({ code: 'API_REJECTED' })
    expect(memory.guardrailOf(id)).toBeNull()
    expect((await memory.handle().guardrails?.('workspace-default'))?.ids.size).toBe(0)
  })
})
