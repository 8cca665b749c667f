import type { SavedPlan } from '../../core/sealed.ts'
import { type ApplyResult, readSide } from '../../engine/apply.ts'
import type { WriteContext } from '../../engine/context.ts'
import { judge, type Session, type Wanted } from '../../engine/session.ts'
import { ALLOWANCES, allowanceOf, allowedWords } from '../shell/allowances.ts'
import { approved, assertAllowed } from '../shell/approval.ts'
import { carryOut } from '../shell/carry-out.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { assertStackRuns, BREAK_FREEZE, breaksFreeze, look, viewOf } from '../shell/planning.ts'
import { progressOf } from '../shell/progress.ts'
import { quoted } from '../shell/quoted.ts'
import { assertRef } from '../shell/ref.ts'
import { assertDigest, assertFresh, digestFlag, savedPlanIn, sealedPlan } from '../shell/saved-plan.ts'
import { type Opened, openWriter } from '../shell/world.ts'

export const apply: Command = {
  name: 'apply',
  describe:
    'Makes the live keys what the manifests say, delivers each new secret, and finishes what is due. With the file of plan --out it does exactly what that plan says, or nothing.',
  words: '[addresses...]',
  flags: [
    ...ALLOWANCES,
    BREAK_FREEZE,
    { flag: '--check <digest>', doc: 'a yes to exactly the plan with that digest', parse: digestFlag },
  ],
  examples: [
    'keywright apply',
    'keywright apply --yes',
    'keywright apply platform/ci-bot --yes',
    'keywright apply plan.json',
  ],
  run,
}

/** The lease comes first, so that the plan that is shown is the one that is carried out. */
async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const saved = await savedPlanIn(shell, args.words)
  const allowance = allowanceOf(args)
  const progress = progressOf(shell)
  const { reporter } = progress
  const all = await openWriter(shell, {
    words: saved === null ? args.words : [],
    allowEmpty: allowance.empty === true,
    breakFreeze: breaksFreeze(args),
    reporter,
  })
  // What was reviewed is carried out as a whole; else one key API that is down is no reason to leave keys of another alone.
  const opened = { ...all, context: { ...all.context, mayLack: saved === null } }
  try {
    await assertRef(shell, opened.project)
    const seen = await look(opened, readSide(opened.context))
    assertStackRuns(seen)
    const { session, wanted, filter } = saved === null ? whole(seen, opened) : only(saved, seen, { shell, opened })
    const requests = opened.traffic().requests
    const view = viewOf({ shell, files: opened, session, requests, about: 'apply', allowance, snapshotAge: null })
    const { afterApply } = await import('../../daemon/after-apply.ts')
    const applied = { shell, opened, session }
    if (view.refusals.length > 0) await afterApply({ ...applied, result: null, refusals: view.refusals })
    assertAllowed(view)
    const { check } = args.flags
    if (typeof check === 'string') assertDigest(sealedPlan(session, opened.project, false), check)
    const isReviewed = saved !== null || typeof check === 'string'
    if (!isReviewed && !(await approved(shell, view, { line: again(args), question: 'Apply this plan?' })))
      return shell.signal.aborted ? 130 : 3
    let result: ApplyResult | null = null
    const onResult = (all: ApplyResult): void => {
      result = all
    }
    const exit = await carryOut({ shell, opened, session, wanted, filter, progress, onResult })
    await afterApply({ ...applied, result, refusals: [] })
    return exit
  } finally {
    await opened.close()
  }
}

interface Meant {
  readonly session: Session
  readonly wanted: Wanted
  readonly filter: Opened<WriteContext>['selection']['filter']
}

function whole(session: Session, { wanted, selection }: Opened<WriteContext>): Meant {
  return { session, wanted, filter: selection.filter }
}

interface Room {
  readonly shell: Shell
  readonly opened: Opened<WriteContext>
}

/** Exactly the sealed addresses; renames and hand-overs of others wait for a plan of their own. */
function only(saved: SavedPlan, seen: Session, { shell, opened }: Room): Meant {
  assertFresh(saved, seen, opened.wanted.keys)
  const sealed = new Set(saved.sealed.map(({ address }) => address))
  const left = seen.plan.changes.filter(({ address, origin }) => !sealed.has(address) && origin === 'authored').length
  if (left > 0 && shell.logLevel !== 'error')
    shell.stderr(
      `${left === 1 ? '1 change is' : `${left} changes are`} not in this plan and left alone: keywright plan\n`,
    )
  const { wanted: all, context } = opened
  const isSealed = (id: string): boolean => sealed.has(`${context.stack}/${id}`)
  const moved = all.moved.filter(({ to }) => isSealed(to))
  const wanted = { ...all, moved, handedOver: all.handedOver.filter(isSealed) }
  const filter = ({ address }: { readonly address: string }): boolean => sealed.has(address)
  return { session: judge({ ...seen, context, wanted, filter }), wanted, filter }
}

/** The same command line with a yes. */
function again(args: Args): string {
  const { words, flags } = args
  const freeze = flags.breakFreeze === true ? ['--break-freeze'] : []
  return ['keywright apply', ...words.map(quoted), ...allowedWords(args), ...freeze, '--yes'].join(' ')
}
