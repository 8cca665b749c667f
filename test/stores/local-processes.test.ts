import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/io/clock.ts'
import { type LocalStore, localStore } from '../../src/stores/local.ts'
import { scratchFolder } from '../fakes/stores.ts'

interface Child {
  readonly process: ChildProcess
  readonly lines: string[]
  /** The next line it says, or null when it ended. */
  next(): Promise<string | null>
}

const NEVER = 1 << 30
const programs = scratchFolder()
const program = join(programs, 'child.mjs')
let root: string
let store: LocalStore
let children: Child[] = []

beforeAll(async () => {
  const entry = join(import.meta.dirname, 'child.ts')
  await build({ entryPoints: [entry], outfile: program, bundle: true, platform: 'node', format: 'esm' })
})
afterAll(() => rmSync(programs, { recursive: true }))

beforeEach(() => {
  root = scratchFolder()
  store = localStore({ root, clock: systemClock })
})
afterEach(async () => {
  for (const { process } of children) process.kill('SIGKILL')
  children = []
  await store.close()
  rmSync(root, { recursive: true, force: true })
})

function start(...words: (string | number)[]): Child {
  const process = spawn('node', [program, root, ...words.map(String)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines: string[] = []
  const spoken = createInterface({ input: process.stdout })
  const iterator = spoken[Symbol.asyncIterator]()
  const next = async (): Promise<string | null> => {
    const { value, done } = await iterator.next()
    if (done) return null
    lines.push(value)
    return value
  }
  const child = { process, lines, next }
  children.push(child)
  return child
}

async function toEnd(child: Child): Promise<number> {
  while ((await child.next()) !== null);
  return child.lines.filter((line) => line === 'counted').length
}

async function counter(): Promise<{ readonly highest: number; readonly serial: number }> {
  const record = (await store.read('acme')).records.get('acme/a')
  return { highest: record?.highest ?? 0, serial: record?.serial ?? 0 }
}

describe('several processes on one local store', () => {
  it('lose no increment and count none twice, across many compactions', async () => {
    const counted = await Promise.all([1, 2, 3].map(() => toEnd(start(1_500, 'count', 40))))
    expect(counted).toEqual([40, 40, 40])
    expect(await counter()).toEqual({ highest: 120, serial: 120 })
    const [epoch = '', ...others] = readdirSync(store.location)
    expect(others).toEqual([])
    expect(Number(/^state\.(\d+)\.jsonl$/.exec(epoch)?.[1])).toBeGreaterThan(5)
  })

  it('keep every acknowledged increment of one that is killed, and go on', async () => {
    const steady = toEnd(start(4_000, 'count', 40))
    let acknowledged = 0
    for (let round = 0; round < 3; round++) {
      const victim = start(4_000, 'count', 1_000)
      for (let i = 0; i < 5 + round; i++) await victim.next()
      victim.process.kill('SIGKILL')
      acknowledged += await toEnd(victim)
    }
    acknowledged += await steady
    const { highest, serial } = await counter()
    expect(highest).toBe(serial)
    expect(serial).toBeGreaterThanOrEqual(acknowledged)
    expect(serial).toBeLessThanOrEqual(acknowledged + 3)
  })

  it('take the lease of a killed one at once', async () => {
    const child = start(NEVER, 'hold', 60_000)
    expect(await child.next()).toBe('held')
    await expect(store.lease('acme', { ttlMillis: 1_000, waitMillis: 0, command: 'test' })).rejects.toMatchObject({
      code: 'LOCK_HELD',
    })
    child.process.kill('SIGKILL')
    await once(child.process, 'exit')
    await (await store.lease('acme', { ttlMillis: 1_000, waitMillis: 0, command: 'test' })).check()
  })

  it('take the lease of a suspended one when it ran out, and refuse it everything when it wakes', async () => {
    const child = start(NEVER, 'hold', 400)
    expect(await child.next()).toBe('held')
    child.process.stdin?.write('acme/before\n')
    expect(await child.next()).toBe('saved')
    child.process.kill('SIGSTOP')
    const lease = await store.lease('acme', { ttlMillis: 60_000, waitMillis: 5_000, command: 'test' })
    child.process.stdin?.write('acme/late\n')
    child.process.kill('SIGCONT')
    expect(await child.next()).toBe('LEASE_LOST')
    await lease.check()
    expect([...(await store.read('acme')).records.keys()]).toEqual(['acme/before'])
  })

  it('renew a lease in the background, and lose it for good by sleeping through it', async () => {
    const child = start(NEVER, 'hold', 300)
    expect(await child.next()).toBe('held')
    await systemClock.sleep(700)
    child.process.stdin?.write('acme/a\n')
    expect(await child.next()).toBe('saved')
    child.process.kill('SIGSTOP')
    await systemClock.sleep(400)
    child.process.kill('SIGCONT')
    await systemClock.sleep(100)
    child.process.stdin?.write('acme/b\n')
    expect(await child.next()).toBe('LEASE_LOST')
  })
})
