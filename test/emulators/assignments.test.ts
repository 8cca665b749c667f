import { expect, test } from 'vitest'
import { parseFault } from '../../src/emulators/flags.ts'
import { caller, controller, emulate } from './client.ts'
import { assign, defaultGuardrailOf, guardrail, keys, NO_KEY, NOWHERE, rowsOf, truth } from './guarded.ts'

test('D1.24 a key has one guardrail: assigning moves it, and says how many it counted', async () => {
  const emulator = await emulate()
  const call = caller(emulator)
  const [one, other] = [await guardrail(call), await guardrail(call, { name: 'strict' })]
  const [first = '', second = ''] = await keys(call, 2)
  expect((await assign(call, one, [first, second, first])).body).toEqual({ assigned_count: 2 })
  expect((await assign(call, other, [first])).body).toEqual({ assigned_count: 1 })
  expect(truth(emulator)).toEqual(
    new Map([
      [first, other.id],
      [second, one.id],
    ]),
  )
  const listed = rowsOf(await call('GET', `/guardrails/${one.id}/assignments/keys`))
  expect(listed).toMatchObject([{ key_hash: second, guardrail_id: one.id, key_name: 'some key' }])
  expect(rowsOf(await call('GET', '/guardrails/assignments/keys')).map(({ key_hash }) => key_hash)).toEqual([
    first,
    second,
  ])
})

test.each([
  ['counted', 1],
  ['not-counted', 0],
] as const)('D1.24 a repeated assignment changes nothing and is %s', async (repeatedAssignment, count) => {
  const call = caller(await emulate({ readings: { repeatedAssignment } }))
  const one = await guardrail(call)
  const hashes = await keys(call, 1)
  await assign(call, one, hashes)
  const before = await call('GET', '/guardrails/assignments/keys')
  expect((await assign(call, one, hashes)).body).toEqual({ assigned_count: count })
  expect((await call('GET', '/guardrails/assignments/keys')).body).toEqual(before.body)
})

test('D1.24 unknown and deleted hashes are skipped with 200 and a lower count', async () => {
  const emulator = await emulate()
  const call = caller(emulator)
  const one = await guardrail(call)
  const [live = '', deleted = ''] = await keys(call, 2)
  await call('DELETE', `/keys/${deleted}`)
  const answer = await assign(call, one, [live, deleted, NO_KEY])
  expect([answer.status, answer.body]).toEqual([200, { assigned_count: 1 }])
  expect(truth(emulator).get(deleted)).toBeNull()
})

test('D1.24 a key of another workspace is 400, and then nobody is assigned', async () => {
  const emulator = await emulate()
  const call = caller(emulator)
  const one = await guardrail(call)
  const [home = ''] = await keys(call, 1)
  const [away = ''] = await keys(call, 1, { workspace_id: emulator.world.openrouter.workspaces[1]?.id })
  expect((await assign(call, one, [home, away])).status).toBe(400)
  expect([...truth(emulator).values()]).toEqual([null, null])
})

test('D1.24 the default guardrail takes no keys, before and after its first update', async () => {
  const emulator = await emulate()
  const call = caller(emulator)
  const id = await defaultGuardrailOf(call)
  const hashes = await keys(call, 1)
  expect((await assign(call, { id }, hashes)).status).toBe(400)
  await call('PATCH', `/guardrails/${id}`, { enforce_zdr_openai: true })
  expect((await assign(call, { id }, hashes)).status).toBe(400)
  expect([...truth(emulator).values()]).toEqual([null])
})

test('D1.24 rows of deleted keys are not shown but counted, by totals and offsets', async () => {
  const call = caller(await emulate())
  const one = await guardrail(call)
  const hashes = await keys(call, 5)
  await assign(call, one, hashes)
  const [oldest, , , , newest] = hashes
  for (const hash of hashes.slice(2)) await call('DELETE', `/keys/${hash}`)
  for (const path of ['/guardrails/assignments/keys', `/guardrails/${one.id}/assignments/keys`]) {
    const pages = [await call('GET', `${path}?limit=3`), await call('GET', `${path}?limit=3&offset=3`)]
    expect(pages.map((page) => [page.body.total_count, rowsOf(page).length])).toEqual([
      [5, 0],
      [5, 2],
    ])
    expect(rowsOf(pages[1] ?? expect.unreachable()).map(({ key_hash }) => key_hash)).toContain(oldest)
  }
  const removed = await call('POST', `/guardrails/${one.id}/assignments/keys/remove`, { key_hashes: [newest] })
  expect(removed.body).toEqual({ unassigned_count: 0 })
})

test('D1.24 removing touches rows of that guardrail only', async () => {
  const emulator = await emulate()
  const call = caller(emulator)
  const [one, other] = [await guardrail(call), await guardrail(call)]
  const [first = '', second = ''] = await keys(call, 2)
  await assign(call, one, [first])
  await assign(call, other, [second])
  const answer = await call('POST', `/guardrails/${one.id}/assignments/keys/remove`, { key_hashes: [first, second] })
  expect([answer.status, answer.body]).toEqual([200, { unassigned_count: 1 }])
  expect([truth(emulator).get(first), truth(emulator).get(second)]).toEqual([null, other.id])
})

test.each([{}, { key_hashes: [] }, { key_hashes: [''] }, { key_hashes: 'x' }, '['])(
  'refuses assignments and removals with the body %j',
  async (body) => {
    const call = caller(await emulate())
    const { id } = await guardrail(call)
    expect((await call('POST', `/guardrails/${id}/assignments/keys`, body)).status).toBe(400)
    expect((await call('POST', `/guardrails/${id}/assignments/keys/remove`, body)).status).toBe(400)
  },
)

test('answers 404 for assignments of a guardrail that is not there', async () => {
  const call = caller(await emulate())
  const path = `/guardrails/${NOWHERE}/assignments/keys`
  expect((await call('GET', path)).status).toBe(404)
  for (const each of [path, `${path}/remove`])
    expect((await call('POST', each, { key_hashes: [NO_KEY] })).status).toBe(404)
})

test('a deleted guardrail takes its assignments along', async () => {
  const emulator = await emulate()
  const call = caller(emulator)
  const one = await guardrail(call)
  await assign(call, one, await keys(call, 2))
  await call('DELETE', `/guardrails/${one.id}`)
  expect([...truth(emulator).values()]).toEqual([null, null])
  expect((await call('GET', '/guardrails/assignments/keys')).body).toEqual({ data: [], total_count: 0 })
})

test('tells on the control route which key has which guardrail', async () => {
  const emulator = await emulate({ control: true })
  const call = caller(emulator)
  const one = await guardrail(call)
  const [guarded = ''] = await keys(call, 2)
  await assign(call, one, [guarded])
  expect((await controller(emulator)('GET', '/keys')).body.keys).toMatchObject([
    { hash: guarded, guardrail_id: one.id },
    { guardrail_id: null },
  ])
})

test('D1.5 an assignment may take effect although its answer is lost', async () => {
  const emulator = await emulate()
  const call = caller(emulator)
  const one = await guardrail(call)
  const [hash = ''] = await keys(call, 1)
  emulator.world.faults.add(parseFault('POST /guardrails/*=cut-before-commit:1'))
  emulator.world.faults.add(parseFault('POST /guardrails/*=cut-after-commit:1'))
  await expect(assign(call, one, [hash])).rejects.toThrow(TypeError)
  expect(truth(emulator).get(hash)).toBeNull()
  await expect(assign(call, one, [hash])).rejects.toThrow(TypeError)
  expect(truth(emulator).get(hash)).toBe(one.id)
})
