import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { KeywrightError } from '../../core/diagnostic.ts'
import type { Allowance } from '../../core/guard.ts'
import { at } from '../../core/time.ts'
import type { Session } from '../../engine/session.ts'
import { ALLOWANCES, allowanceOf } from '../shell/allowances.ts'
import { annotate } from '../shell/annotate.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import type { PlanView } from '../shell/faces.ts'
import { assertMeant, assertStackRuns, BREAK_FREEZE, breaksFreeze, hasErrors, look, viewOf } from '../shell/planning.ts'
import { assertDigest, digestFlag, sealedPlan, writePlan } from '../shell/saved-plan.ts'
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
    { flag: '--out <file>', doc: 'write the authored changes, sealed, for: keywright apply FILE' },
    { flag: '--due', doc: 'with --out: seal what is merely due as well' },
    { flag: '--check <digest>', doc: 'exit with 3 unless this is the plan with that digest', parse: digestFlag },
  ],
  examples: [
    'keywright plan',
    'keywright plan "payments/*" --where team=checkout',
    'keywright plan --live live.json --trust origin/main',
    'keywright plan --out plan.json',
  ],
  run,
}

interface Looked {
  readonly view: PlanView
  readonly files: Files
}

async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const { live, detailedExitcode, out, check } = args.flags
  const { view, files } = await (typeof live === 'string' ? fromSnapshot(shell, args, live) : fromApi(shell, args))
  const { renderPlan } = await import('../render/plan.ts')
  const { planAnnotations } = await import('../render/annotations.ts')
  shell.stdout(renderPlan(view, shell))
  await annotate(shell, () => planAnnotations(view), files.project.root)
  if (view.refusals.length > 0) return 3
  if (typeof check === 'string') assertDigest(sealedPlan(view.session, files.project, false), check)
  if (typeof out === 'string') await save(shell, out, { view, files, due: args.flags.due === true })
  if (hasErrors(view.session)) return 1
  return detailedExitcode === true && view.session.plan.changes.length > 0 ? 2 : 0
}

/** A refused plan is never written, so that no file stands for something that would be refused. */
async function save(
  shell: Shell,
  out: string,
  { view, files, due }: Looked & { readonly due: boolean },
): Promise<void> {
  const saved = sealedPlan(view.session, files.project, due)
  await writePlan(shell, out, saved)
  const { length: count } = saved.sealed
  const changes = count === 1 ? '1 change' : `${count} changes`
  shell.stderr(`Wrote ${out}: ${changes} sealed, no secret.\nNext: keywright apply ${out}\n`)
}

async function fromApi(shell: Shell, args: Args): Promise<Looked> {
  const allowance = allowanceOf(args)
  const opened = await openReader(shell, optionsOf(args, allowance))
  try {
    const session = await look(opened, opened.context)
    const more = { requests: opened.traffic().requests, allowance, snapshotAge: null }
    return { view: judged(shell, { files: opened, session, ...more }), files: opened }
  } finally {
    await opened.close()
  }
}

function optionsOf(args: Args, { empty }: Allowance): OpenOptions {
  return { words: args.words, allowEmpty: empty === true, breakFreeze: breaksFreeze(args) }
}

async function fromSnapshot(shell: Shell, args: Args, file: string): Promise<Looked> {
  const allowance = allowanceOf(args)
  const files = await openFiles(shell, optionsOf(args, allowance))
  const { decodeSnapshot } = await import('../../core/snapshot.ts')
  const { sessionFrom } = await import('../../engine/from-snapshot.ts')
  const snapshot = decodeSnapshot(await textOf(resolve(shell.cwd, file), file))
  const session = sessionFrom(snapshot, files.wanted, files.project.config.stack, files.selection.filter)
  assertMeant(files, session)
  const snapshotAge = Math.max(0, shell.clock.now() - at(snapshot.at))
  return { view: judged(shell, { files, session, requests: null, allowance, snapshotAge }), files }
}

function judged(
  shell: Shell,
  inputs: {
    readonly files: Files
    readonly session: Session
    readonly requests: number | null
    readonly allowance: Allowance
    readonly snapshotAge: number | null
  },
): PlanView {
  assertStackRuns(inputs.session)
  return viewOf({ shell, about: 'plan', ...inputs })
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
