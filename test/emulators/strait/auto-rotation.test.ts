import { createHmac } from 'node:crypto'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { RunningEmulator } from '../../../src/emulators/server.ts'
import type { StraitOptions } from '../../../src/emulators/strait/options.ts'
import { deliver } from '../../../src/emulators/strait/webhook.ts'
import { controller } from '../client.ts'
import { type Created, caller, create, keysOf, listed, names, straitOf } from './client.ts'
import { type Receiver, receiver } from './receiver.ts'

const WEEK = 7 * 86_400

interface Scene {
  readonly emulator: RunningEmulator
  readonly hook: Receiver
  /** A key that is due in a week. */
  readonly key: Created
}

async function scene(hook: Receiver, strait: StraitOptions = {}): Promise<Scene> {
  const emulator = await straitOf({ allowPrivateEndpoints: true, ...strait })
  return { emulator, hook, key: await create(emulator, rotating(hook.url)) }
}

function rotating(rotation_webhook_url: string): object {
  return { rotation_interval_days: 7, rotation_webhook_url, expires_in_days: 365 }
}

async function secretWorks(emulator: RunningEmulator, secret: string | undefined): Promise<boolean> {
  return (await caller(emulator, secret ?? '')('GET', '/api-keys?limit=1')).status === 403
}

test("D2.25 rotates what is due by the emulator's clock, and nothing before", async () => {
  const { emulator, hook, key } = await scene(await receiver())
  emulator.world.clock.advance(WEEK - 1)
  expect(await emulator.world.strait.tick()).toEqual([])
  emulator.world.clock.advance(1)
  const [rotation, ...rest] = await emulator.world.strait.tick()
  expect(rest).toEqual([])
  expect(rotation).toEqual({ old_key_id: key.id, new_key_id: hook.received[0]?.notice.new_key_id, outcome: 'rotated' })
  expect(await emulator.world.strait.tick()).toEqual([])
  expect(hook.received).toHaveLength(1)
})

test('D2.25 gives the old key 24 hours of grace and the new one its name, expiry and a new term', async () => {
  const { emulator, hook, key } = await scene(await receiver())
  const { expires_at } = await listed(emulator, key.id)
  emulator.world.clock.advance(WEEK)
  await emulator.world.strait.tick()
  const newId = hook.received[0]?.notice.new_key_id ?? ''
  expect(await listed(emulator, key.id)).toMatchObject({
    replaced_by_key_id: newId,
    grace_expires_at: '2030-01-09T00:00:00Z',
  })
  expect(await listed(emulator, newId)).toMatchObject({
    name: 'some key (auto-rotated)',
    expires_at,
    next_rotation_at: '2030-01-15T00:00:00Z',
    rotation_interval_days: 7,
  })
  expect(await secretWorks(emulator, key.key)).toBe(true)
  emulator.world.clock.advance(86_401)
  expect(await secretWorks(emulator, key.key)).toBe(false)
  expect(await secretWorks(emulator, hook.received[0]?.notice.new_key)).toBe(true)
})

test('D2.25 leaves revoked and replaced keys alone, and takes at most 100 in one pass', async () => {
  const { emulator, hook, key } = await scene(await receiver())
  const { strait, clock } = emulator.world
  const replaced = await create(emulator, rotating(hook.url))
  strait.revoke(key.id)
  await caller(emulator)('POST', `/api-keys/${replaced.id}/rotate`)
  clock.advance(WEEK)
  expect(await strait.tick()).toMatchObject([{ outcome: 'rotated' }])
  for (let index = 0; index < 101; index += 1) strait.createForeign({ rotation_interval_days: 7, next_rotation_at: 1 })
  expect(await strait.tick()).toHaveLength(100)
  expect(await strait.tick()).toHaveLength(1)
})

test('D2.25 runs one pass on request of a control route, and on none without control', async () => {
  const { emulator, key } = await scene(await receiver())
  emulator.world.clock.advance(WEEK)
  const control = controller(emulator)
  expect((await control('POST', '/tick')).body).toEqual({
    rotations: [{ old_key_id: key.id, new_key_id: expect.any(String), outcome: 'rotated' }],
  })
})

