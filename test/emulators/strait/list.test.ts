import { expect, test } from 'vitest'
import { parseInstant } from '../../../src/emulators/strait/instants.ts'
import { page, put, type Shelf, take } from '../../../src/emulators/strait/shelf.ts'
import { type Call, caller, create, insider, keysOf, listed, names, refusal, straitOf } from './client.ts'

/** All pages as a careful client would read them: the next cursor until there is none. */
async function walk(call: Call, limit: number, more = ''): Promise<{ lengths: number[]; ids: string[] }> {
  const lengths: number[] = []
  const ids: string[] = []
  for (let cursor = ''; ; ) {
    const answer = await call('GET', `/api-keys?limit=${limit}${more}${cursor}`)
    const keys = keysOf(answer)
    lengths.push(keys.length)
    ids.push(...keys.map(({ id }) => id))
    if (answer.body.has_more !== true) return { lengths, ids }
    cursor = `&cursor=${encodeURIComponent(String(answer.body.next_cursor))}`
  }
}

test('D2.14 lists newest first, 50 a page, and tells whether there is more', async () => {
  const emulator = await straitOf({ keys: 60 })
  const answer = await caller(emulator)('GET', '/api-keys')
  const keys = keysOf(answer)
  expect(keys.map(({ name }) => name)).toEqual(Array.from({ length: 50 }, (_, index) => `foreign ${60 - index}`))
  expect(answer.body).toEqual({ data: keys, has_more: true, next_cursor: keys[49]?.created_at })
  const last = await caller(emulator)('GET', `/api-keys?cursor=${keys[49]?.created_at}`)
  expect(last.body).toEqual({ data: expect.any(Array), has_more: false })
  expect(keysOf(last)).toHaveLength(11)
})

test('D2.14 answers an empty list where there is nothing', async () => {
  const emulator = await straitOf()
  expect((await insider(emulator, 'proj_empty')('GET', '/api-keys')).body).toEqual({ data: [], has_more: false })
  expect((await caller(emulator)('GET', '/api-keys?cursor=2001-01-01T00:00:00Z')).body).toEqual({
    data: [],
    has_more: false,
  })
})

test('D2.14 clamps the limit at 100 and refuses what is no positive whole number', async () => {
  const emulator = await straitOf({ keys: 120 })
  const call = caller(emulator)
  for (const [limit, length] of [
    ['', 50],
    ['1', 1],
    ['+7', 7],
    ['100', 100],
    ['101', 100],
    ['99999999', 100],
  ] as const)
    expect(keysOf(await call('GET', `/api-keys?limit=${encodeURIComponent(limit)}`))).toHaveLength(length)
  for (const limit of ['0', '-1', 'ten', '5.0', '1e2', ' 5'])
    expect(refusal(await call('GET', `/api-keys?limit=${encodeURIComponent(limit)}`))).toEqual([
      400,
      'bad_request',
      'limit must be a positive integer',
    ])
})

test('D2.14 refuses a cursor that is no RFC 3339 instant, such as one whose plus sign was not encoded', async () => {
  const call = caller(await straitOf())
  for (const cursor of [
    'yesterday',
    '2030-01-01',
    '2030-02-30T00:00:00Z',
    '2030-01-01T25:00:00Z',
    '2030-01-01T00:00:00+02:00',
    '1893456000',
  ])
    expect(refusal(await call('GET', `/api-keys?cursor=${cursor}`))).toEqual([
      400,
      'bad_request',
      'invalid cursor format',
    ])
  for (const cursor of ['', '2030-01-01T00:00:00Z', '2030-01-01T02:00:00.123456789%2B02:00'])
    expect((await call('GET', `/api-keys?cursor=${cursor}`)).status).toBe(200)
})

test('D2.14 compares cursors as instants, in any offset, to the microsecond', async () => {
  const emulator = await straitOf()
  emulator.world.strait.createForeign({ name: 'old', created_at: parseInstant('2029-12-31T23:00:00.000001Z') ?? 0 })
  emulator.world.strait.createForeign({ name: 'new', created_at: parseInstant('2029-12-31T23:00:00.000002Z') ?? 0 })
  const call = caller(emulator)
  expect(await names(call, '?cursor=2030-01-01T01:00:00.000002%2B02:00')).toEqual(['old'])
  expect(await names(call, '?cursor=2029-12-31T23:00:00.000002999Z')).toEqual(['old'])
  expect(await names(call, '?cursor=2029-12-31T23:00:00.000003Z')).toEqual(['new', 'old'])
})

