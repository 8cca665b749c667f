import { createHmac } from 'node:crypto'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { emulatorClock } from '../../../src/emulators/clock.ts'
import type { EmulatorOptions } from '../../../src/emulators/options.ts'
import { startEmulator } from '../../../src/emulators/server.ts'
import { accountOf } from '../../../src/emulators/strait/account.ts'
import { addForeignKey, bearKeys } from '../../../src/emulators/strait/foreign.ts'
import { formatLocal, formatUtc, parseInstant } from '../../../src/emulators/strait/instants.ts'
import { buildWorld, commit } from '../../../src/emulators/strait/world.ts'
import { emulate, temporaryFolder } from '../client.ts'
import { caller, create, START, straitOf, wanted } from './client.ts'
import { receiver } from './receiver.ts'

const OFF = { limits: false, allowPrivateEndpoints: true }

test('goes on after a restart with the same keys, policy, links and valid secrets, on both sides', async () => {
  const options: EmulatorOptions = {
    state: join(temporaryFolder(), 'state'),
    clock: START,
    keys: 2,
    strait: { ...OFF, keys: 2, project: 'proj_1' },
  }
  const before = await startEmulator(options)
  const kept = await create(before, { environment_id: 'production' })
  const gone = await create(before)
  await caller(before)('DELETE', `/api-keys/${gone.id}`)
  await caller(before)('POST', `/api-keys/${kept.id}/rotate`)
  before.world.strait.setProject('proj_1', { max_key_lifetime_days: 99 })
  before.world.strait.createForeign({ project_id: 'proj_2' })
  before.world.strait.deleteProject('proj_2')
  const truth = before.world.strait.keys()
  const list = (await caller(before)('GET', '/api-keys')).text
  await before.close()

  const after = await emulate({ ...options, strait: { ...OFF, keys: 9, project: 'ignored' } })
  expect(after.strait).toMatchObject({
    token: before.strait.token,
    project: 'proj_1',
    internalSecret: before.strait.internalSecret,
  })
  expect(after.openrouter.managementKey).toBe(before.openrouter.managementKey)
  expect(after.world.openrouter.keys()).toEqual(before.world.openrouter.keys())
  expect(after.world.strait.keys()).toEqual(truth)
  expect((await caller(after)('GET', '/api-keys')).text).toBe(list)
  expect((await caller(after, kept.key)('GET', '/api-keys')).status).toBe(403)
  expect((await caller(after, gone.key)('GET', '/api-keys')).body.error?.message).toBe('api key has been revoked')
  expect((await create(after, { expires_in_days: undefined })).expires_at).toContain('2030-04-10')
})

test('takes up a state file from before there was a Strait, and leaves what is in it alone', async () => {
  const state = join(temporaryFolder(), 'state')
  const before = await startEmulator({ state, keys: 2, seed: 1 })
  const kept = before.world.openrouter.keys()
  await before.close()
  const old = readFileSync(state, 'utf8')
    .split('\n')
    .filter((line) => !line.includes('"api":"strait"'))
    .join('\n')
  writeFileSync(state, old)

  const after = await startEmulator({ state, seed: 1 })
  expect(after.world.openrouter.keys()).toEqual(kept)
  expect(after.strait.token).toBe(before.strait.token)
  const made = await create(after)
  await after.close()
  const again = await emulate({ state, seed: 1 })
  expect((await caller(again, made.key)('GET', '/api-keys')).status).toBe(403)
  expect(readFileSync(state, 'utf8').startsWith(old)).toBe(true)
})

test('writes no secret into the state file', async () => {
  const state = join(temporaryFolder(), 'state')
  const emulator = await emulate({ state, seed: 1, strait: OFF })
  const made = await create(emulator, { rotation_webhook_url: 'https://hooks.acme.com/x' })
  const text = readFileSync(state, 'utf8')
  expect(text).toContain(made.id)
  const { token, internalSecret } = emulator.strait
  for (const hidden of [
    made.key,
    made.key.slice(12),
    String(made.rotation_webhook_secret).slice(6),
    token,
    internalSecret,
  ])
    expect(text).not.toContain(hidden)
})

test('signs with the same secret after a restart', async () => {
  const hook = await receiver()
  const options: EmulatorOptions = { state: join(temporaryFolder(), 'state'), clock: START, strait: OFF }
  const before = await startEmulator(options)
  const made = await create(before, { rotation_interval_days: 1, rotation_webhook_url: hook.url })
  before.world.clock.advance(86_400)
  await before.world.strait.tick({ failMark: true })
  await before.close()
  const after = await emulate({ ...options, clock: '2030-01-02T00:00:00Z' })
  expect(await after.world.strait.tick()).toMatchObject([{ outcome: 'rotated' }])
  expect(hook.received).toHaveLength(2)
  for (const { headers, body } of hook.received) {
    const signature = createHmac('sha256', String(made.rotation_webhook_secret)).update(body).digest('hex')
    expect(headers['x-strait-signature-256']).toBe(`sha256=${signature}`)
  }
})

