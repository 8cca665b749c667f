import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'esbuild'
import { expect, onTestFinished, test } from 'vitest'
import { emulatorClock } from '../../src/emulators/clock.ts'
import { accountOf } from '../../src/emulators/openrouter/account.ts'
import { addForeignKey } from '../../src/emulators/openrouter/foreign.ts'
import { openRouterHooks } from '../../src/emulators/openrouter/hooks.ts'
import { DEFAULT_READINGS } from '../../src/emulators/openrouter/readings.ts'
import { buildWorld } from '../../src/emulators/openrouter/world.ts'
import { startEmulator } from '../../src/emulators/server.ts'
import { caller, create, emulate, keyOf, keysOf, names, send, temporaryFolder, type WireKey } from './client.ts'

test('goes on after a restart with the same account, keys, order, usage, tombstones and valid secrets', async () => {
  const state = join(temporaryFolder(), 'state')
  const before = await startEmulator({ state, keys: 3, clock: '2030-01-01T00:00:00Z' })
  const call = caller(before)
  const kept = await create(call, { name: 'kept', limit: 9, limit_reset: 'daily' })
  const gone = await create(call, { name: 'gone' })
  await call('PATCH', `/keys/${kept.key.hash}`, { name: 'renamed' })
  await call('DELETE', `/keys/${gone.key.hash}`)
  before.world.openrouter.addUsage(kept.key.hash, 2)
  const truth = before.world.openrouter.keys()
  await before.close()

  const after = await emulate({ state, keys: 3, clock: '2030-01-01T00:00:00Z' })
  expect(after.openrouter.managementKey).toBe(before.openrouter.managementKey)
  expect(after.world.openrouter.workspaces).toEqual(before.world.openrouter.workspaces)
  expect(after.world.openrouter.keys()).toEqual(truth)
  expect(await names(caller(after))).toEqual(['renamed', 'foreign 3', 'foreign 2', 'foreign 1'])
  expect((await caller(after, kept.secret)('GET', '/key')).body.data).toMatchObject({ limit_remaining: 7 })
  expect((await caller(after, gone.secret)('GET', '/key')).status).toBe(401)
})

test('keeps created_at rising over a restart while the clock stands', async () => {
  const state = join(temporaryFolder(), 'state')
  const options = { state, clock: '2030-01-01T00:00:00Z' }
  const before = await startEmulator(options)
  const old = await create(caller(before))
  await before.close()
  const { key } = await create(caller(await emulate(options)))
  expect(key.created_at > old.key.created_at).toBe(true)
})

test('never repeats a secret after a restart with the same seed', async () => {
  const state = join(temporaryFolder(), 'state')
  const before = await startEmulator({ state, seed: 5 })
  const old = await create(caller(before))
  await before.close()
  expect((await create(caller(await emulate({ state, seed: 5 })))).secret).not.toBe(old.secret)
})

test('writes no secret into the state file, which only its owner may read', async () => {
  const state = join(temporaryFolder(), 'state')
  const emulator = await emulate({ state, seed: 1 })
  const { key, secret } = await create(caller(emulator))
  const text = readFileSync(state, 'utf8')
  expect(text).toContain(key.hash)
  for (const hidden of [secret, secret.slice(9), emulator.openrouter.managementKey]) expect(text).not.toContain(hidden)
  expect(statSync(state).mode & 0o777).toBe(0o600)
})

test('drops a last line that was cut, and nothing else', async () => {
  const state = join(temporaryFolder(), 'state')
  const before = await startEmulator({ state })
  await create(caller(before), { name: 'whole' })
  await before.close()
  appendFileSync(state, '{"api":"openrouter","op":"crea')
  const after = await startEmulator({ state })
  await create(caller(after), { name: 'next' })
  await after.close()
  expect(await names(caller(await emulate({ state })))).toEqual(['next', 'whole'])
})

test('does not start on a state file that takes nothing', async () => {
  await expect(startEmulator({ state: '/dev/full' })).rejects.toMatchObject({ code: 'ENOSPC' })
})

test('changes nothing in memory when the journal refuses the change', () => {
  let isFull = false
  const append = (): void => {
    if (isFull) throw new Error('full')
  }
  const parts = { journal: { past: [], append, close: () => {} }, clock: emulatorClock('real'), isSeeded: false }
  const account = accountOf('some account', '2030-01-01T00:00:00Z')
  const world = buildWorld({ ...parts, account, readings: DEFAULT_READINGS }, [])
  const { hash } = addForeignKey(world, { name: 'before' })
  isFull = true
  expect(() => addForeignKey(world, { name: 'second' })).toThrow('full')
  expect(() => openRouterHooks(world).edit(hash, { name: 'after' })).toThrow('full')
  expect(openRouterHooks(world).keys()).toMatchObject([{ name: 'before', updated_at: null }])
})

