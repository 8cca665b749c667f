import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { systemClock } from '../../src/io/clock.ts'
import { type LocalStore, localStore } from '../../src/stores/local.ts'
import { scratchFolder } from '../fakes/stores.ts'

interface Child {
  readonly process: ChildProcess
  readonly lines: string[]
  /** The next line it says, or null when it ended. */
  next(): Promise<string | null>
}

interface World {
  readonly root: string
  readonly store: LocalStore
  /** Starts child.ts on the same folder. */
  start(compactBytes: number, ...words: (string | number)[]): Child
  counter(): Promise<{ readonly highest: number; readonly serial: number }>
}

const NEVER = 1 << 30
const TTL = 800
const programs = scratchFolder()
const program = join(programs, 'child.mjs')

beforeAll(async () => {
  const entry = join(import.meta.dirname, 'child.ts')
  await build({ entryPoints: [entry], outfile: program, bundle: true, platform: 'node', format: 'esm' })
})
afterAll(() => rmSync(programs, { recursive: true }))

function world(onTestFinished: (end: () => Promise<void>) => void): World {
  const root = scratchFolder()
  const store = localStore({ root, clock: systemClock })
  const children: Child[] = []
  onTestFinished(async () => {
    for (const { process } of children) process.kill('SIGKILL')
    await store.close()
    rmSync(root, { recursive: true, force: true })
  })
  return {
    root,
    store,
    start: (...words) => {
      const child = spawnChild('node', [program, root, ...words.map(String)])
      children.push(child)
      return child
    },
    counter: async () => {
      const record = (await store.read('acme')).records.get('acme/a')
      return { highest: record?.highest ?? 0, serial: record?.serial ?? 0 }
    },
  }
}

function spawnChild(command: string, words: readonly string[]): Child {
  const process = spawn(command, words, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines: string[] = []
  const spoken = createInterface({ input: process.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string | null> => {
    const { value, done } = await spoken.next()
    if (done) return null
    lines.push(value)
    return value
  }
  return { process, lines, next }
}

async function toEnd(child: Child): Promise<number> {
  while ((await child.next()) !== null);
  return child.lines.filter((line) => line === 'counted').length
}

describe.concurrent('several processes on one local store', () => {
  it('lose no increment and count none twice, across many compactions', async ({ expect, onTestFinished }) => {
    const { store, start, counter } = world(onTestFinished)
    const counted = await Promise.all([1, 2, 3].map(() => toEnd(start(1_500, 'count', 40))))
    expect(counted).toEqual([40, 40, 40])
    expect(await counter()).toEqual({ highest: 120, serial: 120 })
    const [epoch = '', ...others] = readdirSync(store.location)
    expect(others).toEqual([])
    expect(Number(/^state\.(\d+)\.jsonl$/.exec(epoch)?.[1])).toBeGreaterThan(5)
  })

  it('keep every acknowledged increment of one that is killed, and go on', async ({ expect, onTestFinished }) => {
    const { start, counter } = world(onTestFinished)
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

  it('say so when the disk takes no more or only a part, and keep what was acknowledged', async ({
    expect,
    onTestFinished,
  }) => {
    const { store, counter, root } = world(onTestFinished)
    const words = ['-c', 'ulimit -f 8; exec node "$@"', 'sh', program, root, `${NEVER}`, 'count', '1000']
    const child = spawnChild('sh', words)
    const counted = await toEnd(child)
    expect(child.lines.at(-1)).toBe('STATE_UNWRITABLE')
    expect(counted).toBeGreaterThan(3)
    expect(await counter()).toEqual({ highest: counted, serial: counted })
    const change = { address: 'acme/a', expectedSerial: counted, record: null }
    expect(await store.commit('acme', [change])).toEqual([null])
  })

  it('take the lease of a killed one at once', async ({ expect, onTestFinished }) => {
    const { store, start } = world(onTestFinished)
    const child = start(NEVER, 'hold', 60_000)
    expect(await child.next()).toBe('held')
    await expect(store.lease('acme', { ttlMillis: 1_000, waitMillis: 0, command: 'test' })).rejects.toMatchObject({
      code: 'LOCK_HELD',
    })
    child.process.kill('SIGKILL')
    await once(child.process, 'exit')
    await (await store.lease('acme', { ttlMillis: 1_000, waitMillis: 0, command: 'test' })).check()
  })

  it('take the lease of a suspended one when it ran out, and refuse it everything when it wakes', async ({
    expect,
    onTestFinished,
  }) => {
    const { store, start } = world(onTestFinished)
    const child = start(NEVER, 'hold', TTL)
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

  it('renew a lease in the background, and lose it for good by sleeping through it', async ({
    expect,
    onTestFinished,
  }) => {
    const { start } = world(onTestFinished)
    const child = start(NEVER, 'hold', TTL)
    expect(await child.next()).toBe('held')
    await systemClock.sleep(TTL * 1.5)
    child.process.stdin?.write('acme/a\n')
    expect(await child.next()).toBe('saved')
    child.process.kill('SIGSTOP')
    await systemClock.sleep(TTL + 100)
    child.process.kill('SIGCONT')
    await systemClock.sleep(100)
    child.process.stdin?.write('acme/b\n')
    expect(await child.next()).toBe('LEASE_LOST')
  })
})
