import { afterEach, describe, expect, it } from 'vitest'
import { type Limiter, limiter } from '../../src/io/http/limiter.ts'
import { leapingClock } from '../fakes/key-apis.ts'
import { type Answer, closeServers, failure, scripted } from './scripted.ts'

afterEach(closeServers)

function limited(ceiling: number) {
  const clock = leapingClock()
  return { clock, limit: limiter({ ceiling, longestWait: 60_000, clock }) }
}

/** Starts `count` works that end when told. */
function hold(limit: Limiter, count: number) {
  const tickets: number[] = []
  const ends: (() => void)[] = []
  const works = Array.from({ length: count }, () =>
    limit.run((ticket) => {
      tickets.push(ticket)
      return new Promise<void>((resolve) => ends.push(resolve))
    }),
  )
  const started = () => new Promise<number>((resolve) => setImmediate(() => resolve(tickets.length)))
  const finish = async () => {
    while ((await started()) > 0 && ends.length > 0) ends.splice(0).map((end) => end())
    await Promise.all(works)
  }
  return { tickets, ends, started, finish }
}

describe('the limiter', () => {
  it('starts no more than its ceiling at once, and the rest as others end', async () => {
    const { limit } = limited(3)
    const held = hold(limit, 5)
    expect(await held.started()).toBe(3)
    held.ends.shift()?.()
    expect(await held.started()).toBe(4)
    await held.finish()
    expect(held.tickets).toHaveLength(5)
  })

  it('goes on after work that fails', async () => {
    const { limit } = limited(1)
    await expect(limit.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await limit.run(async () => 'yes')).toBe('yes')
  })

  it('halves once for a burst of refusals, and again for a later one', async () => {
    const { limit } = limited(20)
    const held = hold(limit, 20)
    await held.started()
    for (const ticket of held.tickets) limit.refused(ticket)
    expect(limit.width()).toBe(10)
    await held.finish()
    await limit.run(async (ticket) => limit.refused(ticket))
    expect(limit.width()).toBe(5)
  })

  it('never stops altogether', async () => {
    const { limit } = limited(2)
    for (let round = 0; round < 10; round++) await limit.run(async (ticket) => limit.refused(ticket))
    expect(limit.width()).toBe(1)
    expect(await limit.run(async () => 'runs')).toBe('runs')
  })

  it('grows by one for a round of successes, up to its ceiling', async () => {
    const { limit } = limited(8)
    await limit.run(async (ticket) => limit.refused(ticket))
    expect(limit.width()).toBe(4)
    for (let success = 0; success < 5; success++) limit.succeeded()
    expect(limit.width()).toBe(5)
    for (let success = 0; success < 100; success++) limit.succeeded()
    expect(limit.width()).toBe(8)
  })

  it('holds everything back during a pause', async () => {
    const { limit, clock } = limited(4)
    limit.pause(30_000)
    const startedAt = await limit.run(async () => clock.now())
    expect(clock.sleeps).toEqual([30_000])
    expect(startedAt).toBe(clock.now())
    expect(limit.pausedFor()).toBe(0)
  })

  it('lets work see a pause that is too long to wait for, and believes in none beyond 15 minutes', async () => {
    const { limit, clock } = limited(4)
    limit.pause(10 * 86_400_000)
    expect(await limit.run(async () => limit.pausedFor())).toBe(900_000)
    expect(clock.sleeps).toEqual([])
  })

  it('keeps the longer of two pauses', () => {
    const { limit } = limited(4)
    limit.pause(20_000)
    limit.pause(10_000)
    expect(limit.pausedFor()).toBe(20_000)
  })
})

describe('a provider', () => {
  it('has fewer requests under way after a burst of 429', async () => {
    const burst: ((answer: Answer) => void)[] = []
    let inside = 0
    let peak = 0
    const { api } = await scripted(
      async (_, count) => {
        if (count <= 8) return new Promise((resolve) => burst.push(resolve) === 8 && refuseAll(burst))
        peak = Math.max(peak, ++inside)
        await new Promise((resolve) => setTimeout(resolve, 5))
        inside -= 1
        return failure(404)
      },
      { parallelism: 8 },
    )
    await Promise.all(Array.from({ length: 8 }, () => api.get('0'.repeat(64))))
    expect(peak).toBeGreaterThan(0)
    expect(peak).toBeLessThanOrEqual(6)
  })

  it('pauses all calls when one is told to wait', async () => {
    const answer = { ...failure(429), headers: { 'retry-after': '9' } }
    const { api, clock } = await scripted((_, count) => (count === 1 ? answer : failure(404)), { parallelism: 1 })
    const from = clock.now()
    await Promise.all([api.get('0'.repeat(64)), api.get('1'.repeat(64))])
    expect(clock.now() - from).toBe(9_000)
  })
})

function refuseAll(burst: ((answer: Answer) => void)[]): void {
  for (const answer of burst) answer(failure(429))
}
