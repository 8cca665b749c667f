import { randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { judgeUrl } from '../../core/config/url.ts'
import { isKeywrightError, KeywrightError } from '../../core/diagnostic.ts'
import { repositoryOf } from '../../io/git.ts'
import { document } from '../render/json.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { type CiFiles, ciFiles, ciKind } from './init/files.ts'

export const init: Command = {
  name: 'init',
  describe: 'Writes keywright.yaml, a first manifest and lines for .gitignore. Overwrites nothing and sends nothing.',
  flags: [
    {
      flag: '--ci <forge>',
      doc: 'write the jobs of github or gitlab as well, also into a project that exists',
      parse: ciKind,
    },
    { flag: '--branch <name>', doc: 'with --ci: the branch that is applied (main)' },
  ],
  examples: ['keywright init', 'keywright init -C infra/keys', 'keywright init --ci github'],
  run,
}

const CONFIG = 'keywright.yaml'
const MANIFEST = 'keys/example.keys.yaml'
const IGNORED = ['.keywright/', '.env.keys']

async function run(shell: Shell, { flags }: Args): Promise<ExitCode> {
  const { ci, branch } = flags
  const top = (await repositoryOf(shell.cwd)) ?? shell.cwd
  const below = relative(top, shell.cwd).split(sep).join('/')
  const of = { version: shell.version, branch: `${branch ?? 'main'}`, below }
  const jobs = ci === undefined ? {} : await ciFiles(ciKind(`${ci}`), of)
  const hasProject = existsSync(join(shell.cwd, CONFIG))
  if (ci !== undefined && hasProject) return written(shell, await createAll(top, jobs))
  const stack = stackFor(basename(shell.cwd))
  await create(shell.cwd, CONFIG, configText(stack, baseUrlOf(shell)))
  const first = await createUnlessThere(shell.cwd, MANIFEST, MANIFEST_TEXT)
  const ignored = await ignore(shell.cwd)
  const more = await createAll(top, jobs)
  const all = [CONFIG, ...(first ? [MANIFEST] : []), ...(ignored ? ['.gitignore'] : []), ...more]
  shell.stdout(shell.format === 'json' ? document('init', { stack, written: all }) : report(stack, all))
  return 0
}

/** Into a project that exists only the jobs are written. */
function written(shell: Shell, paths: readonly string[]): ExitCode {
  const lines = paths.map((path) => `  + ${path}\n`).join('')
  const text =
    paths.length === 0 ? 'The jobs are there already. Nothing was written.\n' : `${lines}\nNext: keywright doctor\n`
  shell.stdout(shell.format === 'json' ? document('init', { stack: null, written: paths }) : text)
  return 0
}

/** Those that were not there. Jobs lie at the top of the repository, where a forge looks for them. */
async function createAll(folder: string, files: CiFiles): Promise<readonly string[]> {
  const made: string[] = []
  for (const [path, text] of Object.entries(files)) if (await createUnlessThere(folder, path, text)) made.push(path)
  return made
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** Name of the folder and four random letters, so that two repositories never share a stack. */
export function stackFor(folder: string): string {
  const plain = folder
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 35)
    .replace(/-+$/, '')
  const suffix = Array.from({ length: 4 }, () => LETTERS.charAt(randomInt(LETTERS.length))).join('')
  return `${plain === '' ? 'keys' : plain}-${suffix}`
}

async function create(folder: string, path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text, { flag: 'wx' })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'EEXIST') throw fileExists(path)
    throw new KeywrightError('CLI_FILE_UNWRITABLE', {
      message: `${path} cannot be written (${code ?? 'unknown reason'}).`,
      hint: `ls -ld ${folder}`,
    })
  }
}

async function createUnlessThere(folder: string, path: string, text: string): Promise<boolean> {
  try {
    await create(folder, path, text)
    return true
  } catch (error) {
    if (isKeywrightError(error, 'CLI_FILE_EXISTS')) return false
    throw error
  }
}

function fileExists(path: string): KeywrightError {
  return new KeywrightError('CLI_FILE_EXISTS', {
    message: `There is a ${path} here already. Nothing was written.`,
    hint: 'keywright validate',
  })
}

/** Adds the lines that are missing; true when there were any. */
async function ignore(folder: string): Promise<boolean> {
  const path = join(folder, '.gitignore')
  const text = await readFile(path, 'utf8').catch(() => '')
  const lines = new Set(text.split(/\r?\n/).map((line) => line.trim()))
  const missing = IGNORED.filter((line) => !lines.has(line))
  if (missing.length === 0) return false
  await writeFile(path, `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${missing.join('\n')}\n`)
  return true
}

function report(stack: string, written: readonly string[]): string {
  return `stack ${stack}
${written.map((path) => `  + ${path}`).join('\n')}

Next: edit ${MANIFEST}
      keywright validate                          offline
      export OPENROUTER_MANAGEMENT_KEY=...        a management key, from the dashboard
      keywright plan                              shows what would happen, changes nothing
`
}

/** The address that `census` and `leaked` use without a project, so that what was tried there goes on in the project: an emulator, mostly. */
function baseUrlOf({ env }: Shell): string {
  const written = env.OPENROUTER_BASE_URL ?? ''
  return written === '' || 'wrong' in judgeUrl(written) ? '' : ` baseUrl: "${written}",`
}

function configText(stack: string, baseUrl: string): string {
  return `# What keywright works with. The keys themselves are in keys/*.keys.yaml.
version: 1
stack: ${stack}        # in the name of every key; choose it once
providers:
  openrouter: { kind: openrouter,${baseUrl} token: { env: OPENROUTER_MANAGEMENT_KEY } }
sinks:
  dotenv: { kind: dotenv, path: .env.keys }
guard: { maxDeletes: 10, maxDeletePercent: 30, maxMissing: 3 }
`
}

const MANIFEST_TEXT = `# Each entry is one API key. keywright schema manifest describes every field.
keys:
  example/hello:
    name: Hello
    purpose: shows how a key is declared
    limit: 5                # USD, or unlimited
    limitReset: monthly     # daily | weekly | monthly | never
    deliverTo:
      - { sink: dotenv, name: OPENROUTER_API_KEY }
`
