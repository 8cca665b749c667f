import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { build } from 'esbuild'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { withFileLock } from '../../src/io/file-lock.ts'
import { thisProcess } from '../../src/io/lease-holder.ts'
import { openDotenv } from '../../src/sinks/dotenv.ts'
import { contextOf, folder, placeOf } from '../fakes/sinks.ts'

const config = { kind: 'dotenv' } as const
const root = folder()
const program = join(root, 'writer.mjs')
let at: string
let rounds = 0

beforeAll(async () => {
  const entry = join(import.meta.dirname, 'writer.child.ts')
  await build({ entryPoints: [entry], outfile: program, bundle: true, platform: 'node', format: 'esm' })
})
afterAll(() => rmSync(root, { recursive: true }))
beforeEach(() => {
  rounds += 1
  at = join(root, `${rounds}`)
  mkdirSync(at)
})

/** Starts the program and waits for its first sign of life. */
async function started(...args: string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((resolve) => child.stdout?.once('data', resolve))
  return child
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}

async function write(name: string, value: string, lockWaitMillis?: number): Promise<string> {
  const sink = await openDotenv(config, contextOf(at, lockWaitMillis === undefined ? {} : { lockWaitMillis }))
  const place = placeOf(`here:${name}`, config)
  const { version } = await sink.preflight(place)
  return sink.write(place, Secret.of(value), version).then(
    () => 'done',
    (error) => `${error.code} ${error.retryable}`,
  )
}

const neighbours = Array.from({ length: 2000 }, (_, i) => `N${i}=neighbour-${i}`).join('\n')

describe('processes that are killed while they write', () => {
  it.each([1, 2, 3, 4])('never leave a torn file, a stuck lock or a draft (%i)', async () => {
    const file = join(at, '.env.keys')
    writeFileSync(file, `${neighbours}\n`)
    const children = await Promise.all([started('write', at, 'A'), started('write', at, 'B')])
    const until = Date.now() + Math.random() * 60
    while (Date.now() < until) expect(readFileSync(file, 'utf8').startsWith(neighbours)).toBe(true)
    await Promise.all(children.map(end))
    const lines = readFileSync(file, 'utf8').split('\n')
    expect(lines.slice(0, 2000).join('\n')).toBe(neighbours)
    expect(lines.slice(2000).toSorted()).toEqual([
      '',
      expect.stringMatching(/^A=value-\d+-end$/),
      expect.stringMatching(/^B=value-\d+-end$/),
    ])
    expect(await write('C', 'after')).toBe('done')
    expect(readFileSync(file, 'utf8')).toContain('C=after\n')
    expect(readdirSync(at)).toEqual(['.env.keys'])
  })
})

describe('the lock of a file', () => {
  const lock = (): string => join(at, '.env.keys.kw-lock')
  const content = (holder: object): string => JSON.stringify({ ...thisProcess(), nonce: 'x', ...holder })
  const dead = (): string => content({ pid: 2 ** 22 + 1 })

  it('is waited for, but never broken, while its process is stopped, and broken once it is dead', async () => {
    const child = await started('hold', join(at, '.env.keys'))
    child.kill('SIGSTOP')
    const held = readFileSync(lock(), 'utf8')
    expect(await write('K', 'v', 60)).toBe('SINK_UNREACHABLE true')
    expect(readFileSync(lock(), 'utf8')).toBe(held)
    await end(child)
    expect(await write('K', 'v', 60)).toBe('done')
    expect(existsSync(lock())).toBe(false)
  })

  it.each([
    ['a free pid', { pid: 2 ** 22 + 1 }],
    ['our pid, which another process had before us', { startedAt: '1' }],
  ])('is broken when its holder is certainly gone: %s', async (_, holder) => {
    writeFileSync(lock(), content(holder))
    expect(await write('K', 'v', 60)).toBe('done')
  })

  it.each([
    ['on another machine', () => content({ host: `not-${hostname()}` })],
    ['in another boot or container', () => content({ bootId: 'other' })],
    ['unreadable', () => 'x'],
  ])('of a holder that nobody can look at is believed for ten minutes: %s', async (_, text) => {
    writeFileSync(lock(), text())
    expect(await write('K', 'v', 60)).toBe('SINK_UNREACHABLE true')
    const old = Date.now() / 1000 - 601
    utimesSync(lock(), old, old)
    expect(await write('K', 'v', 60)).toBe('done')
  })

  it('of a dead process is broken only by the holder of the next lock', async () => {
    writeFileSync(lock(), dead())
    writeFileSync(`${lock()}.b`, content({}))
    expect(await write('K', 'v', 60)).toBe('SINK_UNREACHABLE true')
    expect(readFileSync(lock(), 'utf8')).toBe(dead())
  })

  it('is looked at again before it is broken, as somebody may have been faster', async () => {
    writeFileSync(lock(), dead())
    writeFileSync(`${lock()}.b`, content({}))
    const writing = write('K', 'v', 200)
    await setTimeout(60)
    writeFileSync(lock(), content({ nonce: 'faster' }))
    rmSync(`${lock()}.b`)
    expect(await writing).toBe('SINK_UNREACHABLE true')
    expect(readFileSync(lock(), 'utf8')).toContain('faster')
    expect(readdirSync(at)).toEqual(['.env.keys.kw-lock'])
  })

  it('is held by one at a time when many find it, and the lock of the lock, left by dead processes', async () => {
    let inside = 0
    let most = 0
    let turns = 0
    for (let round = 0; round < 6; round++) {
      for (const name of ['', '.b', '.b.b'].slice(0, 1 + (round % 3))) writeFileSync(lock() + name, dead())
      const work = async (): Promise<void> => {
        most = Math.max(most, ++inside)
        await setTimeout(1)
        inside -= 1
        turns += 1
      }
      await Promise.all(Array.from({ length: 8 }, () => withFileLock(join(at, '.env.keys'), 5000, work)))
      expect(readdirSync(at)).toEqual([])
    }
    expect([most, turns]).toEqual([1, 48])
  })

  it('stops a holder that lost it before it replaces the file', async () => {
    const lost = withFileLock(join(at, '.env.keys'), 100, async (stillHeld) => {
      writeFileSync(lock(), content({ host: 'other' }))
      await stillHeld()
    })
    await expect(lost).rejects.toMatchObject({ code: 'SINK_UNREACHABLE' })
    expect(existsSync(lock())).toBe(true)
  })
})