test('D2.14 skips keys of the same microsecond at the edge of a page', async () => {
  const emulator = await straitOf({ stamping: 'clock' })
  const made = [await create(emulator), await create(emulator), await create(emulator)]
  expect(new Set(await Promise.all(made.map(async ({ id }) => (await listed(emulator, id)).created_at)))).toHaveLength(
    1,
  )
  const { ids, lengths } = await walk(caller(emulator), 2)
  expect(lengths).toEqual([2, 1])
  expect(made.filter(({ id }) => !ids.includes(id))).toHaveLength(1)
  expect((await walk(caller(emulator), 3)).ids).toHaveLength(4)
})

test('D2.14 gives each key a later microsecond than the one before unless told otherwise, also while the clock stands', async () => {
  const emulator = await straitOf()
  const stamps = [await create(emulator), await create(emulator)].map(({ created_at }) => created_at.slice(0, 26))
  expect(stamps).toEqual(['2030-01-01T02:00:00.000000', '2030-01-01T02:00:00.000001'])
  emulator.world.strait.stampBy('clock')
  expect((await create(emulator)).created_at.slice(0, 26)).toBe(stamps[0])
})

test('D2.14 walks 10,000 keys without missing one, each page in the time of a page', async () => {
  const emulator = await straitOf({ keys: 10_000 })
  const { ids, lengths } = await walk(caller(emulator), 100)
  expect(new Set(ids).size).toBe(10_001)
  expect(lengths).toHaveLength(101)
})

test('D2.15 hides revoked keys, and shows expired, rotated and grace-ended ones', async () => {
  const emulator = await straitOf()
  const call = caller(emulator)
  const revoked = await create(emulator, { name: 'revoked' })
  await create(emulator, { name: 'expired', expires_in_days: 1 })
  const rotated = await create(emulator, { name: 'rotated' })
  await call('DELETE', `/api-keys/${revoked.id}`)
  const { body } = await call('POST', `/api-keys/${rotated.id}/rotate`)
  emulator.world.clock.advance(90_000)
  expect(await names(call)).toEqual(['rotated (rotated)', 'rotated', 'expired'])
  expect(await listed(emulator, rotated.id)).toMatchObject({
    replaced_by_key_id: body.new_key_id,
    grace_expires_at: '2030-01-01T01:00:00Z',
  })
})

test('D2.15 leaves out what is empty or zero', async () => {
  const emulator = await straitOf()
  emulator.world.strait.createForeign({ name: 'bare', expires_at: null, rate_limit_requests: 0, environment_id: '' })
  emulator.world.strait.createForeign({
    name: 'rated',
    scopes: [],
    rate_limit_requests: 5,
    rate_limit_window_secs: 10,
    org_id: 'org_1',
  })
  const [rated = {}, bare = {}] = keysOf(await caller(emulator)('GET', '/api-keys'))
  expect(Object.keys(bare).sort()).toEqual(['created_at', 'id', 'key_prefix', 'name', 'project_id', 'scopes'])
  expect(rated).toMatchObject({ scopes: [], rate_limit_requests: 5, rate_limit_window_secs: 10, org_id: 'org_1' })
})

test('D2.16 lists an organization across projects, for the internal secret and for keys of that organization', async () => {
  const emulator = await straitOf()
  const { strait } = emulator.world
  const { secret } = strait.createForeign({ name: 'member', scopes: ['*'], org_id: 'org_1' })
  strait.createForeign({ name: 'elsewhere', project_id: 'proj_2', org_id: 'org_1' })
  strait.createForeign({ name: 'without' })
  expect(await names(insider(emulator), '?org_id=org_1')).toEqual(['elsewhere', 'member'])
  expect(await names(caller(emulator, secret), '?org_id=org_1')).toEqual(['elsewhere', 'member'])
  expect((await walk(insider(emulator), 1, '&org_id=org_1')).lengths).toEqual([1, 1])
  expect((await insider(emulator)('GET', '/api-keys?org_id=org_9')).body).toEqual({ data: [], has_more: false })
})

test('D2.16 answers 403 to a key that is of no or another organization', async () => {
  const emulator = await straitOf()
  const other = emulator.world.strait.createForeign({ scopes: ['*'], org_id: 'org_2' }).secret
  for (const call of [caller(emulator), caller(emulator, other)])
    expect(refusal(await call('GET', '/api-keys?org_id=org_1'))).toEqual([
      403,
      'forbidden',
      'org_id does not match authenticated organization',
    ])
})

test('D2.16 filters by environment after it fetched the page, so that an end may be none', async () => {
  const emulator = await straitOf()
  const { strait } = emulator.world
  const { secret } = strait.createForeign({ name: 'bound', scopes: ['*'], environment_id: 'production' })
  for (let index = 0; index < 3; index += 1) strait.createForeign({ name: 'staging', environment_id: 'staging' })
  strait.createForeign({ name: 'newest', environment_id: 'production' })
  const bound = caller(emulator, secret)
  const answer = await bound('GET', '/api-keys?limit=2')
  expect(keysOf(answer).map(({ name }) => name)).toEqual(['newest'])
  expect(answer.body).toMatchObject({ has_more: false })
  expect(await names(bound, '?limit=100')).toEqual(['newest', 'bound'])
})

