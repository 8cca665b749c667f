/** The same keys written in four ways, and applied by who reads them, each in an account of its own. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import type * as Cdktf from 'cdktf'
import type * as Keys from '../../src/cdktf/index.ts'
import type { KeyRecord } from '../../src/core/record.ts'
import { type RunningEmulator, startEmulator } from '../../src/emulators/server.ts'
import { loadProject } from '../../src/io/project.ts'
import { declared } from '../../src/terraform/config/entry.ts'
import { snake } from '../../src/terraform/names.ts'
import { keptOf } from '../../src/terraform/record/kept.ts'
import type { ValueMap } from '../../src/terraform/values/value.ts'
import { folder, keywright } from '../fakes/cli.ts'
import { makeGuardrail } from '../fakes/guarded-apis.ts'
import { keyStage, type Stage } from '../terraform/key-stage.ts'
import type { Library } from './example.ts'
import type { Entry, Sample } from './parity-samples.ts'

export interface Outcome {
  readonly emulator: RunningEmulator
  /** By id: the record, and the digest of the whole desired key. */
  readonly keys: ReadonlyMap<string, { readonly record: KeyRecord; readonly digest: string }>
  /** `.env.keys`. */
  readonly places: string
  close(): Promise<void>
}

export type Way = (samples: readonly Sample[]) => Promise<Outcome>

const STACK = 'acme-7f3a'
/** The same account for each: ids of people, workspaces and guardrails are equal. */
const ACCOUNT = { seed: 7, strait: { limits: false } } as const
const guarded = (emulator: RunningEmulator) => makeGuardrail(emulator, { name: 'no-training' })

/** A project with these keys in one manifest. */
function written(samples: readonly Sample[], { openrouter, strait, firstLine }: RunningEmulator): string {
  const cwd = folder()
  const providers = {
    openrouter: { kind: 'openrouter', baseUrl: openrouter.baseUrl, token: { env: 'OPENROUTER' } },
    strait: { kind: 'strait', baseUrl: strait.baseUrl, token: { env: 'STRAIT' }, project: firstLine.strait.project },
  }
  const config = {
    version: 1,
    stack: STACK,
    providers,
    sinks: { dotenv: { kind: 'dotenv' } },
    manifests: ['*.keys.yaml'],
  }
  writeFileSync(join(cwd, 'keywright.yaml'), JSON.stringify(config))
  const entries = samples.map(({ id, kind, entry }) => [id, { provider: kind, ...entry }])
  writeFileSync(join(cwd, 'all.keys.yaml'), JSON.stringify({ keys: Object.fromEntries(entries) }))
  return cwd
}

async function resolved(root: string) {
  return await loadProject({ at: { root }, env: null, now: Date.now() })
}

export const byYaml: Way = async (samples) => {
  const emulator = await startEmulator(ACCOUNT)
  await guarded(emulator)
  const cwd = written(samples, emulator)
  const run = async (...args: string[]): Promise<string> => {
    const env = { OPENROUTER: emulator.openrouter.managementKey, STRAIT: emulator.strait.token }
    const ended = await keywright(args, { cwd, env })
    if (ended.code !== 0) throw new Error(ended.all)
    return ended.stdout
  }
  await run('apply', '--yes')
  const { records } = JSON.parse(await run('state', 'pull')) as { records: readonly KeyRecord[] }
  const digests = new Map((await resolved(cwd)).keys.map(({ id, digest }) => [id, digest]))
  const keys = records.map((record) => [idOf(record), { record, digest: digests.get(idOf(record)) ?? '' }] as const)
  return {
    emulator,
    keys: new Map(keys),
    places: readFileSync(join(cwd, '.env.keys'), 'utf8'),
    async close() {
      await emulator.close()
      rmSync(cwd, { recursive: true })
    },
  }
}

export const byHcl: Way = (samples) => onStage((stage) => stage.write(samples.map(hcl).join('\n')))

export function byConstructs(library: Library): Way {
  return (samples) =>
    onStage(async ({ folder: { write, path } }) => {
      await write('main.tf', '')
      await write('cdk.tf.json', synthesised(library, samples, path))
    })
}

/** Nothing is left running when it fails. */
async function onStage(write: (stage: Stage) => Promise<void>): Promise<Outcome> {
  const stage = await keyStage({ how: 'reattached', ...ACCOUNT })
  try {
    await guarded(stage.emulator)
    await write(stage)
    return await applied(stage)
  } catch (error) {
    await stage.close()
    throw error
  }
}

