import { readSide } from '../../engine/apply.ts'
import type { WriteContext } from '../../engine/context.ts'
import { type Filter, judge, type Session, type Wanted } from '../../engine/session.ts'
import { ALLOWANCES, allowanceOf, allowedWords } from '../shell/allowances.ts'
import { approved, assertAllowed } from '../shell/approval.ts'
import { carryOut } from '../shell/carry-out.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { assertStackRuns, look, viewOf } from '../shell/planning.ts'
import { progressOf } from '../shell/progress.ts'
import { quoted } from '../shell/quoted.ts'
import { assertRef } from '../shell/ref.ts'
import { type Opened, openWriter } from '../shell/world.ts'

export const destroy: Command = {
  name: 'destroy',
  describe:
    'Retires the keys of this stack as if they were in no manifest: disabled now, deleted after removal.hold. Guards and protect hold.',
  words: '[addresses...]',
  flags: [...ALLOWANCES, { flag: '--now', doc: 'delete at once; nothing brings the secrets back' }],
  examples: ['keywright destroy platform/ci-bot --yes', 'keywright destroy --yes --allow-deletes 41'],
  run,
}

async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const allowance = { ...allowanceOf(args), empty: true }
  const progress = progressOf(shell)
  const { reporter } = progress
  const opened = await openWriter(shell, { words: args.words, allowEmpty: true, reporter })
  try {
    await assertRef(shell, opened.project)
    const filter = leavingOf(opened)
    const wanted = without(opened.wanted, filter)
    const selection = { ...opened.selection, filter }
    const session = await sessionOf({ ...opened, selection }, wanted, args)
    assertStackRuns(session)
    const leaving = { ...opened, wanted }
    const view = viewOf({
      shell,
      snapshotAge: null,
      files: leaving,
      session,
      requests: opened.traffic().requests,
      about: 'destroy',
      allowance,
    })
    assertAllowed(view)
    if (!(await approved(shell, view, { line: again(args), question: 'Retire these keys?' })))
      return shell.signal.aborted ? 130 : 3
    return await carryOut({ shell, opened: leaving, session, wanted, filter, progress })
  } finally {
    await opened.close()
  }
}

/** Labels are those the manifests give, although the keys are taken out of them. */
function leavingOf({ wanted, selection }: Opened<unknown>): Filter {
  const keys = new Map(wanted.keys.map((key) => [key.address, key]))
  return (subject) => selection.filter({ ...subject, desired: keys.get(subject.address) ?? null })
}

/** The manifests as if these keys were not in them. Places of the others stay theirs. */
function without(wanted: Wanted, filter: Filter): Wanted {
  const keys = wanted.keys.filter((key) => !filter({ address: key.address, id: key.id, desired: key }))
  return { ...wanted, keys }
}

/** Looks with the whole manifests, so that an account is asked even when no record is left, and judges without these keys. */
async function sessionOf(opened: Opened<WriteContext>, wanted: Wanted, { flags }: Args): Promise<Session> {
  const seen = await look(opened, readSide(opened.context))
  const { context, selection } = opened
  const kept = new Set(wanted.keys.map((key) => key.address))
  const world = { ...seen.world, desired: seen.world.desired.filter((key) => kept.has(key.address)) }
  const records = flags.now === true ? withoutHold(seen.records) : seen.records
  return judge({ ...seen, context, wanted, records, world, filter: selection.filter })
}

function withoutHold(records: Session['records']): Session['records'] {
  return new Map(
    [...records].map(([address, record]) => [address, { ...record, policy: { ...record.policy, removalHold: 0 } }]),
  )
}

function again(args: Args): string {
  const { words, flags } = args
  const now = flags.now === true ? ['--now'] : []
  return ['keywright destroy', ...words.map(quoted), ...allowedWords(args), ...now, '--yes'].join(' ')
}
