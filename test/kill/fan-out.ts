/**
 * One key, five places in four sinks, and everything that can go wrong in between: real processes struck down at a request to the API or to
 * any of the sinks, while both answer with faults. Afterwards nothing is left to do by hand.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { activeOf } from '../../src/core/record.ts'
import { systemClock } from '../../src/io/clock.ts'
import { localStore } from '../../src/stores/local.ts'
import { type Ended, type Running, startCli } from '../fakes/cli-process.ts'
import { fakeGithub, secretIn, WRITER } from '../fakes/github/server.ts'
import { startProxy } from '../fakes/proxy.ts'
import { fakeVault, fieldsOf, ROOT, type Fault as VaultFault } from '../fakes/vault/server.ts'
import { type Asked, type Fault, json, web } from '../fakes/web.ts'
import { type Random, seeded } from '../simulation/random.ts'
import { harm, type Memory, read } from './consumers.ts'
import { type House, openHouse } from './house.ts'
import { judge } from './judge.ts'
import type { OpenRouterSpec } from './keys.ts'
import { type Manifest, manifestText } from './manifest.ts'
import { said } from './round.ts'
import type { Stack } from './stack.ts'

const HOME = 'repos/acme/app/actions/secrets'
const KEY = 'whsec_b25seSBmb3IgdGVzdHMsIG5vdCBhIHNlY3JldCE='
const IDS = ['a', 'b'] as const
const HOUR = 3_600_000

/** Five places in four sinks. */
function spec(id: string): OpenRouterSpec {
  const upper = id.toUpperCase()
  return {
    provider: 'openrouter',
    id: `fan/${id}`,
    limit: 5,
    limitReset: 'monthly',
    expiresAt: null,
    disabled: false,
    serial: 1,
    every: 'manual',
    grace: '24h',
    hold: '1h',
    removalHold: '1h',
    budget: 'fresh',
    guarded: false,
    places: [
      `vault:ci/${id}#key`,
      `github:acme/app#K_${upper}`,
      `dotenv:K_${upper}`,
      `files:${id}.json#key`,
      `files:${id}.txt`,
    ],
  }
}

interface Fan extends Stack {
  /** Requests to the API and to sinks since the last call of `watch`. */
  watch(at: number, reached: () => void): void
  /** How likely a request to a sink meets a fault. */
  trouble: number
  /** Generations that somebody was told of, by address. */
  readonly told: Map<string, Set<number>>
}

