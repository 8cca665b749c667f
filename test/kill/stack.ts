/** A project folder of its own, in front of an emulator that runs as a process. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { recordedIds } from '../../src/core/ownership.ts'
import type { KeyRecord } from '../../src/core/record.ts'
import { systemClock } from '../../src/io/clock.ts'
import { localStore } from '../../src/stores/local.ts'
import { type EmulatorProcess, type Ended, type Running, runCli, startCli } from '../fakes/cli-process.ts'
import { startProxy, type WriteProxy } from '../fakes/proxy.ts'
import { type Manifest, manifestText } from './manifest.ts'

/** A live key as the emulator tells it. */
export interface EmulatedKey {
  readonly hash: string
  readonly name: string
  readonly disabled: boolean
  readonly limit: number | null
  readonly limit_reset: string | null
  readonly expires_at: string | null
}

export interface Stack {
  readonly name: string
  readonly folder: string
  readonly proxy: WriteProxy
  readonly emulator: EmulatorProcess
  save(manifest: Manifest): Promise<void>
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Running
  run(args: readonly string[]): Promise<Ended>
  records(): Promise<ReadonlyMap<string, KeyRecord>>
  /** Live keys that carry this stack's marker. */
  live(): Promise<readonly EmulatedKey[]>
  close(): Promise<void>
}

export async function openStack(name: string, emulator: EmulatorProcess): Promise<Stack> {
  const folder = await mkdtemp(join(tmpdir(), `keywright-${name}-`))
  const proxy = await startProxy(new URL(emulator.baseUrl).origin)
  await mkdir(join(folder, 'keys'))
  await writeFile(join(folder, 'keywright.yaml'), configText(name, `${proxy.origin}/api/v1`))
  const env = { OPENROUTER_MANAGEMENT_KEY: emulator.managementKey, KEYWRIGHT_LOG_LEVEL: 'error' }
  const options = { cwd: folder, env }
  return {
    name,
    folder,
    proxy,
    emulator,
    save: (manifest) => writeFile(join(folder, 'keys', 'all.keys.yaml'), manifestText(manifest)),
    start: (args, more) => startCli(args, { ...options, env: { ...env, ...more } }),
    run: (args) => runCli(args, options),
    async records() {
      const store = localStore({ root: folder, clock: systemClock })
      const { records } = await store.read(name)
      await store.close()
      return records
    },
    async live() {
      const { keys } = (await emulator.control('GET keys')) as unknown as {
        keys: (EmulatedKey & { deleted_at?: string | null })[]
      }
      return keys.filter((key) => (key.deleted_at ?? null) === null && key.name.includes(`[kw:${name}/`))
    },
    async close() {
      await proxy.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function configText(stack: string, baseUrl: string): string {
  return JSON.stringify({
    version: 1,
    stack,
    providers: { openrouter: { kind: 'openrouter', baseUrl, token: { env: 'OPENROUTER_MANAGEMENT_KEY' } } },
    sinks: { dotenv: { kind: 'dotenv' }, files: { kind: 'file', root: 'secrets' } },
    guard: { maxDeletePercent: 100 },
  })
}

/** Work the records know to be open, or live keys they do not know: what a killed process left for the next one. */
export function unfinished(records: ReadonlyMap<string, KeyRecord>, live: readonly EmulatedKey[]): boolean {
  const known = recordedIds(records)
  if (live.some((key) => !known.has(key.hash))) return true
  const enabled = new Set(live.flatMap((key) => (key.disabled ? [] : [key.hash])))
  return [...records.values()].some(
    ({ generations, places, patches }) =>
      patches.length > 0 ||
      places.some((place) => place.status === 'claimed' || place.status === 'written') ||
      generations.some(
        (g) =>
          g.phase === 'creating' ||
          g.phase === 'delivering' ||
          (g.phase === 'disabled' && enabled.has(g.id)) ||
          ((g.phase === 'disabled' || g.phase === 'superseded') && g.removing === true),
      ),
  )
}
