/**
 * The Terraform provider: its start as a multiple of `node -e 0`, and a plan of 1,000 keys beside 1,000 resources of terraform itself.
 *
 * Most of that plan is terraform's own work: it reads, compares, encodes and renders each of our 32 attributes, and asks over gRPC where its
 * own resources are a call. So the same plan is measured with a provider that answers at once with what it was given (`echo.ts`): the
 * floor for any provider with this schema. `terraform-plan-own` is what ours adds to it.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Emulator, ended, node, startEmulator, type Timed } from './child.ts'
import { readSequentially } from './large.ts'
import { emptyFolder } from './project.ts'
import { type Chapter, median, type Row } from './row.ts'

const ECHO = join(dirname(process.argv[1] ?? ''), 'bench-echo')
const PLUGIN = join(dirname(process.argv[1] ?? ''), 'terraform-provider-keywright')
const COOKIE = 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2'
const STARTS = 15
const ROUNDS = 3
const KEYS = 1000

export const terraform: Chapter = {
  name: 'terraform',
  async run() {
    return [await started(), ...(await planned())]
  },
}

async function started(): Promise<Row> {
  const ratios: number[] = []
  for (let n = 0; n < STARTS; n++) {
    const floor = ended(await node({ args: ['-e', '0'] })).millis
    ratios.push((await untilHandshake()) / floor)
  }
  const what = 'provider: start to handshake / node -e 0'
  return { name: 'provider-start', what, value: median(ratios), limit: 1.6 }
}

async function untilHandshake(): Promise<number> {
  const begun = performance.now()
  const env = { PATH: process.env.PATH, TF_PLUGIN_MAGIC_COOKIE: COOKIE, PLUGIN_CLIENT_CERT: 'any' }
  const child = spawn(PLUGIN, [], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  await once(child.stdout, 'data')
  const millis = performance.now() - begun
  child.kill('SIGKILL')
  await once(child, 'close')
  return millis
}

/** Keys, terraform's own resources, and the bare pages take turns, so that a busy moment hits all of them. */
async function planned(): Promise<readonly Row[]> {
  const emulator = await startEmulator([])
  const { cwd, remove } = await emptyFolder()
  try {
    await prepared(cwd, emulator)
    const rounds: { readonly keys: number; readonly floor: number; readonly own: number }[] = []
    let requests = 0
    for (let round = 0; round < ROUNDS; round++) {
      const data = await plan(join(cwd, 'data'), emulator)
      const pages = await readSequentially(emulator)
      const floor = await plan(join(cwd, 'keys'), emulator, 'echo')
      await emulator.counts()
      const keys = await plan(join(cwd, 'keys'), emulator)
      requests = Math.max(requests, (await emulator.counts()).total)
      rounds.push({ keys: keys / (data + pages), floor: (floor + pages) / (data + pages), own: keys / (floor + pages) })
    }
    const middle = (name: 'keys' | 'floor' | 'own'): number => median(rounds.map((round) => round[name]))
    const what = 'terraform plan of 1,000 keys / (of 1,000 terraform_data + the pages)'
    const floor = 'the same of a provider that only hands back what it got: the floor of the protocol'
    return [
      { name: 'terraform-plan-time', what, value: middle('keys'), limit: 1.3 },
      { name: 'terraform-plan-floor', what: floor, value: middle('floor'), limit: null },
      { name: 'terraform-plan-own', what: 'that plan / (that floor + the pages)', value: middle('own'), limit: 1.5 },
      { name: 'terraform-plan-requests', what: 'requests of that plan', value: requests, limit: 13 },
    ]
  } finally {
    await emulator.stop()
    await remove()
  }
}

async function prepared(cwd: string, emulator: Emulator): Promise<void> {
  const numbers = Array.from({ length: KEYS }, (_, n) => n)
  for (const [name, folder] of [
    ['keys', dirname(PLUGIN)],
    ['echo', ECHO],
  ]) {
    const rc = `provider_installation {\n  dev_overrides {\n    "keywright/keywright" = ${JSON.stringify(folder)}\n  }\n}\n`
    await writeFile(join(cwd, `${name}.tfrc`), rc)
  }
  const texts = { data: numbers.map(dataText).join(''), keys: HEAD + numbers.map(keyText).join('') }
  for (const [name, text] of Object.entries(texts)) {
    await mkdir(join(cwd, name))
    await writeFile(join(cwd, name, 'main.tf'), text)
    ended(await run(join(cwd, name), ['apply', '-auto-approve', '-parallelism=40'], emulator))
  }
}

const HEAD = `terraform {
  required_providers {
    keywright = {
      source = "keywright/keywright"
    }
  }
}
provider "keywright" {
  stack = "bench-a1b2"
  sinks = { dotenv = { kind = "dotenv" } }
}
`

const dataText = (n: number): string => `resource "terraform_data" "k${n}" {\n  input = "${n}"\n}\n`
const keyText = (n: number): string => `resource "keywright_openrouter_key" "k${n}" {
  key_id     = "bench/k${n}"
  limit      = 1
  deliver_to = [{ sink = "dotenv", name = "K${n}" }]
}
`

type Provider = 'keys' | 'echo'

async function plan(cwd: string, emulator: Emulator, provider: Provider = 'keys'): Promise<number> {
  return ended(await run(cwd, ['plan', '-detailed-exitcode'], { ...emulator, provider })).millis
}

type Around = Emulator & { readonly provider?: Provider }

async function run(
  cwd: string,
  args: readonly string[],
  { baseUrl, managementKey, provider = 'keys' }: Around,
): Promise<Timed> {
  const env = {
    PATH: process.env.PATH,
    HOME: cwd,
    TF_CLI_CONFIG_FILE: join(cwd, '..', `${provider}.tfrc`),
    CHECKPOINT_DISABLE: '1',
    OPENROUTER_MANAGEMENT_KEY: managementKey,
    OPENROUTER_BASE_URL: baseUrl,
  }
  const begun = performance.now()
  const child = spawn('terraform', [...args, '-no-color'], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const chunks: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  const [code] = await once(child, 'close')
  return { code, millis: performance.now() - begun, output: Buffer.concat(chunks).toString('utf8') }
}