test('D2.17 lists keys without expiry first, then by expiry, the expired included, as a bare list', async () => {
  const emulator = await straitOf()
  for (const days of [31, 30, 3, 1]) await create(emulator, { name: `${days} days`, expires_in_days: days })
  emulator.world.clock.advance(2 * 86_400)
  const answer = await caller(emulator)('GET', '/api-keys/expiring-soon')
  const [management, expired, soon, ...rest] = JSON.parse(answer.text)
  expect(management).toEqual({
    id: expect.any(String),
    name: 'management',
    key_prefix: emulator.strait.token.slice(0, 12),
    expires_at: null,
    days_left: null,
    no_expiry: true,
    created_at: '2029-12-31T23:59:59Z',
  })
  expect(expired).toMatchObject({ name: '1 days', expires_at: '2030-01-02T00:00:00Z', days_left: 0, no_expiry: false })
  expect(soon).toMatchObject({ name: '3 days', days_left: 1 })
  expect(rest).toMatchObject([{ name: '30 days' }, { name: '31 days' }])
})

test('D2.17 reads within_days: 30 by default and for nothing, 365 at most', async () => {
  const emulator = await straitOf()
  for (const days of [1, 30, 31, 365, 366]) await create(emulator, { expires_in_days: days })
  const count = async (query: string): Promise<number> =>
    JSON.parse((await caller(emulator)('GET', `/api-keys/expiring-soon${query}`)).text).length - 1
  expect(await count('')).toBe(2)
  expect(await count('?within_days=0')).toBe(2)
  expect(await count('?within_days=-5')).toBe(2)
  expect(await count('?within_days=1')).toBe(1)
  expect(await count('?within_days=365')).toBe(4)
  expect(await count('?within_days=1000')).toBe(4)
  expect((await caller(emulator)('GET', '/api-keys/expiring-soon?within_days=soon')).status).toBe(400)
})

test('D2.17 stops at 100 rows, without pages, and shows an environment its own of them', async () => {
  const emulator = await straitOf()
  const { strait } = emulator.world
  for (let index = 0; index < 110; index += 1) strait.createForeign({ expires_at: null })
  const { secret } = strait.createForeign({
    name: 'bound',
    scopes: ['*'],
    environment_id: 'production',
    expires_at: null,
  })
  const rows = async (key: string): Promise<object[]> =>
    JSON.parse((await caller(emulator, key)('GET', '/api-keys/expiring-soon')).text)
  expect(await rows(emulator.strait.token)).toHaveLength(100)
  expect(await rows(secret)).toEqual([])
})

test.each(['GET', 'PATCH', 'PUT'])('D2.18 answers 405 to %s of one key', async (method) => {
  const emulator = await straitOf()
  const { id } = await create(emulator)
  const answer = await caller(emulator)(method, `/api-keys/${id}`, method === 'GET' ? undefined : { name: 'x' })
  expect([answer.status, answer.text]).toEqual([405, ''])
  expect((await listed(emulator, id)).name).toBe('some key')
})

test('D2.18 takes expiring-soon for an id where the method is not GET', async () => {
  const emulator = await straitOf()
  expect(refusal(await caller(emulator)('DELETE', '/api-keys/expiring-soon'))).toEqual([
    404,
    'not_found',
    'api key not found',
  ])
})

test('lists a key at once, and no more once its project is deleted', async () => {
  const emulator = await straitOf()
  const { secret } = emulator.world.strait.createForeign({ name: 'there', project_id: 'proj_2', scopes: ['*'] })
  expect(await names(caller(emulator, secret))).toEqual(['there'])
  expect(emulator.world.strait.deleteProject('proj_2')).toBe(1)
  expect(refusal(await caller(emulator, secret)('GET', '/api-keys'))).toEqual([
    401,
    'authentication_required',
    'invalid api key',
  ])
  expect(await names(insider(emulator, 'proj_2'))).toEqual([])
})

test('a shelf keeps its rows in order however they come, and takes out just the one it is told', () => {
  const shelf: Shelf = []
  const row = (created_at: number, sequence: number) => ({ id: `${sequence}`, created_at, sequence })
  for (const [at, sequence] of [
    [5, 1],
    [3, 2],
    [5, 3],
    [4, 4],
  ] as const)
    put(shelf, row(at, sequence))
  expect(shelf.map(({ id }) => id)).toEqual(['2', '4', '1', '3'])
  expect(page(shelf, 5, 9).map(({ id }) => id)).toEqual(['4', '2'])
  take(shelf, row(5, 1))
  take(shelf, row(5, 2))
  expect(page(shelf, null, 2).map(({ id }) => id)).toEqual(['3', '4'])
})
