/** The scene: an emulator that lists what it issues, a project with every kind of place, and a notebook of everything printed. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { type EmulatorProcess, type Ended, runCli, startEmulatorProcess } from '../fakes/cli-process.ts'
import { filesBelow, type Text } from './search.ts'

export interface Stage {
  readonly project: string
  readonly emulator: EmulatorProcess
  readonly printed: Text[]
  /** Secrets that did not come from the emulator, to be searched for as well. */
  readonly more: string[]
  run(
    args: readonly string[],
    with_?: { readonly env?: Readonly<Record<string, string>>; readonly stdin?: string },
  ): Promise<Ended>
  write(path: string, text: string): Promise<void>
  secrets(): Promise<readonly string[]>
  /** All texts that must be clean: files without declared places, and everything printed. */
  texts(): Promise<readonly Text[]>
  close(): Promise<void>
}

/** Where secrets belong. Everything else below the project must be clean. */
const DECLARED = /^(?:\.env\.keys$|secrets\/|vault\/|identity\.age$)/

export async function openStage(): Promise<Stage> {
  const root = await mkdtemp(join(tmpdir(), 'keywright-canary-'))
  const [project, own] = [join(root, 'project'), join(root, 'emulator')]
  await mkdir(own)
  await mkdir(join(project, 'keys'), { recursive: true })
  const issued = join(own, 'issued')
  const flags = ['--issued', issued, '--state', join(own, 'state'), '--seed', '5', '--no-strait-limits']
  const emulator = await startEmulatorProcess(flags)
  const printed: Text[] = []
  const more: string[] = []
  await prepare(project, emulator)
  const variables = {
    OPENROUTER_MANAGEMENT_KEY: emulator.managementKey,
    STRAIT_API_KEY: emulator.strait.token,
    KEYWRIGHT_ALLOW_EXEC: '1',
  }
  return {
    project,
    emulator,
    printed,
    more,
    async run(args, { env = {}, stdin = '' } = {}) {
      const all = [...args, '--log-level', 'trace']
      const ended = await runCli(all, { cwd: project, env: { ...variables, ...env }, stdin })
      printed.push({ from: `keywright ${all.join(' ')}`, text: `${ended.stdout}\n${ended.stderr}` })
      return ended
    },
    write: (path, text) => writeFile(join(project, path), text),
    secrets: async () => [...(await readFile(issued, 'utf8')).split('\n').filter((line) => line !== ''), ...more],
    texts: async () => [...printed, ...(await filesBelow(project, (path) => DECLARED.test(path)))],
    async close() {
      await emulator.stop()
      await rm(root, { recursive: true, force: true })
    },
  }
}

async function prepare(project: string, emulator: EmulatorProcess): Promise<void> {
  const identity = await generateIdentity()
  await writeFile(join(project, 'identity.age'), identity)
  await writeFile(join(project, 'vault.mjs'), VAULT)
  await writeFile(join(project, 'keywright.yaml'), await configText(emulator, identity))
}

async function configText({ baseUrl, strait }: EmulatorProcess, identity: string): Promise<string> {
  return JSON.stringify({
    version: 1,
    stack: 'canary-x1y2',
    providers: {
      openrouter: { kind: 'openrouter', baseUrl, token: { env: 'OPENROUTER_MANAGEMENT_KEY' } },
      jobs: {
        kind: 'strait',
        baseUrl: strait.baseUrl,
        project: strait.project,
        token: { env: 'STRAIT_API_KEY' },
      },
    },
    sinks: {
      dotenv: { kind: 'dotenv' },
      files: { kind: 'file', root: 'secrets' },
      age: {
        kind: 'age',
        root: 'sealed',
        recipients: [await identityToRecipient(identity)],
        identity: { file: 'identity.age' },
      },
      vault: { kind: 'exec', command: [process.execPath, 'vault.mjs'], readable: true },
      broken: { kind: 'exec', command: [process.execPath, 'vault.mjs', 'broken'], readable: true },
    },
    guard: { maxDeletePercent: 100 },
  })
}

/** A store that talks too much: it repeats whatever it gets on standard error, and its broken twin on standard output too. */
const VAULT = `
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
const text = readFileSync(0, 'utf8')
const { op, place, secret } = JSON.parse(text)
process.stderr.write('debug: ' + text)
const file = 'vault/' + place.path.replaceAll('/', '_')
mkdirSync('vault', { recursive: true })
const held = () => { try { return readFileSync(file, 'utf8') } catch { return null } }
if (process.argv[2] === 'broken' && op === 'write') {
  process.stdout.write('cannot store ' + secret)
  process.exit(3)
}
if (op === 'write') writeFileSync(file, secret)
if (op === 'remove') rmSync(file, { force: true })
const answer = op === 'read' ? { ok: true, secret: held(), version: '1' } : { ok: true, empty: true, version: held() === null ? null : '1' }
process.stdout.write(JSON.stringify(op === 'preflight' && held() === null ? { ok: true, version: null } : answer))
`