test('D2.26 posts the new secret with five headers and two signatures over the raw body', async () => {
  const { emulator, hook, key } = await scene(await receiver())
  emulator.world.clock.advance(WEEK + 0.25)
  await emulator.world.strait.tick()
  const [{ method, url, headers, body, notice } = { method: '', url: '', headers: {}, body: '', notice: {} }] =
    hook.received
  expect([method, url]).toEqual(['POST', '/hook?token=t0ken'])
  expect(notice).toEqual({
    event: 'api_key.auto_rotated',
    old_key_id: key.id,
    new_key_id: expect.any(String),
    new_key: expect.stringMatching(/^strait_[0-9a-f]{64}$/),
    new_key_prefix: notice.new_key?.slice(0, 12),
    project_id: emulator.strait.project,
    rotated_at: '2030-01-08T00:00:00.25Z',
  })
  const timestamp = '2030-01-08T00:00:00Z'
  const sign = (text: string): string =>
    createHmac('sha256', String(key.rotation_webhook_secret)).update(text).digest('hex')
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'x-strait-event': 'api_key.auto_rotated',
    'x-strait-timestamp': timestamp,
    'x-strait-signature': `v1=${sign(`${timestamp}.${body}`)}`,
    'x-strait-signature-256': `sha256=${sign(body)}`,
  })
  expect(headers['x-strait-delivery-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
})

test('D2.26 signs for successors with the secret of the first key, and sends nothing for a rotate by hand', async () => {
  const { emulator, hook, key } = await scene(await receiver())
  await caller(emulator)('POST', `/api-keys/${key.id}/rotate`)
  expect(hook.received).toEqual([])
  emulator.world.clock.advance(WEEK)
  await emulator.world.strait.tick()
  emulator.world.clock.advance(WEEK)
  await emulator.world.strait.tick()
  const sign = (body: string): string =>
    `sha256=${createHmac('sha256', String(key.rotation_webhook_secret)).update(body).digest('hex')}`
  expect(hook.received).toHaveLength(2)
  for (const { headers, body } of hook.received) expect(headers['x-strait-signature-256']).toBe(sign(body))
  expect(hook.received[1]?.notice.old_key_id).toBe(hook.received[0]?.notice.new_key_id)
})

test('D2.27 lists the new key while it is delivered, live and without a link', async () => {
  const seen: unknown[] = []
  const hook = await receiver(async (response, { notice }) => {
    const keys = keysOf(await caller(emulator)('GET', '/api-keys'))
    const old = keys.find(({ id }) => id === notice.old_key_id)
    const next = keys.find(({ id }) => id === notice.new_key_id)
    seen.push(old?.replaced_by_key_id, old?.grace_expires_at, next?.name, await secretWorks(emulator, notice.new_key))
    response.writeHead(200).end()
  })
  const { emulator } = await scene(hook)
  emulator.world.clock.advance(WEEK)
  await emulator.world.strait.tick()
  expect(seen).toEqual([undefined, undefined, 'some key (auto-rotated)', true])
})

test.each([300, 301, 307, 400, 404, 500, 503])(
  'D2.28 revokes the new key when the receiver answers %i, and tries another one next time',
  async (status) => {
    const target = await receiver()
    const { emulator, hook, key } = await scene(
      await receiver((response) => response.writeHead(status, { location: target.url }).end()),
    )
    emulator.world.clock.advance(WEEK)
    const before = await listed(emulator, key.id)
    const [one] = await emulator.world.strait.tick()
    const [other] = await emulator.world.strait.tick()
    expect([one?.outcome, other?.outcome]).toEqual(['undelivered', 'undelivered'])
    expect(one?.new_key_id).not.toBe(other?.new_key_id)
    expect(await names(caller(emulator))).toEqual(['some key'])
    expect({ ...(await listed(emulator, key.id)), last_used_at: undefined }).toEqual({
      ...before,
      last_used_at: undefined,
    })
    for (const { notice } of hook.received) expect(await secretWorks(emulator, notice.new_key)).toBe(false)
    expect(new Set(hook.received.map(({ notice }) => notice.new_key)).size).toBe(2)
    expect(target.received).toEqual([])
  },
)

test('D2.28 takes silence for a failure after the timeout, 10 seconds unless told otherwise', async () => {
  const { emulator, hook } = await scene(await receiver(() => {}), { webhookTimeoutMs: 40 })
  emulator.world.clock.advance(WEEK)
  expect(await emulator.world.strait.tick()).toMatchObject([{ outcome: 'undelivered' }])
  expect(await secretWorks(emulator, hook.received[0]?.notice.new_key)).toBe(false)
})

test('D2.28 takes a cut connection for a failure, and another machine for one that cannot be reached', async () => {
  const { emulator, hook } = await scene(await receiver((response) => response.socket?.destroy()))
  const away = await create(emulator, rotating('https://hooks.acme.com/x'))
  emulator.world.clock.advance(WEEK)
  const rotations = await emulator.world.strait.tick()
  expect(rotations.map(({ outcome }) => outcome)).toEqual(['undelivered', 'undelivered'])
  expect(rotations[1]?.old_key_id).toBe(away.id)
  expect(hook.received).toHaveLength(1)
})

