import { expect, onTestFinished, test } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { DAY, HOUR, instant } from '../../src/core/time.ts'
import { type RunningEmulator, startEmulator } from '../../src/emulators/server.ts'
import { httpClient } from '../../src/io/http.ts'
import { strait } from '../../src/providers/strait.ts'
import { quietClock } from '../providers/strait/quiet-clock.ts'
import { seeded } from '../simulation/random.ts'
import type { Door } from './consumers.ts'
import { fleetOf } from './fleet.ts'
import { offPolicy } from './judge.ts'
import { START, YEAR, yearOf } from './year.ts'

const COUNTS = {
  'jobs/worker': 12,
  'jobs/scheduler': 8,
  'jobs/batch': 8,
  'jobs/deployer': 8,
  'reports/reader': 4,
}

async function aStage() {
  const fleet = await fleetOf('strait-project', COUNTS, START)
  const emulator = await startEmulator({ seed: 5, clock: instant(START) })
  onTestFinished(() => emulator.close())
  const { clock: time, traffic } = emulator.world
  const clock = quietClock(time)
  const { baseUrl, token, project } = emulator.strait
  const api = strait({ baseUrl, token: Secret.of(token), project, clock, random: seeded(3) })
  const year = await yearOf({ fleet, clock, advance: time.advance, api, door: doorOf(emulator) })
  return { fleet, clock, traffic, year }
}

test('40 keys of examples/strait-project live through a year without one 429, and nobody ever holds a dead one', async () => {
  const { fleet, clock, traffic, year } = await aStage()
  const { people } = year
  const started = performance.now()

  for (await year.run(); clock.now() < START + YEAR; year.wait()) {
    await people.work()
    await year.run()
  }

  const seconds = (performance.now() - started) / 1000
  const { total, requests, statuses } = traffic.counts()
  const rotated = requests['POST /v1/api-keys/{id}/rotate'] ?? 0
  console.info(
    `a year of ${fleet.keys.length} Strait keys: ${year.runs} runs, ${year.issues.length} issued (${rotated} by Strait itself), ` +
      `${year.ended} ended, ${people.calls} calls of consumers, ${total} requests, ${seconds.toFixed(1)} s`,
  )
  expect(year.findings).toEqual([])
  expect(people.findings).toEqual([])
  expect(offPolicy(fleet.keys, year.issues, YEAR)).toEqual([])
  expect(rotated).toBeGreaterThan(8 * 6)
  expect(Object.values(statuses).flatMap((byStatus) => Object.keys(byStatus))).not.toContain('429')
})

test('people notice when old keys end before the grace that was promised to them', async () => {
  const { fleet, clock, year } = await aStage()
  const hasty = fleet.keys.map((key) => ({ ...key, rotation: { ...key.rotation, grace: 6 * HOUR } }))
  for (await year.run(hasty); clock.now() < START + 40 * DAY; year.wait()) await year.run()
  expect(year.people.findings.join()).toContain('who read it within the grace was refused')
})

/** Without the scope to list keys a key is answered 403, and 401 once it has ended. */
function doorOf(emulator: RunningEmulator): Door {
  const http = httpClient({ origin: emulator.strait.baseUrl, connections: 20, timeoutMillis: 30_000 })
  onTestFinished(() => http.close())
  return {
    use: async (secret) => {
      const answer = await http.send({ method: 'GET', path: '/v1/api-keys?limit=1', bearer: Secret.of(secret) })
      return answer.kind === 'answer' && answer.status === 403
    },
    spend: () => undefined,
  }
}
