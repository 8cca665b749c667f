import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Call, caller, create, emulate, temporaryFolder } from './client.ts'

const MATERIAL = 'sk-provider-0123456789'

function make(call: Call, fields: object = {}) {
  return call('POST', '/byok', { provider: 'openai', key: MATERIAL, ...fields })
}

async function made(call: Call, fields: object = {}): Promise<string> {
  return ((await make(call, fields)).body.data as { id: string }).id
}

test('D1.26 an allowlist of keys takes live hashes only, in create and update', async () => {
  const call = caller(await emulate())
  const [live, dead] = [(await create(call)).key.hash, (await create(call)).key.hash]
  await call('DELETE', `/keys/${dead}`)
  const wrong = [[dead], [live, dead], ['0'.repeat(64)], ['not-a-hash'], [], Array.from({ length: 101 }, () => live)]
  for (const allowed_api_key_hashes of wrong) expect((await make(call, { allowed_api_key_hashes })).status).toBe(400)
  const id = await made(call, { allowed_api_key_hashes: [live] })
  for (const allowed_api_key_hashes of wrong)
    expect((await call('PATCH', `/byok/${id}`, { allowed_api_key_hashes })).status).toBe(400)
  expect((await call('GET', `/byok/${id}`)).body.data).toMatchObject({ allowed_api_key_hashes: [live] })
})

test('D1.26 a key that dies later stays in the list until the list is sent again', async () => {
  const call = caller(await emulate())
  const { hash } = (await create(call)).key
  const id = await made(call, { allowed_api_key_hashes: [hash] })
  await call('DELETE', `/keys/${hash}`)
  expect((await call('PATCH', `/byok/${id}`, { name: 'renamed' })).body.data).toMatchObject({
    name: 'renamed',
    allowed_api_key_hashes: [hash],
  })
  expect((await call('PATCH', `/byok/${id}`, { allowed_api_key_hashes: null })).body.data).toMatchObject({
    allowed_api_key_hashes: null,
  })
})

test('keeps the material of a BYOK key nowhere', async () => {
  const state = join(temporaryFolder(), 'state')
  const call = caller(await emulate({ state }))
  const answer = await make(call)
  expect(answer.status).toBe(201)
  const id = (answer.body.data as { id: string }).id
  const rotated = await call('PATCH', `/byok/${id}`, { key: `${MATERIAL}-next` })
  const listed = await call('GET', '/byok')
  expect(listed.body.total_count).toBe(1)
  for (const text of [answer.text, rotated.text, listed.text, readFileSync(state, 'utf8')])
    expect(text).not.toContain(MATERIAL)
  expect((await call('DELETE', `/byok/${id}`)).body).toEqual({ deleted: true })
  for (const method of ['GET', 'DELETE']) expect((await call(method, `/byok/${id}`)).status).toBe(404)
})

test.each([{ key: '' }, { provider: '' }, { name: 'x'.repeat(256) }, { workspace_id: 'research' }, { disabled: null }])(
  'refuses a BYOK key with %j',
  async (fields) => {
    expect((await make(caller(await emulate()), fields)).status).toBe(400)
  },
)
