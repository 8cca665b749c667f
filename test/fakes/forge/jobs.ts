/** Runs what a CI job would run: the step of action.yml, or the script of a GitLab job, in a shell, with our build where npx would be. */
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { CLI, type Ended } from '../cli.ts'

/**
 * A folder whose `npx` runs the build, whatever version it is asked for, as `npx --yes keywright@V` and as `npx --yes --package=P... keywright`.
 * What was to be installed stands in its file `asked`.
 */
export function npxFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-npx-'))
  const npx = join(folder, 'npx')
  writeFileSync(
    npx,
    `#!/bin/sh
[ "$1" = --yes ] || exit 99
shift
for word in "$@"; do
  case "$word" in --package=*) echo "$word" >>${folder}/asked; shift ;; *) break ;; esac
done
case "$1" in keywright | keywright@*) ;; *) exit 99 ;; esac
shift
exec ${process.execPath} ${CLI} "$@"
`,
  )
  chmodSync(npx, 0o755)
  return folder
}

export interface Script {
  readonly script: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

export function bash({ script, cwd, env }: Script): Promise<Ended> {
  const child = spawn('bash', ['-c', script], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const text = { stdout: '', stderr: '', all: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      text[stream] += chunk
      text.all += chunk
    })
  return new Promise((done) =>
    child.on('close', (code) => done({ code, ...text, words: text.all.replace(/\s+/g, ' ') })),
  )
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>
  readonly runs: { readonly steps: readonly { readonly run: string; readonly env: Readonly<Record<string, string>> }[] }
}

const ACTION: Action = parse(readFileSync(new URL('../../../action.yml', import.meta.url), 'utf8'))

export interface Job {
  readonly workspace: string
  readonly inputs: Readonly<Record<string, string>>
  /** Of the runner and the job. */
  readonly env: Readonly<Record<string, string>>
}

/** The one step of action.yml, with its inputs put in as the runner does. */
export function actionStep({ workspace, inputs, env }: Job): Promise<Ended> {
  const [step] = ACTION.runs.steps
  if (!step) throw new Error('action.yml has no step')
  const temp = mkdtempSync(join(tmpdir(), 'keywright-runner-'))
  const values = Object.entries(step.env).map(([name, text]) => {
    const input = /^\$\{\{ inputs\.(\w+) \}\}$/.exec(text)?.[1] ?? ''
    if (!Object.hasOwn(ACTION.inputs, input)) throw new Error(`action.yml has no input for ${name}`)
    return [name, inputs[input] ?? ACTION.inputs[input]?.default ?? ''] as const
  })
  mkdirSync(temp, { recursive: true })
  const runner = { GITHUB_ACTIONS: 'true', CI: 'true', GITHUB_WORKSPACE: workspace, RUNNER_TEMP: temp }
  return bash({ script: step.run, cwd: temp, env: { ...runner, ...env, ...Object.fromEntries(values) } })
}