async function openFan(name: string, house: House, random: Random): Promise<Fan> {
  const { emulator, time } = house
  const folder = await mkdtemp(join(tmpdir(), `keywright-${name}-`))
  const [proxy, vault, github] = [await startProxy(emulator.strait.baseUrl), await fakeVault(), await fakeGithub()]
  const told = new Map<string, Set<number>>()
  const hook = await web(({ json: { address, n } }) => {
    told.set(String(address), new Set([...(told.get(String(address)) ?? []), Number(n)]))
    return json(200, {})
  })
  let count = 0
  let watched: { readonly at: number; readonly reached: () => void } | null = null
  const passes = (): void => {
    count += 1
    if (watched && count === watched.at) watched.reached()
  }
  /** Half of what goes wrong goes wrong late: after it had its effect. */
  const luck = (): Fault | null => {
    passes()
    if (random() >= fan.trouble) return null
    const late = random() < 0.5
    return random() < 0.5
      ? { cut: true, late }
      : { reply: { status: 503, body: '{}', headers: { 'retry-after': '0' } }, late }
  }
  const fan: Fan = {
    name,
    proxy,
    house,
    told,
    trouble: 0,
    watch(at, reached) {
      count = 0
      watched = { at, reached }
      proxy.watch((edge) => edge === 'sent' && passes())
    },
    save: (manifest) =>
      writeFile(join(folder, 'keys', 'all.keys.yaml'), withHooks(manifestText(manifest, house.guardrail))),
    start: (args, more) => startCli(args, { cwd: folder, env: { ...envOf(house), ...time.env(), ...more } }),
    run: (args) => fan.start(args).ended,
    async records() {
      const store = localStore({ root: folder, clock: systemClock })
      const { records } = await store.read(name)
      await store.close()
      return records
    },
    live: async () => (await house.live()).filter((key) => key.name.includes(`[kw:${name}/`)),
    async heldBy(place) {
      const [, sink = '', path = '', field = ''] = /^(\w+):([^#]+)(?:#(.+))?$/.exec(place) ?? []
      if (sink === 'vault') return String(fieldsOf(vault, path)?.[field] ?? '') || null
      if (sink === 'github') return secretIn(github, HOME, field)?.value ?? null
      const text = await readFile(join(folder, sink === 'dotenv' ? '.env.keys' : `secrets/${path}`), 'utf8').catch(
        () => '',
      )
      if (sink === 'dotenv') return new RegExp(`^${path}=["']?([^"'\\n]+)`, 'm').exec(text)?.[1] ?? null
      return (field === '' ? text.trim() : String(JSON.parse(text || '{}')[field] ?? '')) || null
    },
    async close() {
      for (const server of [vault, github, hook]) server.close()
      await proxy.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
  vault.fault = () => luck() as VaultFault | null
  github.fault = luck
  hook.fault = luck as (asked: Asked) => Fault | null
  await mkdir(join(folder, 'keys'))
  const origins = { api: proxy.origin, vault: vault.address, github: github.apiUrl, hook: hook.origin }
  await writeFile(join(folder, 'keywright.yaml'), configText(name, origins))
  return fan
}

function envOf({ emulator }: House): Record<string, string> {
  return {
    OPENROUTER_MANAGEMENT_KEY: emulator.managementKey,
    VAULT_TOKEN: ROOT,
    GH_TOKEN: WRITER,
    KEYWRIGHT_WEBHOOK_KEY: KEY,
    KEYWRIGHT_LOG_LEVEL: 'error',
  }
}

function configText(stack: string, { api, vault, github, hook }: Readonly<Record<string, string>>): string {
  return JSON.stringify({
    version: 1,
    stack,
    providers: {
      openrouter: { kind: 'openrouter', baseUrl: `${api}/api/v1`, token: { env: 'OPENROUTER_MANAGEMENT_KEY' } },
    },
    sinks: {
      vault: { kind: 'vault', address: vault },
      github: { kind: 'github-actions', apiUrl: github },
      dotenv: { kind: 'dotenv' },
      files: { kind: 'file', root: 'secrets' },
      hook: { kind: 'http', url: `${hook}/told` },
    },
    guard: { maxDeletePercent: 100 },
  })
}

function withHooks(text: string): string {
  const { keys } = JSON.parse(text) as { keys: Record<string, object> }
  const hooked = Object.entries(keys).map(([id, entry]) => [
    id,
    { ...entry, after: [{ kind: 'http', sink: 'hook', path: id }] },
  ])
  return JSON.stringify({ keys: Object.fromEntries(hooked) })
}

const MOST_RUNS = 20

/** When the last run began, and whether so much time went by that an old secret may have ended. */
interface Settled {
  readonly since: number
  readonly late: boolean
}

/** Runs until one says that it is done; what waits is waited for on the common clock. */
async function converge(fan: Fan): Promise<Settled> {
  const heard: string[] = []
  const begun = fan.house.time.now()
  for (let i = 0; i < MOST_RUNS; i++) {
    const since = fan.house.time.now()
    const ended = await fan.run(['apply', '--yes', '--json'])
    if (ended.code === 0) return { since, late: since - begun > 24 * HOUR }
    heard.push(said(ended))
    if (ended.code !== 5) break
    await fan.house.time.jump(Math.max(0, waitOf(ended) - fan.house.time.now()))
  }
  throw new Error(`it did not come to rest:\n${heard.join('\n')}`)
}

function waitOf({ stdout }: Ended): number {
  const { outcomes = [] } = JSON.parse(stdout) as { outcomes?: { until: number | null; status: string }[] }
  return Math.max(0, ...outcomes.map(({ until, status }) => (status === 'open' ? (until ?? 0) : 0)))
}

async function strike(fan: Fan, running: Running, at: number): Promise<boolean> {
  const reached = new Promise<'reached'>((resolve) => fan.watch(at, () => resolve('reached')))
  const first = await Promise.race([reached, running.ended])
  running.kill('SIGKILL')
  const ended = await running.ended
  if (first !== 'reached' && ended.code !== 0 && ended.code !== 5)
    throw new Error(`the one to be struck: ${said(ended)}`)
  return ended.signal === 'SIGKILL'
}

export interface FanOptions {
  readonly seed: number
  readonly rounds: number
  /** Of requests to the API and to sinks. */
  readonly trouble: number
}

/** How many of the rounds struck a process at work. Throws for whatever is wrong after any of them. */
export async function fanOut({ seed, rounds, trouble }: FanOptions): Promise<number> {
  const random = seeded(seed)
  const house = await openHouse(['--latency', '2', '--seed', String(seed), '--fault-rate', String(trouble)])
  const fan = await openFan(`fan-${seed}`, house, random)
  const keys = new Map(IDS.map((id) => [`fan/${id}`, spec(id)]))
  const manifest: Manifest = { cast: 'spine', keys: new Map(keys), removed: new Map(), next: 1 }
  let memory: Memory = new Map()
  let struck = 0
  try {
    for (let round = 0; round < rounds; round++) {
      for (const [id, one] of keys) manifest.keys.set(id, { ...one, serial: round + 1 })
      await fan.save(manifest)
      fan.trouble = trouble
      const isStruck = await strike(fan, fan.start(['apply', '--yes']), 1 + Math.floor(random() * 45))
      if (isStruck) struck += 1
      assertNone(await harm(fan, { memory, manifest, hasty: [] }))
      const { since, late } = await converge(fan)
      fan.trouble = 0
      const findings = [
        ...(await judge(fan, manifest, since)),
        ...(await harm(fan, { memory, manifest, hasty: late ? [...keys.keys()] : [] })),
      ]
      assertNone([...findings, ...(await untold(fan))])
      memory = await read(fan, manifest)
      await house.time.jump(49 * HOUR)
    }
  } catch (error) {
    throw new Error(`${fan.name}: ${error instanceof Error ? error.message : error}`)
  } finally {
    await fan.close()
    await house.close()
  }
  return struck
}

/** Addresses whose hook never heard of the generation that serves. */
async function untold(fan: Fan): Promise<readonly string[]> {
  return [...(await fan.records()).values()].flatMap((record) => {
    const n = activeOf(record)?.n ?? 0
    return fan.told.get(record.address)?.has(n) === true ? [] : [`nobody was told of ${record.address} #${n}`]
  })
}

function assertNone(findings: readonly string[]): void {
  if (findings.length > 0) throw new Error(findings.join('\n'))
}
