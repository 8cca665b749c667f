/**
 * One apply that is killed, and the applies after it. A round creates, rotates, moves and destroys keys; the blow hits terraform or its
 * provider at any moment. Then clocks go on by an hour, applies run until a plan is empty, and everything is judged from outside.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { keyStage, type Stage } from './key-stage.ts'
import { PRODUCT } from './plugin-build.ts'
import { startPlugin } from './plugin-process.ts'
import type { Ran } from './terraform.ts'

const SHIFTED = resolve('test/kill/shifted-clock.mjs')
const HOUR = 3_600_000

export interface KillStage {
  readonly stage: Stage
  ahead: number
}

export async function killStage(): Promise<KillStage> {
  return { stage: await keyStage({ how: 'spawned', latencyMs: 15 }), ahead: 0 }
}

/** Round n: `bot` always lives and rotates, `extra` and `moving` come and go. */
function blocks(n: number): string {
  const rotation = `rotation = { rotate_when = "${n}", grace = "10m", hold = "5m" }`
  const bot = `resource "keywright_openrouter_key" "bot" {
  key_id     = "kill/bot"
  limit      = ${n + 1}
  deliver_to = [{ sink = "dotenv", name = "BOT" }, { sink = "files", path = "bot" }]
  ${rotation}
}`
  const extra = `resource "keywright_openrouter_key" "extra" {
  key_id     = "kill/extra"
  unlimited  = true
  deliver_to = [{ sink = "dotenv", name = "EXTRA" }]
  ${rotation}
}`
  const fresh = `resource "keywright_openrouter_key" "fresh" {
  key_id     = "kill/fresh-${n}"
  limit      = 1
  deliver_to = [{ sink = "dotenv", name = "FRESH" }]
}`
  return [bot, ...(n % 3 === 2 ? [] : [extra]), ...(n % 2 === 0 ? [fresh] : [])].join('\n')
}

export interface Blow {
  readonly n: number
  readonly who: 'terraform' | 'provider'
  /** Milliseconds after the provider of the apply began to write; between 0 and about 400 something is going on. */
  readonly after: number
}

/** What is wrong after the round; empty when all is well. */
export async function killRound(kill: KillStage, { n, who, after }: Blow): Promise<readonly string[]> {
  const { stage } = kill
  await stage.write(blocks(n))
  const wasHit = await struck(kill, { n, who, after })
  const trouble = await recovered(kill, 3, () => true)
  const findings = trouble === null ? await judged(stage) : [trouble]
  return findings.map((one) => `round ${n} (${who} after ${after} ms, ${wasHit ? 'hit' : 'missed'}): ${one}`)
}

/** Until grace and hold of everything are over: then there is nothing but what the state says is in service. */
export async function settled(kill: KillStage): Promise<readonly string[]> {
  const trouble = await recovered(kill, 6, () => retiring(kill.stage).length === 0)
  const left = retiring(kill.stage)
  return trouble === null && left.length === 0 ? await judged(kill.stage) : [trouble ?? `still retiring: ${left}`]
}

/** Applies, an hour after each other, until a plan is empty; `null` then. Each goes to a provider with the clock of that hour. */
async function recovered(kill: KillStage, passes: number, isDone: () => boolean): Promise<string | null> {
  let said = ''
  for (let pass = 0; pass < passes; pass++) {
    await goOn(kill)
    const env = { ...kill.stage.env(), ...clock(kill), KEYWRIGHT_TERRAFORM_REATTACH: '1' }
    const { line, child, code: ended } = await startPlugin(PRODUCT.folder, env, kill.stage.folder.path)
    const run = (args: readonly string[]): Promise<Ran> => kill.stage.run(args, { TF_REATTACH_PROVIDERS: line })
    const { code, stdout, stderr } = await run(['apply', '-auto-approve'])
    const plan = code === 0 ? await run(['plan', '-detailed-exitcode']) : null
    child.kill('SIGTERM')
    await ended
    said = `${stdout}${stderr}${plan?.stdout ?? ''}`
    if (plan?.code === 0 && isDone()) return null
  }
  return `applies come to no end:\n${said}`
}

