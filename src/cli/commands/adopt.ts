import { formatAddress } from '../../core/address.ts'
import { type Diagnostic, KeywrightError } from '../../core/diagnostic.ts'
import { isLive } from '../../core/record.ts'
import { readSide } from '../../engine/apply.ts'
import type { Session } from '../../engine/session.ts'
import { ALLOWANCES, allowanceOf, allowedWords } from '../shell/allowances.ts'
import { approved, assertAllowed } from '../shell/approval.ts'
import { carryOut } from '../shell/carry-out.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { assertStackRuns, look, viewOf } from '../shell/planning.ts'
import { progressOf } from '../shell/progress.ts'
import { assertRef } from '../shell/ref.ts'
import { Reported } from '../shell/reported.ts'
import { openWriter } from '../shell/world.ts'

export const adopt: Command = {
  name: 'adopt',
  describe:
    'Takes a live key that was made elsewhere over, as it is, under the id of an entry: its secret stays the same until the first rotation. The adopt: section of a manifest does the same.',
  words: '<hash>',
  flags: [
    { flag: '--as <id>', doc: 'id of the entry that describes it from now on' },
    { flag: '--from <stack>', doc: 'stack whose marker it may carry' },
    ...ALLOWANCES,
  ],
  examples: ['keywright adopt sha256:f01d5260c2f0... --as legacy-crawler'],
  run,
}

async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const { as, from } = args.flags
  const [word = ''] = args.words
  if (typeof as !== 'string')
    throw new KeywrightError('CLI_USAGE', {
      message: 'An adopted key needs an entry.',
      hint: `keywright adopt ${word} --as ID`,
    })
  const progress = progressOf(shell)
  const { reporter } = progress
  const opened = await openWriter(shell, { words: [as], reporter })
  try {
    await assertRef(shell, opened.project)
    const adopting = { key: word.replace(/^sha256:/, ''), as, ...(typeof from === 'string' ? { from } : {}) }
    const wanted = { ...opened.wanted, adopted: [adopting] }
    const files = { ...opened, wanted }
    const session = await look(files, readSide(opened.context))
    assertStackRuns(session)
    const stops = [...session.stops.values(), ...taken(session, formatAddress(opened.context.stack, as), adopting.key)]
    if (stops.length > 0) throw new Reported(stops, { word: 'refused', exit: 3, summary: 'Nothing was changed.' })
    const about = { about: 'apply', allowance: allowanceOf(args), snapshotAge: null } as const
    const view = viewOf({ shell, files, session, requests: opened.traffic().requests, ...about })
    assertAllowed(view)
    const source = adopting.from === undefined ? [] : [`--from ${adopting.from}`]
    const line = [`keywright adopt ${word} --as ${as}`, ...source, ...allowedWords(args), '--yes'].join(' ')
    if (!(await approved(shell, view, { line, question: 'Take this key over?' }))) return shell.signal.aborted ? 130 : 3
    return await carryOut({ shell, opened: files, session, wanted, filter: opened.selection.filter, progress })
  } finally {
    await opened.close()
  }
}

/** The section of a manifest may stay for ever; a command that does nothing would seem to have done what it says. */
function taken({ records }: Session, address: string, key: string): readonly Diagnostic[] {
  const record = records.get(address)
  if (!record || record.generations.some((g) => isLive(g) && g.id === key)) return []
  const message = `${address} has a key of its own already, so it cannot adopt ${key.slice(0, 12)}...`
  return [{ severity: 'error', code: 'ADOPT_REFUSED', address, message, hint: `keywright show ${address}` }]
}
