/** A project folder of its own, in front of an emulator that runs as a process. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { recordedIds } from '../../src/core/ownership.ts'
import type { KeyRecord } from '../../src/core/record.ts'
import { systemClock } from '../../src/io/clock.ts'
import type { StateStore } from '../../src/ports/state-store.ts'
import { localStore } from '../../src/stores/local.ts'
import { type Ended, type Running, runCli, type StartOptions, startCli } from '../fakes/cli-process.ts'
import { startProxy, type WriteProxy } from '../fakes/proxy.ts'
import type { House, LiveKey } from './house.ts'
import { type Manifest, manifestText } from './manifest.ts'

export interface Stack {
  readonly name: string
  readonly proxy: WriteProxy
  readonly house: House
  save(manifest: Manifest): Promise<void>
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Running
  run(args: readonly string[]): Promise<Ended>
  records(): Promise<ReadonlyMap<string, KeyRecord>>
  /** Live keys that carry this stack's marker. */
  live(): Promise<readonly LiveKey[]>
  /** The secret that a place of this stack holds; `null` when it is empty. */
  heldBy(place: string): Promise<string | null>
  close(): Promise<void>
}

/** Another store than the folder of the project. */
export interface StackStore {
  readonly config: object
  readonly env: Readonly<Record<string, string>>
  open(): Promise<StateStore>
}

/** How `run` carries a command out; as a process unless said. */
export type Runner = (args: readonly string[], at: Required<Omit<StartOptions, 'stdin'>>) => Promise<Ended>

export interface StackOptions {
  readonly store?: StackStore
  readonly run?: Runner
}

export async function openStack(name: string, house: House, options: StackOptions = {}): Promise<Stack> {
  const { store: elsewhere, run = runCli } = options
  const { emulator, time } = house
  const folder = await mkdtemp(join(tmpdir(), `keywright-${name}-`))
  const proxy = await startProxy(emulator.strait.baseUrl)
  await mkdir(join(folder, 'keys'))
  await writeFile(
    join(folder, 'keywright.yaml'),
    configText(name, { house, origin: proxy.origin, store: elsewhere?.config }),
  )
  const env = {
    OPENROUTER_MANAGEMENT_KEY: emulator.managementKey,
    STRAIT_API_KEY: emulator.strait.token,
    KEYWRIGHT_LOG_LEVEL: 'error',
    ...elsewhere?.env,
  }
  const at = (more?: Readonly<Record<string, string>>) => ({ cwd: folder, env: { ...env, ...time.env(), ...more } })
  return {
    name,
    proxy,
    house,
    save: (manifest) => writeFile(join(folder, 'keys', 'all.keys.yaml'), manifestText(manifest, house.guardrail)),
    start: (args, more) => startCli(args, at(more)),
    run: (args) => run(args, at()),
    async records() {
      const store = (await elsewhere?.open()) ?? localStore({ root: folder, clock: systemClock })
      const { records } = await store.read(name)
      await store.close()
      return records
    },
    live: async () => (await house.live()).filter((key) => key.name.includes(`[kw:${name}/`)),
    heldBy: (place) => heldBy(folder, place),
    async close() {
      await proxy.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface Surroundings {
  readonly house: House
  readonly origin: string
  readonly store: object | undefined
}

function configText(stack: string, { house: { emulator }, origin, store }: Surroundings): string {
  return JSON.stringify({
    version: 1,
    stack,
    store,
    providers: {
      openrouter: { kind: 'openrouter', baseUrl: `${origin}/api/v1`, token: { env: 'OPENROUTER_MANAGEMENT_KEY' } },
      strait: {
        kind: 'strait',
        baseUrl: origin,
        token: { env: 'STRAIT_API_KEY' },
        project: emulator.strait.project,
      },
    },
    sinks: { dotenv: { kind: 'dotenv' }, files: { kind: 'file', root: 'secrets' } },
    guard: { maxDeletePercent: 100 },
    loop: { every: '10m' },
  })
}

async function heldBy(folder: string, place: string): Promise<string | null> {
  const [, sink = '', path = '', field] = /^(\w+):([^#]+)(?:#(.+))?$/.exec(place) ?? []
  const file = join(folder, sink === 'dotenv' ? '.env.keys' : `secrets/${path}`)
  const text = await readFile(file, 'utf8').catch(() => '')
  if (sink === 'dotenv') return new RegExp(`^${path}=["']?([^"'\\n]+)["']?$`, 'm').exec(text)?.[1] ?? null
  if (field === undefined) return text.trim() === '' ? null : text.trim()
  const document = (text === '' ? {} : JSON.parse(text)) as Record<string, string>
  return document[field] ?? null
}

/** Work the records know to be open, or live keys they do not know: what a killed process left for the next one. */
export function unfinished(records: ReadonlyMap<string, KeyRecord>, live: readonly LiveKey[]): boolean {
  const known = recordedIds(records)
  if (live.some((key) => !known.has(key.id))) return true
  const enabled = new Set(live.flatMap((key) => (key.disabled ? [] : [key.id])))
  return [...records.values()].some(
    ({ generations, places, patches, requested, compromised, carry }) =>
      requested !== undefined ||
      compromised !== undefined ||
      carry?.cut !== undefined ||
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
