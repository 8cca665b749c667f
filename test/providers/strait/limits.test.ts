import { afterEach, describe, expect, it } from 'vitest'
import { MINUTE } from '../../../src/core/time.ts'
import type { FaultKind } from '../../../src/emulators/faults.ts'
import type { RunningEmulator } from '../../../src/emulators/server.ts'
import { closeServers } from '../scripted.ts'
import { emulated } from './emulated.ts'
import { failure, MANAGING, PROJECT, pageOf, scripted, TOO_MANY } from './scripted.ts'

afterEach(closeServers)

function statusesOf(emulator: RunningEmulator): readonly string[] {
  return Object.values(emulator.world.traffic.counts().statuses).flatMap((byStatus) => Object.keys(byStatus))
}

/** Where in its minute the server is when the run begins. */
describe.each(['00:00:00', '00:00:29', '00:00:59.500'])('from %s on', (time) => {
  it('thirty keys are created, proven and revoked within the real limits, without one 429', async () => {
    const clock = `2030-01-01T${time}Z`
    const { emulator, api, project, clock: shared, make } = await emulated({ clock, strait: { keys: 300 } })
    const start = shared.now()
    await api.identify()
    await api.list(project)
    const born = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const one = await make({}, `worker ${index}`)
        expect(await api.prove(one.secret)).toBe('works')
        return one
      }),
    )
    const applied = shared.now()
    expect(await api.list(project)).toHaveLength(331)
    await Promise.all(born.map(({ key }) => api.remove(key.id)))
    expect(await api.list(project)).toHaveLength(301)
    expect(statusesOf(emulator)).not.toContain('429')
    const minutes = (until: number): string => `${((until - start) / MINUTE).toFixed(1)} min`
    console.info(
      `thirty Strait keys: applied in ${minutes(applied)}, revoked in ${minutes(shared.now() - applied + start)}`,
    )
  })
})

describe('an idempotent call', () => {
  it.each<FaultKind>([
    'rate-limit',
    'rate-limit-retry-after',
    'error-before-commit',
    'cut-before-commit',
    'html',
    'admission-before-commit',
  ])('is tried again after %s', async (kind) => {
    const { api, project } = await emulated({ faults: [{ method: 'GET', pattern: '*', kind, count: 2 }] })
    expect(await api.list(project)).toHaveLength(1)
  })

  it('waits as long as a 429 asks, with all others behind the same address', async () => {
    const { api, seen, clock } = await scripted(({ url }, count) => (count === 1 ? TOO_MANY : pageOf([MANAGING], url)))
    const start = clock.now()
    await Promise.all([api.list(PROJECT), api.identify()])
    expect(clock.now() - start).toBe(60_000)
    expect(seen.length).toBeLessThanOrEqual(5)
  })

  it.each([
    [failure(500, 'internal server error'), 'API_UNREACHABLE', 5],
    [{ ...failure(429), headers: { 'retry-after': '1' } }, 'API_RATE_LIMITED', 5],
    [{ ...failure(429), headers: { 'retry-after': '300' } }, 'API_RATE_LIMITED', 1],
    [{ status: 404, body: 'not here' }, 'API_BAD_RESPONSE', 5],
    [failure(401), 'API_UNAUTHORIZED', 1],
    [{ status: 401, body: 'who are you' }, 'API_UNAUTHORIZED', 1],
    [failure(403), 'API_NOT_MANAGEMENT_KEY', 1],
    [failure(400), 'API_REJECTED', 1],
  ])('gives up after %j for good with %s, having tried %i times', async (answer, code, tries) => {
    const { api, seen } = await scripted(() => answer)
    await expect(api.list(PROJECT)).rejects.toMatchObject({ code })
    expect(seen).toHaveLength(tries)
  })

  it('never says anything that looks like a credential', async () => {
    const { api } = await scripted(() => failure(400, `no strait_${'a'.repeat(64)} and whsec_${'b'.repeat(64)}\nhere`))
    const error = await api.list(PROJECT).catch((thrown: unknown) => thrown)
    expect(String(error)).toContain('no strait_… and whsec_… here')
  })

  it('is seen by whoever counts requests, with templates in the place of ids', async () => {
    const { api, events, make } = await emulated()
    const { key } = await make()
    await api.rotate(key.id, MINUTE)
    await api.remove(key.id)
    expect(new Set(events.map(({ method, path }) => `${method} ${path}`))).toEqual(
      new Set(['GET /v1/api-keys', 'POST /v1/api-keys', 'POST /v1/api-keys/{id}/rotate', 'DELETE /v1/api-keys/{id}']),
    )
    expect(JSON.stringify(events)).not.toContain(key.id)
  })
})
