/** The Terraform provider: its start as a multiple of `node -e 0`, and a plan of 1,000 keys beside 1,000 resources of terraform itself. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Emulator, ended, node, startEmulator, type Timed } from './child.ts'
import { readSequentially } from './large.ts'
import { emptyFolder } from './project.ts'
import { type Chapter, median, type Row } from './row.ts'

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
    const ratios: number[] = []
    let requests = 0
    for (let round = 0; round < ROUNDS; round++) {
      const own = await plan(join(cwd, 'data'), emulator)
      const pages = await readSequentially(emulator)
      await emulator.counts()
      const keys = await plan(join(cwd, 'keys'), emulator)
      requests = Math.max(requests, (await emulator.counts()).total)
      ratios.push(keys / (own + pages))
    }
    const what = 'terraform plan of 1,000 keys / (of 1,000 terraform_data + the pages)'
    return [
      { name: 'terraform-plan-time', what, value: median(ratios), limit: 1.3 },
      { name: 'terraform-plan-requests', what: 'requests of that plan', value: requests, limit: 13 },
    ]
  } finally {
    await emulator.stop()
    await remove()
  }
}

async function prepared(cwd: string, emulator: Emulator): Promise<void> {
  const numbers = Array.from({ length: KEYS }, (_, n) => n)
  const rc = `provider_installation {\n  dev_overrides {\n    "keywright/keywright" = ${JSON.stringify(dirname(PLUGIN))}\n  }\n}\n`
  await writeFile(join(cwd, 'cli.tfrc'), rc)
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

async function plan(cwd: string, emulator: Emulator): Promise<number> {
  return ended(await run(cwd, ['plan', '-detailed-exitcode'], emulator)).millis
}

async function run(cwd: string, args: readonly string[], { baseUrl, managementKey }: Emulator): Promise<Timed> {
  const env = {
    PATH: process.env.PATH,
    HOME: cwd,
    TF_CLI_CONFIG_FILE: join(cwd, '..', 'cli.tfrc'),
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
