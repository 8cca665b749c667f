/**
 * One apply that is killed, and the applies after it. A round creates, rotates, moves and destroys keys of both APIs; the blow hits
 * terraform or its provider at any moment of that. Then applies run until nothing is pending, and everything is judged from outside.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { keyStage, type Stage } from './key-stage.ts'

const HOUR = 3_600_000

export const killStage = (): Promise<Stage> => keyStage({ how: 'reattached', latencyMs: 10, strait: { limits: false } })

/** Round n: `bot` and `worker` always live and rotate, the others come and go. */
function blocks(n: number): string {
  const rotation = `rotation = { rotate_when = "${n}", grace = "10m", hold = "5m" }`
  const always = `resource "keywright_openrouter_key" "bot" {
  key_id     = "kill/bot"
  limit      = ${n + 1}
  deliver_to = [{ sink = "dotenv", name = "BOT" }, { sink = "files", path = "bot" }]
  ${rotation}
}
resource "keywright_strait_key" "worker" {
  key_id     = "kill/worker"
  scopes     = ["jobs:read"]
  expires_in = "300d"
  deliver_to = [{ sink = "dotenv", name = "WORKER" }]
  rotation   = { rotate_when = "${n}", grace = "10m" }
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
  return [always, ...(n % 3 === 2 ? [] : [extra]), ...(n % 2 === 0 ? [fresh] : [])].join('\n')
}

export interface Blow {
  readonly n: number
  readonly who: 'terraform' | 'provider'
  /** It falls once the APIs have heard so many requests since the first one that writes. */
  readonly request: number
  /** And so many milliseconds later: between requests there are places, and the state. */
  readonly after: number
  /** The next apply begins at once, while the provider of a killed terraform may still be at work; otherwise an hour later. */
  readonly atOnce?: boolean
}

export interface Round {
  /** What is wrong after it; empty when all is well. */
  readonly findings: readonly string[]
  /** What the blow hit: the last request before it. `null` when the apply had ended, or had not begun. */
  readonly hit: string | null
  /** Requests since the first one that writes, up to the blow. */
  readonly heard: number
}

export async function killRound(stage: Stage, blow: Blow): Promise<Round> {
  await stage.write(blocks(blow.n))
  await stage.quick(['plan', '-out=plan.bin'])
  const struckAt = await struck(stage, blow)
  const trouble = await recovered(stage, { passes: 4, atOnce: blow.atOnce === true, isDone: () => true })
  const findings = trouble === null ? judged(stage) : [trouble]
  const words = `round ${blow.n} (${blow.who} after ${struckAt.hit ?? 'all was over'})`
  return { ...struckAt, findings: findings.map((one) => `${words}: ${one}`) }
}

/** Until grace and hold of everything are over: then there is nothing but what the state says is in service. */
export async function settled(stage: Stage): Promise<readonly string[]> {
  const isDone = (): boolean => retiring(stage).length === 0
  const trouble = await recovered(stage, { passes: 6, atOnce: false, isDone })
  const left = retiring(stage)
  return trouble === null && left.length === 0 ? judged(stage) : [trouble ?? `still retiring: ${left}`]
}

interface Recovery {
  readonly passes: number
  readonly atOnce: boolean
  readonly isDone: () => boolean
}

/** Applies, an hour after each other, until nothing is pending: `null` then. The stage sees to it that the plan is empty where it has to be. */
async function recovered(stage: Stage, { passes, atOnce, isDone }: Recovery): Promise<string | null> {
  let said = ''
  for (let pass = 0; pass < passes; pass++) {
    if (pass > 0 || !atOnce) stage.goOn(HOUR)
    const { code, stdout, stderr } = await stage.run(['apply', '-auto-approve'])
    if (code === 0 && !isPending(stage) && isDone()) return null
    said = `${stdout}${stderr}`
  }
  return `applies come to no end:\n${said}`
}

/** The apply of the plan over the spawn path, and the blow. */
async function struck(stage: Stage, { who, request, after, atOnce }: Blow): Promise<Omit<Round, 'findings'>> {
  const { traffic } = stage.emulator.world
  traffic.reset()
  const { child, said } = applying(stage)
  let isOver = false
  const over = new Promise<void>((done) => child.once('close', () => done())).then(() => {
    isOver = true
  })
  while (!isOver && heard(stage) < request) await pause(1)
  await Promise.race([over, pause(after)])
  const providers = childrenOf(child)
  const last = traffic.log().at(-1)
  if (!isOver) for (const pid of who === 'terraform' ? [child.pid ?? 0] : providers) end(pid)
  const facts = { heard: heard(stage), last: `${last?.method} ${last?.path.replace(/[0-9a-f-]{36,}/, 'ID')}` }
  await over
  // A provider whose terraform is gone finishes its call, and goes as well.
  while (atOnce !== true && providers.some(isThere)) await pause(20)
  const isHit = facts.heard > 0 && !said().includes('Apply complete!')
  return { heard: facts.heard, hit: isHit ? facts.last : null }
}

function applying(stage: Stage): { readonly child: ChildProcess; readonly said: () => string } {
  const { path } = stage.folder
  const { PATH = '' } = process.env
  const env = { PATH, HOME: path, TF_CLI_CONFIG_FILE: `${path}/cli.tfrc`, CHECKPOINT_DISABLE: '1' }
  const child = spawn('terraform', ['apply', '-no-color', 'plan.bin'], {
    cwd: path,
    env: { ...env, ...stage.env(), ...stage.clock() },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  return { child, said: () => said }
}

/** Requests since the first one that writes. */
function heard({ emulator }: Stage): number {
  const log = emulator.world.traffic.log()
  const first = log.findIndex(({ method }) => method !== 'GET')
  return first < 0 ? 0 : log.length - first
}

/** Of all its threads: terraform starts providers from any of them. */
function childrenOf({ pid }: ChildProcess): readonly number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    const children = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8'))
    return children.join(' ').split(' ').filter(Boolean).map(Number)
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

interface Kept {
  readonly name: string
  readonly id: string
  readonly isPending: boolean
  readonly retiring: readonly string[]
}

function keysOf(stage: Stage): readonly Kept[] {
  return stage.state().resources.flatMap(({ name, instances }) =>
    instances.map(({ attributes }) => ({
      name,
      id: String(attributes.id),
      isPending: attributes.pending === true,
      retiring: (attributes.retiring ?? []).map(({ id }) => id),
    })),
  )
}

/** Ids of earlier generations that the state still follows. */
function retiring(stage: Stage): readonly string[] {
  return keysOf(stage).flatMap((key) => key.retiring)
}

function isPending(stage: Stage): boolean {
  return keysOf(stage).some((key) => key.isPending)
}

/** Secrets that authenticate, by id of the key, with its name. */
function working({ emulator, live }: Stage): ReadonlyMap<string, { readonly name: string; readonly hash: string }> {
  const strait = emulator.world.strait.keys().slice(1)
  return new Map([
    ...live().map(({ hash, name, disabled }) => [hash, { name, hash: disabled ? 'disabled' : hash }] as const),
    ...strait
      .filter((key) => key.revoked_at === null)
      .map(({ id, name, key_hash }) => [id, { name, hash: key_hash }] as const),
  ])
}

const PLACES: Readonly<Record<string, readonly string[]>> = {
  bot: ['BOT', 'bot'],
  extra: ['EXTRA'],
  fresh: ['FRESH'],
  worker: ['WORKER'],
}

/** Live keys are those the state follows and no others, and every place holds the secret of the key in service. */
function judged(stage: Stage): readonly string[] {
  const live = working(stage)
  const left = new Set(live.keys())
  const findings: string[] = []
  for (const { name, id } of keysOf(stage)) {
    if (!left.delete(id)) findings.push(`${name} is no live key`)
    for (const place of PLACES[name] ?? [])
      if (sha256(secretIn(stage, place)) !== live.get(id)?.hash)
        findings.push(`the place ${place} of ${name} holds a dead secret`)
  }
  for (const id of retiring(stage)) left.delete(id)
  return [...findings, ...[...left].map((id) => `${live.get(id)?.name} is an orphan`)]
}

function secretIn(stage: Stage, place: string): string {
  if (place === place.toUpperCase()) return stage.secret(place) ?? ''
  return readFileSync(`${stage.folder.path}/secrets/${place}`, 'utf8').trim()
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
