/**
 * A human's word about some addresses, and then an apply of exactly these: look, judge, ask, write the word down, carry out.
 *
 * All of it happens under the lease. The word is judged against what is there, planned in memory first (so that whoever says yes sees what
 * follows from it together with whatever else waits at that address), and saved before anything is sent.
 */
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { Subject } from '../../core/plan.ts'
import type { KeyRecord } from '../../core/record.ts'
import { isConditional, isReadable } from '../../core/sink-kinds.ts'
import { readSide } from '../../engine/apply.ts'
import type { WriteContext } from '../../engine/context.ts'
import { type Hearing, hear, tell } from '../../engine/desk.ts'
import { judge, type Session } from '../../engine/session.ts'
import type { Answer, Ear } from '../../engine/words.ts'
import { document } from '../render/json.ts'
import { block } from '../render/text.ts'
import { approved, assertAllowed } from './approval.ts'
import { carryOut, roomOf, type Telling } from './carry-out.ts'
import type { Args, ExitCode, Shell } from './command.ts'
import { assertNamed, nothingMatches } from './named.ts'
import { assertStackRuns, look, viewOf } from './planning.ts'
import { progressOf } from './progress.ts'
import { assertRef } from './ref.ts'
import { Reported } from './reported.ts'
import { type Opened, openWriter } from './world.ts'

export interface Saying {
  readonly answer: (ear: Ear) => Answer
  /** The same command line, without a yes. */
  readonly line: string
  /** What is asked before several addresses are touched; absent where the word alone harms nobody. */
  readonly question?: (count: number) => string
  readonly breakFreeze?: boolean
  readonly telling: Telling
}

export async function sayAndApply(shell: Shell, args: Args, saying: Saying): Promise<ExitCode> {
  assertNamed(shell, args.words)
  const progress = progressOf(shell)
  const { reporter } = progress
  const opened = await openWriter(shell, {
    words: args.words,
    allowEmpty: true,
    reporter,
    breakFreeze: saying.breakFreeze === true,
  })
  try {
    await assertRef(shell, opened.project)
    const seen = await look(opened, readSide(opened.context))
    assertStackRuns(seen)
    const chosen = heardBy(chosenOf(seen, shell), { args, opened, saying, stored: seen.stored })
    const session = judged(seen, opened, heardRecords(chosen, opened.context))
    const yes = await agreed({ shell, opened, session, saying, count: chosen.length })
    if (yes === null) return shell.signal.aborted ? 130 : 3
    const saved = await tell(opened.context, new Map(chosen.map(({ subject, hearing }) => [subject.address, hearing])))
    if (!yes) return justTold({ shell, opened, saying, saved })
    const { wanted, selection } = opened
    const after = judged(seen, opened, saved)
    return await carryOut({
      shell,
      opened,
      wanted,
      progress,
      session: after,
      filter: selection.filter,
      telling: saying.telling,
    })
  } finally {
    await opened.close()
  }
}

interface Chosen {
  readonly subject: Subject
  readonly hearing: Hearing
}

function chosenOf(session: Session, shell: Shell): readonly Subject[] {
  const { subjects, stops } = session
  const stopped = subjects.flatMap(({ address }) => stops.get(address) ?? [])
  if (stopped.length > 0) throw new Reported(stopped, { word: 'stopped', summary: 'Nothing was changed.' })
  if (subjects.length === 0) throw nothingMatches(shell)
  return subjects
}

interface Room {
  readonly args: Args
  readonly opened: Opened<WriteContext>
  readonly saying: Saying
  readonly stored: Session['stored']
}

/** Nothing to say at such an address: under a glob or a label it is passed over. */
const PASSED_OVER: ReadonlySet<string> = new Set([
  'GRACE_OVER',
  'ADDRESS_NOT_ISSUED',
  'ADDRESS_LEAVING',
  'ROLLBACK_IMPOSSIBLE',
])

