import { decide } from '../../core/machine/next-step.ts'
import type { Sight } from '../../core/machine/step.ts'
import { newRecord } from '../../core/record.ts'
import { instant } from '../../core/time.ts'
import { UNMINTED } from '../../engine/session.ts'
import { statusOf } from '../../engine/standing.ts'
import type { ShowView } from '../render/faces.ts'
import { renderShow } from '../render/show.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { oneAddress } from '../shell/one-address.ts'
import { look } from '../shell/planning.ts'
import { openReader, openState } from '../shell/world.ts'

export const show: Command = {
  name: 'show',
  describe:
    'One key: every value with the file and line it comes from, its generations and places, and what apply would do next.',
  words: '<address>',
  flags: [{ flag: '--offline', doc: 'from files and state alone, without asking the key API' }],
  examples: ['keywright show platform/ci-bot'],
  run,
}

async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const view = args.flags.offline === true ? await offline(shell, args) : await online(shell, args)
  shell.stdout(renderShow(view, shell))
  return 0
}

async function online(shell: Shell, args: Args): Promise<ShowView> {
  const opened = await openReader(shell, { allowEmpty: true })
  try {
    const session = await look(opened, opened.context)
    const address = oneAddress(
      args.words[0] ?? '',
      session.plan.stack,
      session.subjects.map((one) => one.address),
    )
    const subject = session.subjects.find((one) => one.address === address)
    const stop = session.plan.stops.find((one) => one.address === address) ?? null
    const record = subject && subject.record.serial > 0 ? subject.record : null
    const sight = subject?.sight ?? blind(session.world.at)
    return viewOf({
      address,
      stack: session.plan.stack,
      desired: subject?.desired ?? null,
      record,
      live: sight.keys,
      sight,
      stop,
    })
  } finally {
    await opened.close()
  }
}

async function offline(shell: Shell, args: Args): Promise<ShowView> {
  const opened = await openState(shell)
  try {
    const { project, store } = opened
    const { stack } = project.config
    const { records } = await store.read(stack)
    const address = oneAddress(args.words[0] ?? '', stack, [
      ...project.keys.map((key) => key.address),
      ...records.keys(),
    ])
    const desired = project.keys.find((key) => key.address === address) ?? null
    return viewOf({
      address,
      stack,
      desired,
      record: records.get(address) ?? null,
      live: null,
      sight: blind(shell.clock.now()),
      stop: null,
    })
  } finally {
    await opened.close()
  }
}

function blind(now: number): Sight {
  return { now, keys: new Map(), marked: [], places: new Map(), inHand: null, skewed: false }
}

type Facts = Pick<ShowView, 'address' | 'stack' | 'desired' | 'record' | 'live' | 'stop'> & { readonly sight: Sight }

function viewOf(facts: Facts): ShowView {
  const { address, stack, desired, record, live, stop, sight } = facts
  const status = statusOf(address, { desired, record, live, stopped: stop !== null, now: sight.now })
  return { address, stack, desired, record, live, stop, now: sight.now, status, next: stop ? NOTHING : nextOf(facts) }
}

const NOTHING: ShowView['next'] = { step: null, why: 'stopped', until: null }

/** The machine's own answer. Without live keys it only knows what the record says. */
function nextOf({ desired, record, sight }: Facts): ShowView['next'] {
  const start = record ?? (desired ? newRecord(desired, UNMINTED) : null)
  if (!start) return { step: null, why: null, until: null }
  const decision = decide(desired, start, sight)
  if (decision.do !== 'rest') return { step: decision.do, why: null, until: null }
  const { why, code, until } = decision
  return { step: null, why: why ?? code ?? null, until: until === null ? null : instant(until) }
}
