import { OpenRouter } from '@openrouter/sdk'
import { expect, test } from 'vitest'
import type { RunningEmulator } from '../../src/emulators/server.ts'
import { emulate } from './client.ts'

/** The official client validates each answer it gets and throws when a field is missing or has the wrong type. */
function official(emulator: RunningEmulator, apiKey = emulator.openrouter.managementKey): OpenRouter {
  return new OpenRouter({ apiKey, serverURL: emulator.openrouter.baseUrl, retryConfig: { strategy: 'none' } })
}

test('the official SDK creates, reads, updates and deletes a key', async () => {
  const emulator = await emulate()
  const { apiKeys } = official(emulator)
  const expiresAt = new Date('2999-01-01T00:00:00Z')
  const created = await apiKeys.create({ requestBody: { name: 'by SDK', limit: 2, limitReset: 'weekly', expiresAt } })
  expect(created.key).toMatch(/^sk-or-v1-/)
  expect(created.data).toMatchObject({
    name: 'by SDK',
    limit: 2,
    limitRemaining: 2,
    limitReset: 'weekly',
    expiresAt,
    externalUser: null,
  })
  const { hash } = created.data
  const updated = await apiKeys.update({ hash, requestBody: { disabled: true, limit: null } })
  expect(updated.data).toMatchObject({ hash, name: 'by SDK', disabled: true, limit: null })
  expect((await apiKeys.get({ hash })).data).toEqual(updated.data)
  expect(await apiKeys.delete({ hash })).toEqual({ deleted: true })
  await expect(apiKeys.get({ hash })).rejects.toMatchObject({ statusCode: 404, error: { code: 404 } })
})

test('the official SDK walks a list of more than 250 keys', async () => {
  const emulator = await emulate({ keys: 251 })
  const { apiKeys } = official(emulator)
  const { data } = await apiKeys.create({ requestBody: { name: 'off' } })
  await apiKeys.update({ hash: data.hash, requestBody: { disabled: true } })
  const seen = new Set<string>()
  for (let offset = 0; ; ) {
    const page = (await apiKeys.list({ includeDisabled: true, offset })).data
    if (page.length === 0) break
    for (const { hash } of page) seen.add(hash)
    offset += page.length
  }
  expect(seen.size).toBe(252)
  expect((await apiKeys.list({ offset: 200 })).data).toHaveLength(51)
})

test('the official SDK reads its own key, whichever kind it is', async () => {
  const emulator = await emulate()
  const { apiKeys } = official(emulator)
  expect((await apiKeys.getCurrentKeyMetadata()).data).toMatchObject({ isManagementKey: true, limit: null })
  const { key } = await apiKeys.create({ requestBody: { name: 'own', limit: 0 } })
  const own = await official(emulator, key).apiKeys.getCurrentKeyMetadata()
  expect(own.data).toMatchObject({ isManagementKey: false, limit: 0, limitRemaining: 0 })
})

test('the official SDK lists and reads workspaces', async () => {
  const { workspaces } = official(await emulate())
  const slugs: string[] = []
  for await (const page of await workspaces.list()) slugs.push(...page.result.data.map(({ slug }) => slug))
  expect(slugs).toEqual(['default', 'research'])
  expect((await workspaces.get({ id: 'research' })).data.slug).toBe('research')
})

test('the official SDK understands refusals', async () => {
  const emulator = await emulate()
  const { key } = await official(emulator).apiKeys.create({ requestBody: { name: 'own' } })
  const { apiKeys } = official(emulator, key)
  await expect(apiKeys.create({ requestBody: { name: 'more' } })).rejects.toMatchObject({
    name: 'ForbiddenResponseError',
  })
  await expect(apiKeys.list()).rejects.toMatchObject({ name: 'UnauthorizedResponseError' })
})

test('the official SDK makes a guardrail, gives it to a key and takes it away', async () => {
  const { apiKeys, guardrails } = official(await emulate())
  const { hash } = (await apiKeys.create({ requestBody: { name: 'guarded' } })).data
  const made = await guardrails.create({
    createGuardrailRequest: { name: 'strict', limitUsd: 5, resetInterval: 'daily' },
  })
  const { id } = made.data
  expect((await guardrails.get({ id })).data).toEqual(made.data)
  const bulkAssignKeysRequest = { keyHashes: [hash, '0'.repeat(64)] }
  expect(await guardrails.bulkAssignKeys({ id, bulkAssignKeysRequest })).toEqual({ assignedCount: 1 })
  const seen: string[] = []
  for await (const page of await guardrails.listGuardrailKeyAssignments({ id }))
    seen.push(...page.result.data.map(({ keyHash }) => keyHash))
  expect(seen).toEqual([hash])
  const bulkUnassignKeysRequest = { keyHashes: [hash] }
  expect(await guardrails.bulkUnassignKeys({ id, bulkUnassignKeysRequest })).toEqual({ unassignedCount: 1 })
  expect(await guardrails.delete({ id })).toEqual({ deleted: true })
})

test('the official SDK keeps BYOK keys, workspaces and budgets', async () => {
  const { apiKeys, byok, workspaces } = official(await emulate())
  const { hash } = (await apiKeys.create({ requestBody: { name: 'own' } })).data
  const made = await byok.create({
    createBYOKKeyRequest: { provider: 'openai', key: 'sk-provider', allowedApiKeyHashes: [hash] },
  })
  expect((await byok.get({ id: made.data.id })).data).toEqual(made.data)
  expect(await byok.delete({ id: made.data.id })).toEqual({ deleted: true })
  const workspace = await workspaces.create({ createWorkspaceRequest: { name: 'Jobs', slug: 'jobs' } })
  const upsertWorkspaceBudgetRequest = { limitUsd: 5 }
  const budget = await workspaces.setBudget({ workspaceRef: 'jobs', interval: 'daily', upsertWorkspaceBudgetRequest })
  expect(budget.data).toMatchObject({ limitUsd: 5, workspaceId: workspace.data.id })
  expect(await workspaces.delete({ id: 'jobs' })).toEqual({ deleted: true })
})