/** Without TLS: its certificates are judged by the clock of the machine. */
function clock({ ahead }: KillStage): Readonly<Record<string, string>> {
  return { TF_DISABLE_PLUGIN_TLS: '1', NODE_OPTIONS: `--import=${SHIFTED}`, KILL_CLOCK_AHEAD: String(ahead) }
}

async function goOn(kill: KillStage): Promise<void> {
  kill.ahead += HOUR
  await fetch(`${kill.stage.emulator.controlUrl}/clock`, {
    method: 'POST',
    body: JSON.stringify({ advance: HOUR / 1000 }),
  })
}

/** Whether the process still ran when it was hit. */
async function struck(kill: KillStage, { who, after }: Blow): Promise<boolean> {
  const { stage } = kill
  const before = writes(stage)
  const { PATH = '' } = process.env
  const { path } = stage.folder
  const env = {
    PATH,
    HOME: path,
    TF_CLI_CONFIG_FILE: `${path}/cli.tfrc`,
    CHECKPOINT_DISABLE: '1',
    ...stage.env(),
    ...clock(kill),
  }
  const child = spawn('terraform', ['apply', '-auto-approve', '-no-color'], { cwd: path, env, stdio: 'ignore' })
  let isOver = false
  const over = new Promise<void>((done) => child.once('exit', () => done())).then(() => {
    isOver = true
  })
  while (!isOver && writes(stage) === before) await pause(2)
  await Promise.race([over, pause(after)])
  const providers = childrenOf(child)
  if (!isOver) for (const pid of who === 'terraform' ? [child.pid ?? 0] : providers) end(pid)
  const wasHit = !isOver
  await over
  // A provider whose terraform is gone finishes its call, and goes as well.
  while (providers.some(isThere)) await pause(20)
  return wasHit
}

/** Of everything the emulator knows: each write changes the number of keys or one of their times. */
function writes({ emulator }: Stage): string {
  const keys = emulator.world.openrouter.keys()
  return keys.map(({ hash, name, updated_at, deleted_at }) => `${hash}${name}${updated_at}${deleted_at}`).join()
}

function childrenOf({ pid }: ChildProcess): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It was quicker.
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const pause = (millis: number): Promise<void> => new Promise((done) => setTimeout(done, millis))

interface State {
  readonly resources: readonly {
    readonly type: string
    readonly name: string
    readonly instances: readonly {
      readonly attributes: { readonly hash: string; readonly retiring: readonly { readonly id: string }[] | null }
    }[]
  }[]
}

function stateOf({ folder }: Stage): State['resources'] {
  return (JSON.parse(readFileSync(`${folder.path}/terraform.tfstate`, 'utf8')) as State).resources
}

/** Ids of earlier generations that the state still follows. */
function retiring(stage: Stage): readonly string[] {
  return stateOf(stage).flatMap(({ instances: [one] }) => (one?.attributes.retiring ?? []).map(({ id }) => id))
}

const PLACES: Readonly<Record<string, readonly string[]>> = { bot: ['BOT', 'bot'], extra: ['EXTRA'], fresh: ['FRESH'] }

/** Live keys are those the state follows and no others, and every place holds the secret of the key in service. */
async function judged(stage: Stage): Promise<readonly string[]> {
  const left = new Set(stage.live().map(({ hash }) => hash))
  const findings: string[] = []
  for (const { name, instances } of stateOf(stage)) {
    const hash = instances[0]?.attributes.hash ?? ''
    if (!left.delete(hash)) findings.push(`${name} is no live key`)
    for (const place of PLACES[name] ?? [])
      if (sha256(secretIn(stage, place)) !== hash) findings.push(`the place ${place} of ${name} holds a dead secret`)
  }
  for (const id of retiring(stage)) left.delete(id)
  const names = new Map(stage.live().map((key) => [key.hash, key.name]))
  return [...findings, ...[...left].map((hash) => `${names.get(hash)} is an orphan`)]
}

function secretIn(stage: Stage, place: string): string {
  if (place === place.toUpperCase()) return stage.secret(place) ?? ''
  return readFileSync(`${stage.folder.path}/secrets/${place}`, 'utf8').trim()
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