test('drops a last line that was cut: a rotate happened in full or not at all', async () => {
  const state = join(temporaryFolder(), 'state')
  const before = await startEmulator({ state, strait: OFF })
  const { id } = await create(before)
  await before.close()
  appendFileSync(state, `{"api":"strait","op":"change","id":"${id}","changes":{"replaced_by`)
  const after = await emulate({ state, strait: OFF })
  expect((await caller(after)('POST', `/api-keys/${id}/rotate`)).status).toBe(201)
})

test('changes nothing in memory when the journal refuses the change', () => {
  let isFull = false
  const append = (): void => {
    if (isFull) throw new Error('full')
  }
  const parts = { journal: { past: [], append, close: () => {} }, clock: emulatorClock(START), isSeeded: false }
  const world = buildWorld(
    { ...parts, account: accountOf('some account', undefined), offset: 0, stamping: 'rising' },
    [],
  )
  bearKeys(world, 1)
  const before = [...world.keys.values()]
  isFull = true
  expect(() => addForeignKey(world, {})).toThrow('full')
  expect(() =>
    commit(
      world,
      before.map(({ id }) => ({ op: 'change', id, changes: { revoked_at: 1 } })),
    ),
  ).toThrow('full')
  expect([...world.keys.values()]).toEqual(before)
})

test('lists every secret ever issued: keys, rotated ones, signing secrets and those of cut answers', async () => {
  const hook = await receiver()
  const issued = join(temporaryFolder(), 'issued')
  const emulator = await emulate({ issued, clock: START, strait: OFF })
  const made = await create(emulator, { rotation_interval_days: 1, rotation_webhook_url: hook.url })
  const { body } = await caller(emulator)('POST', `/api-keys/${made.id}/rotate`)
  emulator.world.faults.add({ method: 'POST', pattern: '/v1/*', kind: 'admission-after-commit', count: 1 })
  await caller(emulator)('POST', '/api-keys', wanted(emulator))
  emulator.world.clock.advance(86_400)
  await emulator.world.strait.tick()
  const lines = readFileSync(issued, 'utf8').trimEnd().split('\n')
  const known = [
    emulator.openrouter.managementKey,
    emulator.strait.token,
    emulator.strait.internalSecret,
    made.key,
    made.rotation_webhook_secret,
    body.key,
  ]
  expect(lines.slice(0, 6)).toEqual(known)
  expect(lines).toHaveLength(8)
  expect(lines[7]).toBe(hook.received[0]?.notice.new_key)
})

test('gives the same account, ids and secrets for the same seed, and others for another', async () => {
  const account = async (seed: number | undefined): Promise<unknown[]> => {
    const emulator = await emulate({ seed, clock: START, strait: { limits: false, keys: 1 } })
    const { id, key } = await create(emulator)
    return [
      emulator.strait.token,
      emulator.strait.project,
      emulator.strait.internalSecret,
      id,
      key,
      ...emulator.world.strait.keys().map((each) => each.id),
    ]
  }
  const [one, again, other, free, freeAgain] = await Promise.all([
    account(1),
    account(1),
    account(2),
    account(undefined),
    account(undefined),
  ])
  expect(again).toEqual(one)
  for (const [index, value] of (one ?? []).entries()) expect(other?.[index]).not.toEqual(value)
  for (const [index, value] of (free ?? []).entries()) expect(freeAgain?.[index]).not.toEqual(value)
})

test('shows the instant in the offset it is told', async () => {
  const emulator = await straitOf({ utcOffset: 0 })
  expect((await create(emulator)).created_at).toMatch(/Z$/)
})

test.each([
  [0, 0, 0, '1970-01-01T00:00:00Z'],
  [1_500_000, 0, 0, '1970-01-01T00:00:01.5Z'],
  [1_000_001, 0, 20, '1970-01-01T00:00:01.00000102Z'],
  [0, -210, 1, '1969-12-31T20:30:00.000000001-03:30'],
  [0, 345, 0, '1970-01-01T05:45:00+05:45'],
])('writes %i microseconds at offset %i and %i nanoseconds as %s, and reads it back', (at, offset, nanos, text) => {
  expect(formatLocal(at, { offset, nanos })).toBe(text)
  expect(parseInstant(text)).toBe(at)
  expect(parseInstant(formatUtc(at))).toBe(at)
})
