/** Carries a plan out under the lease, tells about each address as it finishes, and turns the whole into an exit code. */
import type { DesiredKey } from '../../core/key.ts'
import type { KeyRecord } from '../../core/record.ts'
import type { Millis } from '../../core/time.ts'
import { type ApplyResult, apply } from '../../engine/apply.ts'
import type { WriteContext } from '../../engine/context.ts'
import type { Outcome } from '../../engine/job.ts'
import type { Filter, Session, Wanted } from '../../engine/session.ts'
import { mintLineage } from '../../io/lineage.ts'
import { renderApplied, renderOutcome } from '../render/progress.ts'
import { block, counted } from '../render/text.ts'
import type { ExitCode, Look, Shell } from './command.ts'
import type { OutcomeView } from './faces.ts'
import { hasErrors } from './planning.ts'
import type { Progress } from './progress.ts'
import type { Opened } from './world.ts'

/** What a command has to say beyond the outcomes of its apply. */
export interface Telling {
  /** Of the JSON document. */
  readonly kind: string
  /** From the records as they are afterwards. */
  readonly tell: (
    records: readonly KeyRecord[],
    room: TellingRoom,
  ) => { readonly lines: readonly string[]; readonly json: object }
}

export interface TellingRoom {
  readonly look: Look
  /** By address. */
  readonly desired: ReadonlyMap<string, DesiredKey>
  readonly now: Millis
}

export function roomOf(shell: Shell, { keys }: Pick<Wanted, 'keys'>): TellingRoom {
  return { look: shell, desired: new Map(keys.map((key) => [key.address, key])), now: shell.clock.now() }
}

const SILENT: Telling = { kind: 'apply', tell: () => ({ lines: [], json: {} }) }

export interface Carry {
  readonly shell: Shell
  readonly opened: Opened<WriteContext>
  readonly session: Session
  readonly wanted: Wanted
  readonly filter: Filter
  readonly progress: Progress
  readonly telling?: Telling
  readonly onResult?: (result: ApplyResult) => void
}

export async function carryOut(carry: Carry): Promise<ExitCode> {
  const { shell, opened, session, wanted, filter, progress, telling = SILENT } = carry
  const start = shell.clock.now()
  const changes = new Map(session.plan.changes.map((change) => [change.address, change]))
  const seen = new Map(session.subjects.map(({ address, sight }) => [address, sight.keys]))
  const keys = new Map(session.subjects.map(({ address, desired }) => [address, desired]))
  const waits = new Map(session.plan.waiting.map((wait) => [wait.address, wait]))
  const views: OutcomeView[] = []
  const onOutcome = (outcome: Outcome): void => {
    if (isSilent(outcome, changes.has(outcome.address), shell)) return
    const { address } = outcome
    const begun = progress.begunAt(address)
    const now = shell.clock.now()
    const view: OutcomeView = {
      change: changes.get(address) ?? null,
      outcome,
      desired: keys.get(address) ?? null,
      waiting: waits.get(address) ?? null,
      live: seen.get(address) ?? new Map(),
      millis: begun === null ? 0 : now - begun,
      now,
    }
    views.push(view)
    progress.interrupt(() => {
      if (shell.format !== 'json') shell.stdout(renderOutcome(view, shell))
    })
  }
  progress.start(changes.size)
  const result = await apply(opened.context, { session, wanted, filter, mint: mintLineage, onOutcome }).finally(
    progress.stop,
  )
  carry.onResult?.(result)
  const exit = exitOf(carry, result)
  const { writes } = opened.traffic()
  const now = shell.clock.now()
  const interrupted = shell.signal.aborted
  const { problems, stops } = session.plan
  const told = { ...result, problems: [...problems, ...stops] }
  const millis = now - start
  const { lines, json } = telling.tell(recordsAfter(session, result), roomOf(shell, wanted))
  const view = { result: told, session, outcomes: views, millis, writes, interrupted, exit, now }
  const idle = views.length === 0 && told.problems.length === 0 && !interrupted && shell.format !== 'json'
  if (shell.format !== 'json' && lines.length > 0) shell.stdout(block(lines, shell.columns))
  if (!idle) shell.stdout(renderApplied({ ...view, kind: telling.kind, more: json }, shell))
  else if (lines.length === 0) shell.stdout(`Nothing to do: ${nothingToDo(session)}.\n`)
  return exit
}

/** What the store holds of these addresses now. */
function recordsAfter({ subjects }: Session, { outcomes }: ApplyResult): readonly KeyRecord[] {
  const after = new Map(outcomes.map(({ address, record }) => [address, record]))
  return subjects.flatMap(({ address, record }) => {
    const last = after.has(address) ? after.get(address) : record
    return last && last.serial > 0 ? [last] : []
  })
}

/** `3 keys as declared, 1 old secret in grace or hold`. */
function nothingToDo({ subjects }: Session): string {
  const declared = subjects.filter(({ desired }) => desired !== null).length
  const waiting = subjects.flatMap(({ record }) =>
    record.generations.filter(({ phase }) => phase === 'superseded' || phase === 'disabled'),
  )
  const words = [counted(declared, 'key'), 'as declared'].join(' ')
  return waiting.length === 0 ? words : `${words}, ${counted(waiting.length, 'old secret')} in grace or hold`
}

/** True for an address that had nothing to do and nothing to say. */
function isSilent({ steps, problem, status }: Outcome, isPlanned: boolean, { signal }: Shell): boolean {
  if (steps.length > 0 || problem !== null) return false
  return signal.aborted || (!isPlanned && status !== 'open')
}

/** 130 interrupted; 1 when an address is stopped by a code; 5 when something is open or was not looked at; else 0. Held addresses are only warned about. */
function exitOf({ shell, session }: Carry, result: ApplyResult): ExitCode {
  if (shell.signal.aborted) return 130
  if (hasErrors(session) || result.outcomes.some(({ status }) => status === 'stopped')) return 1
  const open =
    session.world.away.size > 0 || result.outcomes.some(({ status }) => status === 'open' || status === 'yielded')
  return open || result.postponed.length > 0 ? 5 : 0
}