test('D2.28 never contacts another machine', async () => {
  const contact = vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response())
  onTestFinished(() => contact.mockRestore())
  const notice = { old_key_id: '', new_key_id: '', new_key: '', new_key_prefix: '', project_id: '', rotated_at: '' }
  const rest = { secret: '', deliveryId: '', now: 0, timeoutMs: 1000, signal: new AbortController().signal }
  for (const url of ['https://hooks.acme.com/x', 'https://10.0.0.1/x', 'https://127.0.0.1.acme.com/x'])
    expect(await deliver(notice, { url, ...rest })).toBe(false)
  expect(contact).not.toHaveBeenCalled()
  expect(await deliver(notice, { url: 'https://127.0.0.1/x', ...rest })).toBe(true)
})

test('D2.28 succeeds at last, with a key that is none of those before', async () => {
  let fails = 2
  const { emulator, hook } = await scene(
    await receiver((response) => response.writeHead(fails-- > 0 ? 500 : 200).end()),
  )
  emulator.world.clock.advance(WEEK)
  const outcomes = [
    await emulator.world.strait.tick(),
    await emulator.world.strait.tick(),
    await emulator.world.strait.tick(),
  ]
  expect(outcomes.flat().map(({ outcome }) => outcome)).toEqual(['undelivered', 'undelivered', 'rotated'])
  const works = await Promise.all(hook.received.map(({ notice }) => secretWorks(emulator, notice.new_key)))
  expect(works).toEqual([false, false, true])
})

test('D2.29 revokes the key that was just delivered when the old one cannot be marked', async () => {
  const { emulator, hook, key } = await scene(await receiver())
  emulator.world.clock.advance(WEEK)
  const answer = await controller(emulator)('POST', '/tick', { fail_mark: true })
  expect(answer.body).toMatchObject({ rotations: [{ outcome: 'unmarked' }] })
  expect(hook.received).toHaveLength(1)
  expect(await secretWorks(emulator, hook.received[0]?.notice.new_key)).toBe(false)
  expect(await listed(emulator, key.id)).not.toHaveProperty('replaced_by_key_id')
  expect(await emulator.world.strait.tick()).toMatchObject([{ outcome: 'rotated' }])
})

test('D2.29 cannot mark a key that was revoked or rotated while its successor was delivered', async () => {
  const hook = await receiver(async (response, { notice }) => {
    await caller(emulator)('DELETE', `/api-keys/${notice.old_key_id}`)
    response.writeHead(200).end()
  })
  const { emulator } = await scene(hook)
  emulator.world.clock.advance(WEEK)
  expect(await emulator.world.strait.tick()).toMatchObject([{ outcome: 'unmarked' }])
  expect(await names(caller(emulator))).toEqual([])
})

test('D2.30 clears the next rotation of a key without a webhook, and still shows its interval', async () => {
  const emulator = await straitOf()
  const { id } = emulator.world.strait.createForeign({ rotation_interval_days: 7, next_rotation_at: 1 })
  expect(await emulator.world.strait.tick()).toEqual([{ old_key_id: id, new_key_id: null, outcome: 'switched-off' }])
  const key = await listed(emulator, id)
  expect(key).toMatchObject({ rotation_interval_days: 7 })
  expect(key).not.toHaveProperty('next_rotation_at')
  expect(await emulator.world.strait.tick()).toEqual([])
})

test('skips in each pass what no longer may be rotated: by its address, or by the policy', async () => {
  const hook = await receiver()
  const { emulator, key } = await scene(hook)
  const wrong = emulator.world.strait.createForeign({
    rotation_interval_days: 7,
    next_rotation_at: 1,
    rotation_webhook_url: 'http://10.0.0.1/x',
  })
  emulator.world.strait.setProject(emulator.strait.project, { max_key_lifetime_days: 30 })
  emulator.world.clock.advance(WEEK)
  for (const _ of [1, 2])
    expect(await emulator.world.strait.tick()).toEqual([
      { old_key_id: key.id, new_key_id: null, outcome: 'skipped' },
      { old_key_id: wrong.id, new_key_id: null, outcome: 'skipped' },
    ])
  expect(hook.received).toEqual([])
})

test('passes do not overlap: a key is rotated once however often it is asked for', async () => {
  const { emulator, hook } = await scene(await receiver())
  emulator.world.clock.advance(WEEK)
  const [one, other] = await Promise.all([emulator.world.strait.tick(), emulator.world.strait.tick()])
  expect([one?.length, other?.length]).toEqual([1, 0])
  expect(hook.received).toHaveLength(1)
})

test('ends a delivery that is under way when the emulator closes', async () => {
  const { emulator, hook } = await scene(await receiver(() => {}))
  emulator.world.clock.advance(WEEK)
  const pass = emulator.world.strait.tick()
  await expect.poll(() => hook.received.length, { interval: 5 }).toBe(1)
  await emulator.close()
  expect(await pass).toMatchObject([{ outcome: 'undelivered' }])
})
