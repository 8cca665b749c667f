/** An apply for people: one line for each address as it finishes, and the end. With json the end is the one document. */
import type { Diagnostic } from '../../core/diagnostic.ts'
import { display } from '../../core/display.ts'
import type { Change } from '../../core/plan.ts'
import type { Look } from '../shell/command.ts'
import type { AppliedFace, AppliedView, OutcomeFace, OutcomeView } from '../shell/faces.ts'
import { appliedJson } from './applied-json.ts'
import { brushOf, idIn, SYMBOLS } from './change.ts'
import { renderDiagnostics } from './diagnostics.ts'
import { outcomeWords } from './outcome-words.ts'
import { type Paint, paint } from './paint.ts'
import { block, counted, dotted, pad, paragraph } from './text.ts'
import { took } from './words.ts'

const ID = 22

export const renderOutcome: OutcomeFace = (view, look) => {
  if (look.format === 'json') return ''
  const brush = paint(look)
  const { change, outcome, millis } = view
  const words = [...outcomeWords(view), ...troubles(view)]
  const color = outcome.status === 'stopped' ? brush.bad : change ? brushOf(change.action, brush) : brush.faint
  const id = idIn(stackOf(outcome.address), outcome.address)
  const [first = '', ...more] = dotted(words.length === 0 ? ['nothing to do'] : words, look.columns - ID - 6, ID + 6)
  const time = millis < 50 ? '' : `  ${brush.faint(took(millis))}`
  const lines = [`  ${color(symbol(change, view))} ${brush.strong(pad(id, ID))}  ${first}`, ...more]
  return block([...lines.slice(0, -1), `${lines.at(-1) ?? ''}${time}`], look.columns)
}

function symbol(change: Change | null, { outcome }: OutcomeView): string {
  if (outcome.status === 'stopped' || isSetAside(outcome.problem)) return '!'
  return change ? SYMBOLS[change.action] : '·'
}

/** Left alone by a human's decision: what lets go of it is on the line of the address. */
function isSetAside(problem: Diagnostic | null): boolean {
  return problem !== null && SET_ASIDE.has(problem.code)
}

const SET_ASIDE: ReadonlySet<string> = new Set(['HELD_OUTSIDE', 'ADDRESS_PAUSED', 'ADDRESS_PINNED'])

function stackOf(address: string): string {
  return address.slice(0, address.indexOf('/'))
}

function troubles({ outcome }: OutcomeView): readonly string[] {
  const { problem, status } = outcome
  if (status === 'yielded') return ['left to another run, which saved it first']
  if (!problem) return []
  // The whole message comes at the end; on the line of an address its beginning has to do.
  if (isSetAside(problem)) return []
  if (problem.code === 'CLOCK_SKEW') return ['waits: the clock of this machine is wrong']
  return [display(`${problem.code}: ${problem.message}`, { max: 100 })]
}

/** The last lines: what was done, what is open, and what to type. */
export const renderApplied: AppliedFace = (view, look) => {
  if (look.format === 'json') return appliedJson(view)
  const brush = paint(look)
  const told = tell(view, look)
  const end = dotted(ending(view, brush), look.columns, 2)
  return told + block([...(told === '' ? [] : ['']), ...end, ...next(view, look, brush)], look.columns)
}

/** Problems in full, each once, below the lines of their addresses. */
function tell({ result }: AppliedView, look: Look): string {
  const problems = [...result.problems, ...result.outcomes.flatMap(({ problem }) => (problem ? [problem] : []))].filter(
    (one, i, all) => !isSetAside(one) && (one.code !== 'CLOCK_SKEW' || i === firstSkew(all)),
  )
  const unique = [...new Map(problems.map((one) => [`${one.code} ${one.address} ${one.message}`, one])).values()]
  return unique.length === 0 ? '' : `\n${renderDiagnostics(unique, look, { word: 'stopped' })}`
}

/** A wrong clock concerns every address alike: one warning is enough. What lets go of a held address is on its line. */
function firstSkew(all: readonly Diagnostic[]): number {
  return all.findIndex(({ code }) => code === 'CLOCK_SKEW')
}

function ending(view: AppliedView, brush: Paint): readonly string[] {
  const { result, session, millis, writes } = view
  const planned = session.plan.changes.length
  const open = openCount(view)
  const tail = [`in ${took(millis)}`, counted(writes, 'write')]
  const stopped = result.outcomes.filter(({ status }) => status === 'stopped').length
  const done = Math.max(0, planned - open - stopped)
  if (view.interrupted)
    return [`${brush.change('Interrupted')}: what was in flight is finished and saved, nothing is lost`, ...tail]
  if (stopped > 0)
    return [
      `${brush.bad('Stopped')}: ${stopped} of ${planned} ${stopped === 1 ? 'needs' : 'need'} you`,
      `${done} done`,
      ...tail,
    ]
  if (open > 0)
    return [
      `${brush.change('Unfinished but safe')}: ${open} of ${Math.max(open, planned)} left open, nothing lost`,
      ...tail,
    ]
  if (planned === 0) return [`${brush.good('Done')}: nothing to do`, ...asideWords(view), ...tail, 'nothing left open']
  return [`${brush.good('Done')}: ${planned} of ${planned} ${tail[0]}`, tail[1] ?? '', 'nothing left open']
}

function asideWords({ result }: AppliedView): readonly string[] {
  const words = { HELD_OUTSIDE: 'held', ADDRESS_PAUSED: 'paused', ADDRESS_PINNED: 'pinned' } as const
  return Object.entries(words).flatMap(([code, word]) => {
    const count = result.outcomes.filter(({ problem }) => problem?.code === code).length
    return count === 0 ? [] : [`${count} ${word}`]
  })
}

function openCount({ result }: AppliedView): number {
  return (
    result.outcomes.filter(({ status }) => status === 'open' || status === 'yielded').length + result.postponed.length
  )
}

function next(view: AppliedView, look: Look, brush: Paint): readonly string[] {
  const { result, exit, interrupted } = view
  const waits =
    result.postponed.length === 0
      ? []
      : paragraph(
          `${counted(result.postponed.length, 'removal')} waited, because a new key of this plan is not active yet.`,
          look.columns,
          0,
        )
  const type =
    exit === 5 || interrupted ? [`Next: ${brush.info('keywright apply')}   goes on where this run stopped`] : []
  return [...waits, ...type, ...(exit === 0 ? [] : [brush.faint(`[exit ${exit}]`)])]
}