/** Throws `Reported` when something stands against the word at one of the addresses: then it is said to none. */
function heardBy(subjects: readonly Subject[], room: Room): readonly Chosen[] {
  const { opened, saying } = room
  const unsure = unsureSinks(opened)
  const chosen: Chosen[] = []
  const refused: Diagnostic[] = []
  for (const subject of subjects) {
    const answer = answerOf(subject, room, unsure)
    if ('refused' in answer) refused.push(answer.refused)
    else chosen.push({ subject, hearing: hearingOf(subject, saying, unsure) })
  }
  const isExact = room.args.words.length > 0 && !room.args.words.some((word) => /[*?]/.test(word))
  const against = refused.filter(({ code }) => isExact || chosen.length === 0 || !PASSED_OVER.has(code))
  if (against.length === 0) return chosen
  const isRefusal = against.some(({ code }) => !PASSED_OVER.has(code))
  throw new Reported(against, {
    exit: isRefusal ? 3 : 1,
    word: isRefusal ? 'refused' : 'error',
    summary: 'Nothing was changed.',
  })
}

function answerOf({ address, desired, record, sight }: Subject, room: Room, unsure: ReadonlySet<string>): Answer {
  const { saying, stored } = room
  if (!stored.has(address)) return notIssued(address)
  return saying.answer({ record, desired, now: sight.now, unsure })
}

/** Asked again of the record as it is when it is saved: a running command of somebody else may have said something meanwhile. */
function hearingOf({ desired, sight }: Subject, { answer }: Saying, unsure: ReadonlySet<string>): Hearing {
  return (record) => {
    const said = answer({ record, desired, now: sight.now, unsure })
    return 'events' in said ? said.events : []
  }
}

function notIssued(address: string): Answer {
  const id = address.slice(address.indexOf('/') + 1)
  const message = `${address} was never issued under this name.`
  return { refused: { severity: 'error', code: 'ADDRESS_NOT_ISSUED', address, message, hint: `keywright apply ${id}` } }
}

function unsureSinks({ project }: Opened<WriteContext>): ReadonlySet<string> {
  const unsure = [...project.config.sinks].filter(([, sink]) => !isReadable(sink) || !isConditional(sink))
  return new Set(unsure.map(([name]) => name))
}

function heardRecords(chosen: readonly Chosen[], context: WriteContext): ReadonlyMap<string, KeyRecord> {
  return new Map(chosen.map(({ subject, hearing }) => [subject.address, hear(subject.record, hearing, context)]))
}

/** The same look at the world, with these records in place of what was stored. Addresses to which nothing is said are left out. */
function judged(seen: Session, opened: Opened<WriteContext>, heard: ReadonlyMap<string, KeyRecord>): Session {
  const { wanted, context, selection } = opened
  const stored = new Map([...seen.stored, ...heard])
  const records = new Map([...seen.records, ...heard])
  const filter: typeof selection.filter = (subject) => heard.has(subject.address) && selection.filter(subject)
  return judge({ ...seen, context, wanted, stored, records, filter })
}

interface Told {
  readonly shell: Shell
  readonly opened: Opened<WriteContext>
  readonly saying: Saying
  readonly saved: ReadonlyMap<string, KeyRecord>
}

/** The word is saved, and nothing of it needs a request before the next apply. */
function justTold({ shell, opened, saying, saved }: Told): ExitCode {
  const { telling, line } = saying
  const { lines, json } = telling.tell([...saved.values()], roomOf(shell, opened.wanted))
  const hint = `Other changes wait there for a yes: ${line} --yes   or keywright apply`
  shell.stdout(
    shell.format === 'json' ? document(telling.kind, { exit: 0, outcomes: [], ...json }) : block([...lines, hint]),
  )
  return 0
}

interface Asking {
  readonly shell: Shell
  readonly opened: Opened<WriteContext>
  readonly session: Session
  readonly saying: Saying
  readonly count: number
}

/** `false`: the word alone, since other changes wait there that nobody approved. `null`: a person said no. */
async function agreed({ shell, opened, session, saying, count }: Asking): Promise<boolean | null> {
  const { requests } = opened.traffic()
  const view = viewOf({
    shell,
    snapshotAge: null,
    files: opened,
    session,
    requests,
    about: 'apply',
    allowance: { empty: true },
  })
  const { question } = saying
  if (!question && !shell.yes && (view.needsApproval || view.refusals.length > 0)) return false
  assertAllowed(view)
  const needsApproval = view.needsApproval || (question !== undefined && count > 1)
  const asked = question?.(count) ?? 'Apply this plan?'
  return (await approved(shell, { ...view, needsApproval }, { line: `${saying.line} --yes`, question: asked })) || null
}
