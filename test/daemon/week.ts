/**
 * A week of the loop on a clock of its own: every round looks, rotates what is due, tells, and draws page and metrics, as the process does.
 * Heap is measured after a forced collection at the end of each day, in a process of its own.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { DAY, HOUR, instant, type Millis } from '../../src/core/time.ts'
import { metrics } from '../../src/daemon/listen/metrics.ts'
import { answer } from '../../src/daemon/listen/routes.ts'
import { watch } from '../../src/daemon/watch.ts'
import { alertsOf } from '../../src/engine/alerts.ts'
import { boardOf } from '../../src/engine/board.ts'
import { aKey, aPlace, aRotation } from '../fakes/desired.ts'
import { aBench } from '../fakes/engine.ts'
import { roundsOf } from '../fakes/rounds.ts'

export interface Week {
  readonly keys: number
  readonly every: Millis
}

export interface Measured {
  readonly rounds: number
  readonly rotations: number
  /** Bytes at the end of each day. */
  readonly heap: readonly number[]
}

export async function liveAWeek({ keys: count, every }: Week): Promise<Measured> {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const bench = aBench()
  const rounds = roundsOf(bench)
  const keys = Array.from({ length: count }, (_, i) => {
    const rotation = aRotation({ every: (7 + (i % 23)) * DAY, jitter: DAY, grace: 12 * HOUR, hold: HOUR })
    return aKey({ id: `team-${i % 40}/key-${i}`, owner: `team-${i % 40}`, rotation, places: [aPlace(`p${i}`)] })
  })
  await age(bench, rounds, keys)
  const gauges = await metrics('0.0.0')
  const heap: number[] = []
  let rotations = 0
  let done = 0
  for (let day = 0; day < 7; day++) {
    for (let passed = 0; passed < DAY; passed += every) {
      bench.sent.length = 0
      bench.events.length = 0
      const round = await rounds.run(keys, { every })
      rotations += round.result.outcomes.filter(({ steps }) => steps.includes('activate')).length
      done += 1
      const board = boardOf(round.after)
      const alerts = alertsOf({
        board,
        outcomes: round.result.outcomes,
        failing: [],
        refusals: round.refusals,
        missing: round.missing,
        credentials: {},
        managementKeyAge: 90 * DAY,
        writesPerDay: new Map(),
        every,
      })
      const now = bench.now()
      const loop = {
        source: 'week',
        commit: null,
        every,
        rounds: done,
        failures: 0,
        lastGood: instant(now),
        next: instant(now + every),
        problem: null,
        apiUp: true,
        backedOff: [],
      }
      const view = { at: instant(now), board, loop, alerts }
      gauges.note(view, { error: null })
      await bench.underLease(({ store }) =>
        watch({
          config: { stack: 'test-1', notify: [], heartbeat: [] },
          around: { root: '.', env: {} },
          store,
          now,
          alerts,
          isWhole: true,
          isGood: true,
          board,
          change: (memo) => memo,
        }),
      )
      const asked = { method: 'GET', headers: {}, body: Buffer.alloc(0) }
      const around = { view, now, gauges, webhook: null, ref: null, wake: () => undefined }
      for (const path of ['/', '/status.json', '/metrics']) await answer({ ...asked, path }, around)
      bench.advance(every)
    }
    collect()
    collect()
    heap.push(process.memoryUsage().heapUsed)
  }
  return { rounds: done, rotations, heap }
}

/** The stack has lived for a month before the week begins: histories are as full as they become. */
async function age(
  bench: ReturnType<typeof aBench>,
  rounds: ReturnType<typeof roundsOf>,
  keys: Parameters<ReturnType<typeof roundsOf>['run']>[0],
): Promise<void> {
  for (let passed = 0; passed < 30 * DAY; passed += DAY) {
    await rounds.run(keys)
    bench.sent.length = 0
    bench.events.length = 0
    bench.advance(DAY)
  }
}
