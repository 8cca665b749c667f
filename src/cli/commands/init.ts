import { randomInt } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { isKeywrightError, KeywrightError } from '../../core/diagnostic.ts'
import { document } from '../render/json.ts'
import type { Command, ExitCode, Shell } from '../shell/command.ts'

export const init: Command = {
  name: 'init',
  describe: 'Writes keywright.yaml, a first manifest and lines for .gitignore. Overwrites nothing and sends nothing.',
  examples: ['keywright init', 'keywright init -C infra/keys'],
  run,
}

const CONFIG = 'keywright.yaml'
const MANIFEST = 'keys/example.keys.yaml'
const IGNORED = ['.keywright/', '.env.keys']

async function run(shell: Shell): Promise<ExitCode> {
  const stack = stackFor(basename(shell.cwd))
  await create(shell.cwd, CONFIG, configText(stack))
  const first = await createUnlessThere(shell.cwd, MANIFEST, MANIFEST_TEXT)
  const ignored = await ignore(shell.cwd)
  const written = [CONFIG, ...(first ? [MANIFEST] : []), ...(ignored ? ['.gitignore'] : [])]
  shell.stdout(shell.format === 'json' ? document('init', { stack, written }) : report(stack, written))
  return 0
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

function configText(stack: string): string {
  return `# What keywright works with. The keys themselves are in keys/*.keys.yaml.
version: 1
stack: ${stack}        # in the name of every key; choose it once
providers:
  openrouter: { kind: openrouter, token: { env: OPENROUTER_MANAGEMENT_KEY } }
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