test('lists every secret ever issued, also those of cut answers, in a file that only its owner may read', async () => {
  const issued = join(temporaryFolder(), 'issued')
  writeFileSync(issued, '', { mode: 0o644 })
  const emulator = await emulate({ issued, seed: 3 })
  const call = caller(emulator)
  const { secret } = await create(call)
  emulator.world.faults.add({ method: 'POST', pattern: '/keys', kind: 'cut-after-commit', count: null })
  await expect(call('POST', '/keys', { name: 'cut' })).rejects.toThrow(TypeError)
  const lines = readFileSync(issued, 'utf8').trimEnd().split('\n')
  const { openrouter, strait } = emulator
  expect(lines.slice(0, 4)).toEqual([openrouter.managementKey, strait.token, strait.internalSecret, secret])
  expect(lines).toHaveLength(5)
  expect(statSync(issued).mode & 0o777).toBe(0o600)
})

test('adds nothing twice to that file when it starts again', async () => {
  const folder = temporaryFolder()
  const options = { issued: join(folder, 'issued'), state: join(folder, 'state') }
  await (await startEmulator(options)).close()
  await (await startEmulator(options)).close()
  expect(readFileSync(options.issued, 'utf8').trimEnd().split('\n')).toHaveLength(3)
})

test('gives the same account and secrets for the same seed, and others for another', async () => {
  const account = async (seed: number | undefined): Promise<unknown[]> => {
    const emulator = await emulate({ seed, clock: '2030-01-01T00:00:00Z' })
    const { key, secret } = await create(caller(emulator))
    return [emulator.openrouter.managementKey, emulator.world.openrouter.workspaces, key, secret]
  }
  const [one, again, other, free, freeAgain] = await Promise.all([
    account(1),
    account(1),
    account(2),
    account(undefined),
    account(undefined),
  ])
  expect(again).toEqual(one)
  for (const [index, value] of (one ?? []).entries()) expect(other?.[index]).not.toEqual(value)
  for (const [index, value] of (free ?? []).entries()) expect(freeAgain?.[index]).not.toEqual(value)
})

/** The emulator as a process of its own, from the same sources. */
async function spawnEmulator(
  script: string,
  state: string,
): Promise<{ baseUrl: string; managementKey: string; kill: () => Promise<unknown> }> {
  const child = spawn(process.execPath, [script, state], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const kill = async (): Promise<unknown> => {
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    return gone
  }
  return { ...(JSON.parse(line) as { openrouter: { baseUrl: string; managementKey: string } }).openrouter, kill }
}

test('loses no acknowledged write when it is killed among many', async () => {
  const folder = temporaryFolder()
  const script = join(folder, 'emulator.mjs')
  const contents = `import { emulatorClock } from '../../src/emulators/clock.ts'
import { accountOf } from '../../src/emulators/openrouter/account.ts'
import { addForeignKey } from '../../src/emulators/openrouter/foreign.ts'
import { openRouterHooks } from '../../src/emulators/openrouter/hooks.ts'
import { DEFAULT_READINGS } from '../../src/emulators/openrouter/readings.ts'
import { buildWorld } from '../../src/emulators/openrouter/world.ts'
import { startEmulator } from './server.ts'
    const emulator = await startEmulator({ state: process.argv[2] })
    console.log(JSON.stringify(emulator.firstLine))`
  const resolveDir = join(import.meta.dirname, '../../src/emulators')
  await build({
    stdin: { contents, resolveDir, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: script,
  })

  const first = await spawnEmulator(script, join(folder, 'state'))
  const headers = { authorization: `Bearer ${first.managementKey}` }
  const acknowledged: string[] = []
  const worker = async (): Promise<void> => {
    for (;;) acknowledged.push(keyOf(await send(`${first.baseUrl}/keys`, 'POST', headers, { name: 'x' })).hash)
  }
  const workers = Promise.allSettled([worker(), worker(), worker(), worker()])
  await expect.poll(() => acknowledged.length, { interval: 5 }).toBeGreaterThan(60)
  await first.kill()
  await workers

  const second = await spawnEmulator(script, join(folder, 'state'))
  expect(second.managementKey).toBe(first.managementKey)
  const kept: WireKey[] = []
  for (let page: WireKey[] = []; ; kept.push(...page)) {
    page = keysOf(await send(`${second.baseUrl}/keys?offset=${kept.length}`, 'GET', headers))
    if (page.length === 0) break
  }
  const hashes = new Set(kept.map(({ hash }) => hash))
  expect(acknowledged.filter((hash) => !hashes.has(hash))).toEqual([])
  expect(hashes.size - acknowledged.length).toBeLessThanOrEqual(4)
})
