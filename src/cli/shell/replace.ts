/** The second half of a leak: another generation takes the place of the one that ended. It may fail; the first half is saved by then. */

import { ABOUT_ENTRIES } from '../../core/guard.ts'
import type { KeyRecord } from '../../core/record.ts'
import { readSide } from '../../engine/apply.ts'
import { renderDiagnostics } from '../render/diagnostics.ts'
import { document } from '../render/json.ts'
import { approved, assertAllowed } from './approval.ts'
import { carryOut } from './carry-out.ts'
import type { ExitCode, Shell } from './command.ts'
import { assertStackRuns, look, viewOf } from './planning.ts'
import { progressOf } from './progress.ts'
import { assertRef } from './ref.ts'
import type { Reported } from './reported.ts'
import { openWriter } from './world.ts'

/** Applies this address alone. `facts` are those of the JSON document. Exit code 5 when it has to be done later, 3 when it was refused. */
export async function replaceLeaked(shell: Shell, record: KeyRecord, facts: object): Promise<ExitCode> {
  try {
    return await replace(shell, record, facts)
  } catch (error) {
    const { endOf } = await import('./run.ts')
    return notReplaced(endOf(error), { shell, record, facts })
  }
}

async function replace(shell: Shell, { address }: KeyRecord, facts: object): Promise<ExitCode> {
  const progress = progressOf(shell)
  const { reporter } = progress
  const opened = await openWriter(shell, { words: [address], allowEmpty: true, reporter })
  try {
    await assertRef(shell, opened.project)
    const session = await look(opened, readSide(opened.context))
    assertStackRuns(session)
    const { requests } = opened.traffic()
    const allowance = { empty: true, waived: ABOUT_ENTRIES }
    const view = viewOf({ shell, snapshotAge: null, files: opened, session, requests, about: 'apply', allowance })
    assertAllowed(view)
    const line = `keywright apply ${idOf(address)} --yes`
    if (!(await approved(shell, view, { line, question: 'Apply this plan?' }))) return shell.signal.aborted ? 130 : 3
    const { wanted, selection } = opened
    const telling = { kind: 'leaked', tell: () => ({ lines: [], json: facts }) }
    return await carryOut({ shell, opened, session, wanted, filter: selection.filter, progress, telling })
  } finally {
    await opened.close()
  }
}

interface Room {
  readonly shell: Shell
  readonly record: KeyRecord
  readonly facts: object
}

function notReplaced({ diagnostics, exit, word }: Reported, { shell, record, facts }: Room): ExitCode {
  const code = exit === 3 ? 3 : 5
  if (shell.format === 'json') {
    shell.stdout(document('leaked', { ...facts, exit: code, outcomes: [], problems: diagnostics }))
    return code
  }
  shell.stderr(renderDiagnostics(diagnostics, shell, { word }))
  const works = record.compromised?.afterReplacement === true ? ', so the leaked secret still works' : ''
  shell.stdout(`Not replaced yet${works}.\nNext: keywright apply ${idOf(record.address)}\n[exit ${code}]\n`)
  return code
}

function idOf(address: string): string {
  return address.slice(address.indexOf('/') + 1)
}
