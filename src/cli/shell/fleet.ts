/** `leaked --all`: everything a stack holds is ended and replaced, the most money first. */
import { isKeywrightError, KeywrightError } from '../../core/diagnostic.ts'
import type { Subject } from '../../core/plan.ts'
import { readSide } from '../../engine/apply.ts'
import type { ReadContext, WriteContext } from '../../engine/context.ts'
import { type Hearing, hear, tell } from '../../engine/desk.ts'
import { type FleetKey, fleetOf, pacesOf } from '../../engine/fleet.ts'
import { type Ends, endLeaked, type Leaked, leaking } from '../../engine/incident.ts'
import { inLanes } from '../../engine/refresh.ts'
import { judge, type Session } from '../../engine/session.ts'
import { renderFleet } from '../render/fleet.ts'
import { counted } from '../render/text.ts'
import { actorOf } from './actor.ts'
import { carryOut } from './carry-out.ts'
import type { Args, ExitCode, Shell } from './command.ts'
import { assertStackRuns, look } from './planning.ts'
import { progressOf } from './progress.ts'
import { quoted } from './quoted.ts'
import { assertRef } from './ref.ts'
import { type Files, type Opened, openReader, openWriter } from './world.ts'

export async function leakedAll(shell: Shell, args: Args): Promise<ExitCode> {
  if (args.words.length > 0) throw usage('--all takes no address, only --where.', `keywright leaked --all --dry-run`)
  return args.flags.dryRun === true ? await dryRun(shell, args) : await wetRun(shell, args)
}

/** Looks and reckons; takes no lease and writes nothing. */
async function dryRun(shell: Shell, args: Args): Promise<ExitCode> {
  const opened = await openReader(shell, { allowEmpty: true })
  try {
    const session = await look(opened, opened.context)
    assertStackRuns(session)
    const fleet = fleetIn(session, { shell, args, opened })
    shell.stdout(renderFleet(viewOf(fleet, { shell, args, opened }), shell))
    return 0
  } finally {
    await opened.close()
  }
}

interface Room {
  readonly shell: Shell
  readonly args: Args
  readonly opened: Files & Pick<Opened<ReadContext | WriteContext>, 'context'>
}

function fleetIn(session: Session, room: Room): readonly FleetKey[] {
  return fleetOf(session.subjects, judged(session, room).plan)
}

/** What would follow if all of them were reported. */
function judged(session: Session, { shell, args, opened }: Room): Session {
  const said = hearing(args)
  const desk = { clock: shell.clock, actor: actorOf(shell.env) }
  const records = new Map([...session.records].map(([address, record]) => [address, hear(record, said, desk)]))
  const { context, wanted, selection } = opened
  return judge({ ...session, context, wanted, records, filter: selection.filter })
}

function hearing({ flags }: Args): Hearing {
  return leaking(null, flags.afterReplacement === true)
}

function viewOf(fleet: readonly FleetKey[], { shell, args, opened }: Room) {
  const limits = [...opened.project.config.providers.values()]
  return {
    stack: opened.context.stack,
    fleet,
    paces: pacesOf(fleet, shell.parallelism),
    writesPerDay: new Map(limits.map(({ name, writesPerDay }) => [name, writesPerDay])),
    afterReplacement: args.flags.afterReplacement === true,
    parallelism: shell.parallelism,
    line: lineFor(fleet.length, shell, args),
  }
}

async function wetRun(shell: Shell, args: Args): Promise<ExitCode> {
  const progress = progressOf(shell)
  const { reporter } = progress
  const opened = await openWriter(shell, { allowEmpty: true, reporter })
  try {
    await assertRef(shell, opened.project)
    const seen = await look(opened, readSide(opened.context))
    assertStackRuns(seen)
    const fleet = fleetIn(seen, { shell, args, opened })
    assertMeant(fleet, shell, args)
    await end(fleet, { opened, said: hearing(args), shell })
    const session = ordered(await look(opened, readSide(opened.context)), fleet)
    const { wanted, selection } = opened
    const telling = {
      kind: 'leaked',
      tell: () => ({ lines: [], json: { fleet: fleet.map(({ address }) => address) } }),
    }
    return await carryOut({ shell, opened, session, wanted, filter: selection.filter, progress, telling })
  } finally {
    await opened.close()
  }
}

/** A yes and the number: nobody ends a whole fleet by a slip. */
function assertMeant(fleet: readonly FleetKey[], shell: Shell, args: Args): void {
  if (fleet.length === 0) throw usage('No key of this stack works any more.', 'keywright status')
  if (shell.yes && args.flags.confirm === fleet.length) return
  throw new KeywrightError('CLI_NEEDS_YES', {
    message: `This ends and replaces ${fleet.length} ${fleet.length === 1 ? 'key' : 'keys'}. It needs a yes and their number; nothing was changed.`,
    hint: lineFor(fleet.length, shell, args),
  })
}

function lineFor(count: number, { where }: Shell, { flags }: Args): string {
  const labels = where.map(([label, value]) => `--where ${quoted(`${label}=${value}`)}`)
  const after = flags.afterReplacement === true ? ['--after-replacement'] : []
  return ['keywright leaked --all', ...labels, ...after, `--yes --confirm ${count}`].join(' ')
}

interface Ending {
  readonly opened: Opened<WriteContext>
  readonly said: Hearing
  readonly shell: Shell
}

/** All of it is written down first, in one save; then one key after the other is ended, the most money first. */
async function end(fleet: readonly FleetKey[], { opened, said, shell }: Ending): Promise<void> {
  const { context } = opened
  const told = await tell(context, new Map(fleet.map(({ address }) => [address, said])))
  const noted = new Map<string, Hearing>()
  let ended = 0
  try {
    await inLanes(fleet, shell.parallelism, async ({ address, provider, ns }) => {
      const record = told.get(address)
      if (!record || shell.signal.aborted) return
      const { stopped, events } = await endOne({ record, ns }, provider, context)
      ended += stopped.length
      noted.set(address, () => events)
    })
  } finally {
    await tell(context, noted)
  }
  if (shell.format !== 'json' && ended > 0) shell.stdout(`Ended ${counted(ended, 'key')}. Replacing them:\n`)
}

const NOTHING: Ends = { stopped: [], events: [] }

/** One that fails does not keep the others waiting: the apply that follows tries it again and tells of it. */
async function endOne(leak: Leaked, provider: string, context: WriteContext): Promise<Ends> {
  try {
    return await endLeaked(await context.api(provider), leak, context)
  } catch (error) {
    if (!isKeywrightError(error) || !error.retryable) throw error
    return NOTHING
  }
}

function ordered(session: Session, fleet: readonly FleetKey[]): Session {
  const place = new Map(fleet.map(({ address }, i) => [address, i]))
  const rank = ({ address }: Subject): number => place.get(address) ?? fleet.length
  const subjects = session.subjects.filter(({ address }) => place.has(address)).sort((a, b) => rank(a) - rank(b))
  const { header, stored, records, world, stops, aside } = session
  return {
    header,
    stored,
    records,
    world,
    stops,
    subjects,
    aside,
    get plan() {
      return session.plan
    },
  }
}

function usage(message: string, hint: string): KeywrightError {
  return new KeywrightError('CLI_USAGE', { message: `${message} Nothing was done.`, hint })
}
