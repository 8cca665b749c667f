import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { KeywrightError } from '../../core/diagnostic.ts'
import type { Allowance } from '../../core/guard.ts'
import type { Session } from '../../engine/session.ts'
import { ALLOWANCES, allowanceOf } from '../shell/allowances.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import type { PlanView } from '../shell/faces.ts'
import { assertMeant, assertStackRuns, BREAK_FREEZE, breaksFreeze, hasErrors, look, viewOf } from '../shell/planning.ts'
import { type Files, type OpenOptions, openFiles, openReader } from '../shell/world.ts'

export const plan: Command = {
  name: 'plan',
  describe: 'Shows what apply would do, and changes nothing: no write to the API, no look into a place, no lease.',
  words: '[addresses...]',
  flags: [
    ...ALLOWANCES,
    BREAK_FREEZE,
    { flag: '--detailed-exitcode', doc: 'exit with 2 when changes are pending' },
    { flag: '--live <file>', doc: 'plan from this snapshot: no credential, no network' },
  ],
  examples: ['keywright plan', 'keywright plan "payments/*" --where team=checkout', 'keywright plan --live live.json'],
  run,
}

async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const { live, detailedExitcode } = args.flags
  const view = await (typeof live === 'string' ? fromSnapshot(shell, args, live) : fromApi(shell, args))
  const { renderPlan } = await import('../render/plan.ts')
  shell.stdout(renderPlan(view, shell))
  if (view.refusals.length > 0) return 3
  if (hasErrors(view.session)) return 1
  return detailedExitcode === true && view.session.plan.changes.length > 0 ? 2 : 0
}

async function fromApi(shell: Shell, args: Args): Promise<PlanView> {
  const allowance = allowanceOf(args)
  const opened = await openReader(shell, optionsOf(args, allowance))
  try {
    const session = await look(opened, opened.context)
    return judged(opened, session, { requests: opened.traffic().requests, allowance })
  } finally {
    await opened.close()
  }
}

function optionsOf(args: Args, { empty }: Allowance): OpenOptions {
  return { words: args.words, allowEmpty: empty === true, breakFreeze: breaksFreeze(args) }
}

async function fromSnapshot(shell: Shell, args: Args, file: string): Promise<PlanView> {
  const allowance = allowanceOf(args)
  const files = await openFiles(shell, optionsOf(args, allowance))
  const { decodeSnapshot } = await import('../../core/snapshot.ts')
  const { sessionFrom } = await import('../../engine/from-snapshot.ts')
  const snapshot = decodeSnapshot(await textOf(resolve(shell.cwd, file), file))
  const session = sessionFrom(snapshot, files.wanted, files.project.config.stack, files.selection.filter)
  assertMeant(files, session)
  return judged(files, session, { requests: null, allowance })
}

function judged(
  files: Files,
  session: Session,
  more: { readonly requests: number | null; readonly allowance: Allowance },
): PlanView {
  assertStackRuns(session)
  return viewOf({ files, session, about: 'plan', ...more })
}

async function textOf(path: string, shown: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    throw new KeywrightError('SNAPSHOT_INVALID', {
      message: `${shown} cannot be read.`,
      hint: 'keywright snapshot --out live.json',
    })
  }
}
