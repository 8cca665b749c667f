import { describe, expect, it } from 'vitest'
import { type Gate, gate } from '../../src/io/http/gate.ts'
import { type HandClock, handClock } from '../fakes/hand-clock.ts'

const LIMITS = { perMinute: 100, lanes: { create: 10, revoke: 10 }, ceiling: 4, longestWait: 60_000 }

function open(change: Partial<typeof LIMITS> = {}): { readonly clock: HandClock; readonly door: Gate } {
  const clock = handClock()
  return { clock, door: gate({ ...LIMITS, clock, ...change }) }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

async function pass(clock: HandClock, millis: number): Promise<void> {
  for (let left = millis; left > 0; left -= 1000) await clock.advance(Math.min(1000, left))
}

describe('a gate', () => {
  it('lets requests of a lane leave in the order they came', async () => {
    const { clock, door } = open()
    const left: number[] = []
    for (let number = 0; number < 14; number++) void door.run('create', async () => void left.push(number))
    await turn()
    expect(left).toHaveLength(9)
    await pass(clock, 120_000)
    expect(left).toEqual([...left].sort((a, b) => a - b))
    expect(left).toHaveLength(14)
  })

  it('holds up no other lane for one that is full', async () => {
    const { door } = open()
    const left: string[] = []
    for (let number = 0; number < 30; number++) void door.run('create', async () => void left.push('create'))
    for (const lane of ['read', 'revoke', 'read']) void door.run(lane, async () => void left.push(lane))
    await turn()
    expect(left.filter((lane) => lane !== 'create').sort()).toEqual(['read', 'read', 'revoke'])
  })

  it('lets reads go on at two thirds of the limit of all while every other lane is busy', async () => {
    const { clock, door } = open()
    const reads: number[] = []
    for (let number = 0; number < 60; number++)
      for (const lane of ['create', 'revoke']) void door.run(lane, async () => {})
    for (let number = 0; number < 400; number++) void door.run('read', async () => reads.push(1))
    await pass(clock, 240_000)
    expect(reads.length).toBeGreaterThan(4 * 66)
  })

  it('runs at most so many requests at once', async () => {
    const { door } = open({ ceiling: 2 })
    const ends: (() => void)[] = []
    for (let number = 0; number < 5; number++) void door.run('read', () => new Promise<void>((end) => ends.push(end)))
    await turn()
    expect(ends).toHaveLength(2)
    ends[0]?.()
    await turn()
    expect(ends).toHaveLength(3)
  })

  it('gives its place back when a request fails', async () => {
    const { door } = open({ ceiling: 1 })
    const failing = door.run('read', async () => {
      throw new Error('broken')
    })
    await expect(failing).rejects.toThrow('broken')
    expect(await door.run('read', async () => 'next')).toBe('next')
  })

  it('starts nothing during a pause, and all of it afterwards', async () => {
    const { clock, door } = open()
    const started: number[] = []
    door.pause(30_000)
    for (const lane of ['read', 'create']) void door.run(lane, async () => started.push(1))
    await clock.advance(29_999)
    expect(started.length).toBe(0)
    await clock.advance(1)
    await turn()
    expect(started.length).toBe(2)
  })

  it('honours a pause that was made longer meanwhile', async () => {
    const { clock, door } = open()
    const started: number[] = []
    door.pause(10_000)
    void door.run('read', async () => started.push(1))
    await turn()
    door.pause(30_000)
    await clock.advance(10_000)
    expect(started.length).toBe(0)
    await clock.advance(20_000)
    await turn()
    expect(started.length).toBe(1)
  })

  it('lets requests see a pause that is too long to wait for, and counts none of them', async () => {
    const { clock, door } = open()
    door.pause(61_000)
    const seen = await Promise.all(Array.from({ length: 20 }, () => door.run('create', async () => door.pausedFor())))
    expect(seen).toEqual(Array.from({ length: 20 }, () => 61_000))
    await pass(clock, 61_000)
    const sent: number[] = []
    for (let number = 0; number < 9; number++) void door.run('create', async () => sent.push(1))
    await turn()
    expect(sent.length).toBe(9)
  })

  it('is paused for a quarter of an hour at most', () => {
    const { door } = open()
    door.pause(1e12)
    expect(door.pausedFor()).toBe(900_000)
  })
})
