import { createHash } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import type { DesiredKey } from '../../src/core/key.ts'
import { Secret } from '../../src/core/secret.ts'
import { DAY, instant } from '../../src/core/time.ts'
import { type RunningEmulator, startEmulator } from '../../src/emulators/server.ts'
import { httpClient } from '../../src/io/http.ts'
import { openRouter } from '../../src/providers/openrouter.ts'
import { quietClock } from '../providers/strait/quiet-clock.ts'
import { seeded } from '../simulation/random.ts'
import type { Door } from './consumers.ts'
import { fleetOf } from './fleet.ts'
import { offPolicy, untimely } from './judge.ts'
import { spenders } from './spenders.ts'
import { START, YEAR, yearOf } from './year.ts'

const COUNTS = {
  'shop/feed': 16,
  'shop/search': 32,
  'shop/checkout': 28,
  'shop/ledger': 30,
  'batch/crawler': 22,
  'partner/export': 24,
  'partner/assistant': 22,
  'partner/trial': 8,
  'agents/research': 10,
  'legacy/import': 8,
}

test('200 keys of examples/rotation live through a year, and nobody ever holds a dead one', async () => {
  const fleet = await fleetOf('rotation', COUNTS, START)
  const emulator = await startEmulator({ seed: 5, clock: instant(START) })
  onTestFinished(() => emulator.close())
  const { clock: time, openrouter, traffic } = emulator.world
  const clock = quietClock(time)
  const { baseUrl, managementKey } = emulator.openrouter
  const api = openRouter({ baseUrl, token: Secret.of(managementKey), clock, random: seeded(3) })
  const { set, spend, months } = spenders(fleet.keys, seeded(9), openrouter.addUsage)
  const year = await yearOf({ fleet, clock, advance: time.advance, api, door: doorOf(emulator), set })
  const { people } = year
  const started = performance.now()

  await year.run()
  let { keys } = fleet
  for (let day = 0; clock.now() < START + YEAR; year.wait()) {
    const before = day
    day = Math.floor((clock.now() - START) / DAY)
    await people.work()
    spend(clock.now())
    const isAsked = hasPassed(150, before, day)
    if (isAsked) keys = keys.map(asked)
    await year.run(isAsked ? keys : undefined)
    if (hasPassed(90, before, day)) await people.callAll()
  }

  const seconds = (performance.now() - started) / 1000
  console.info(
    `a year of ${keys.length} OpenRouter keys: ${year.runs} runs, ${year.issues.length} issued, ${year.ended} ended, ` +
      `${people.calls} calls of consumers, ${traffic.counts().total} requests, ${seconds.toFixed(1)} s`,
  )
  expect(year.findings).toEqual([])
  expect(people.findings).toEqual([])
  expect(offPolicy(keys, year.issues, YEAR)).toEqual([])
  expect(untimely(keys, year.issues)).toEqual([])
  expect([...months].filter(([, usd]) => usd > 100.000_001)).toEqual([])
  expect(Math.max(...months.values())).toBeGreaterThan(99)
})

function hasPassed(days: number, before: number, now: number): boolean {
  return Math.floor(before / days) < Math.floor(now / days)
}

/** Keys that are rotated by hand: nothing but a larger serial does it. */
function asked(key: DesiredKey): DesiredKey {
  const { rotation, digest } = key
  if (!key.id.startsWith('legacy/')) return key
  return { ...key, digest: `${digest}+`, rotation: { ...rotation, serial: rotation.serial + 1 } }
}

function doorOf(emulator: RunningEmulator): Door {
  const { origin, pathname } = new URL(emulator.openrouter.baseUrl)
  const http = httpClient({ origin, connections: 20, timeoutMillis: 30_000 })
  onTestFinished(() => http.close())
  return {
    use: async (secret) => {
      const answer = await http.send({ method: 'GET', path: `${pathname}/key`, bearer: Secret.of(secret) })
      return answer.kind === 'answer' && answer.status === 200
    },
    spend: (secret) => {
      emulator.world.openrouter.addUsage(createHash('sha256').update(secret).digest('hex'), 0.01)
    },
  }
}