async function applied(stage: Stage): Promise<Outcome> {
  await stage.apply()
  await stage.rests()
  const state: State = JSON.parse(await stage.folder.read('terraform.tfstate'))
  const keys = state.resources.flatMap(({ instances }) =>
    instances.map((one) => {
      const kept = keptOf(Buffer.from(one.private, 'base64'))
      if (!kept) throw new Error('the private part of the state is not ours')
      return [idOf(kept.record), { record: kept.record, digest: kept.entry }] as const
    }),
  )
  const places = await stage.folder.read('.env.keys')
  return { emulator: stage.emulator, keys: new Map(keys), places, close: stage.close }
}

interface State {
  readonly resources: readonly { readonly instances: readonly { readonly private: string }[] }[]
}

function idOf({ address }: KeyRecord): string {
  return address.slice(STACK.length + 1)
}

/** Only Terraform looks at the age of a key when it is told to. */
function withApply(entry: Entry): Entry {
  const { rotation } = entry
  return typeof rotation === 'object' && rotation !== null && 'every' in rotation
    ? { ...entry, rotation: { on: 'apply', ...rotation } }
    : entry
}

function unmanagedNames(entry: Entry): Entry {
  return Array.isArray(entry.unmanaged) ? { ...entry, unmanaged: entry.unmanaged.map(snake) } : entry
}

function hcl({ id, kind, entry }: Sample): string {
  const { limit, ...rest } = unmanagedNames(withApply(entry))
  const all = {
    keyId: id,
    ...(limit === 'unlimited' ? { unlimited: true } : limit === undefined ? {} : { limit }),
    ...rest,
  }
  const lines = Object.entries(all).map(([name, value]) => `  ${snake(name)} = ${expression(value)}\n`)
  return `resource "keywright_${kind}_key" "${id.replace(/[/.]/g, '_')}" {\n${lines.join('')}}\n`
}

function expression(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(expression).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(literal(value))
  return `{ ${Object.entries(value)
    .map(([name, member]) => `${name} = ${expression(member)}`)
    .join(', ')} }`
}

/** Texts as Terraform reads them: an expression begins with what is doubled here. */
function literal(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/[$%]\{/g, (begin) => begin.charAt(0) + begin)
  if (Array.isArray(value)) return value.map(literal)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, literal(member)]))
}

const load = createRequire(import.meta.url)

function synthesised(library: Library, samples: readonly Sample[], path: string): string {
  const { App, TerraformStack }: typeof Cdktf = load(library)
  const keys: typeof Keys = load(resolve(`dist/${library}/index.cjs`))
  const app = new App({ outdir: join(path, 'out') })
  const stack = new TerraformStack(app, 'parity')
  new keys.KeywrightProvider(stack, 'keywright', { stack: STACK, sinks: { dotenv: { kind: 'dotenv' } } })
  for (const { id, kind, entry } of samples) {
    const { limit, deliverTo, ...rest } = unmanagedNames(withApply(entry))
    const cap =
      limit === 'unlimited' ? { limit: keys.unlimited } : limit === undefined ? {} : { limit: keys.usd(Number(limit)) }
    const places = (deliverTo as readonly { name: string }[]).map(({ ...place }) => keys.Deliver.dotenv(place))
    const props = { kind, keyId: id, ...(literal(rest) as object), ...cap, deliverTo: places }
    new keys.ManagedKey(stack, id.replaceAll('/', '-'), props as unknown as Keys.ManagedKeyProps)
  }
  app.synth()
  const { terraform, ...whole } = JSON.parse(readFileSync(join(path, 'out/stacks/parity/cdk.tf.json'), 'utf8'))
  const { backend: _, ...required } = terraform
  return JSON.stringify({ ...whole, terraform: required })
}

/** What `KeyManifests` makes of the manifest of `byYaml`, read by the provider: digest of each desired key, by id. */
export async function loaded(library: Library, samples: readonly Sample[], emulator: RunningEmulator) {
  const cwd = written(samples, emulator)
  const { App, Testing, TerraformStack }: typeof Cdktf = load(library)
  const { KeyManifests }: typeof Keys = load(resolve(`dist/${library}/index.cjs`))
  const stack = new TerraformStack(new App({ outdir: join(cwd, 'out') }), 'parity')
  KeyManifests.fromFiles(stack, 'keys', { config: cwd })
  const text = Testing.synth(stack).replace(/([$%])\1\{/g, '$1{')
  const { config } = await resolved(cwd)
  const digests = new Map<string, string | undefined>()
  for (const kind of ['openrouter', 'strait'] as const)
    for (const block of Object.values<ValueMap>(JSON.parse(text).resource[`keywright_${kind}_key`])) {
      const { key, diagnostics } = await declared(block, { kind, config, now: Date.now(), prior: null })
      digests.set(String(block.key_id), key?.digest ?? diagnostics[0]?.message)
    }
  rmSync(cwd, { recursive: true })
  return digests
}
