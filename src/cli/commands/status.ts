import { resolve } from 'node:path'
import { KeywrightError } from '../../core/diagnostic.ts'
import { worksAt } from '../../core/liveness.ts'
import type { KeyRecord } from '../../core/record.ts'
import { statusIn } from '../../engine/board.ts'
import type { Proof } from '../../engine/prove-places.ts'
import type { Session } from '../../engine/session.ts'
import { statusOf } from '../../engine/standing.ts'
import type { StatusView } from '../render/faces.ts'
import { openCount } from '../render/plan-words.ts'
import { renderStatus } from '../render/status.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { look } from '../shell/planning.ts'
import { quoted } from '../shell/quoted.ts'
import { selection } from '../shell/selection.ts'
import { openReader, openState, type SoundProject } from '../shell/world.ts'

export const status: Command = {
  name: 'status',
  describe: 'Where every key stands, what is stuck and why, and what to type. Takes no lease and writes nothing.',
  words: '[addresses...]',
  flags: [
    { flag: '--offline', doc: 'from the state alone, without asking the key API' },
    { flag: '--html <file>', doc: 'write a page to look at into this file' },
    { flag: '--prove', doc: 'read every readable place and compare it with the live key by hash' },
  ],
  examples: ['keywright status', 'keywright status --prove', 'keywright status --offline --json'],
  run,
}

/** 1 when a readable place does not hold the live key; else 0, also when something is stuck: looking is no failure. */
async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const seen = args.flags.offline === true ? await offline(shell, args) : await online(shell, args)
  if (typeof args.flags.html === 'string') await writePage(shell, seen, args.flags.html)
  const proofs = args.flags.prove === true ? await prove(shell, seen) : null
  shell.stdout(renderStatus({ ...seen.view, proofs }, shell))
  return proofs?.some(isBad) ? 1 : 0
}

interface Seen {
  readonly project: SoundProject
  readonly records: readonly KeyRecord[]
  readonly view: Omit<StatusView, 'proofs'>
  /** `null`: nobody looked. */
  readonly session: Session | null
}

async function online(shell: Shell, args: Args): Promise<Seen> {
  const opened = await openReader(shell, { words: args.words, allowEmpty: true })
  try {
    const session = await look(opened, opened.context)
    const { plan, subjects, world, stops: stopped } = session
    const addresses = subjects.map((subject) => statusIn(subject, stopped.has(subject.address)))
    const { requests } = opened.traffic()
    const { stack, stops, problems, live, unclaimed, changes, waiting } = plan
    return {
      project: opened.project,
      session,
      records: subjects.flatMap(({ record }) => (record.serial > 0 ? [record] : [])),
      view: {
        stack,
        now: world.at,
        addresses,
        stops,
        problems,
        live: {
          keys: live,
          dead: deadIn(session),
          unclaimed,
          changes: changes.length,
          open: openCount(waiting),
          requests,
        },
      },
    }
  } finally {
    await opened.close()
  }
}

/** Listed, and over all the same: expired, or ended by the API. */
function deadIn({ world }: Session): number {
  let dead = 0
  for (const { keys, skew } of world.providers.values())
    for (const key of keys.values())
      if (key && key.fields.disabled !== true && !worksAt(key, world.at + skew)) dead += 1
  return dead
}

async function offline(shell: Shell, args: Args): Promise<Seen> {
  const opened = await openState(shell)
  try {
    const { project, store } = opened
    const { stack } = project.config
    const { records } = await store.read(stack)
    const desired = new Map(project.keys.map((key) => [key.address, key]))
    const all = [...new Set([...desired.keys(), ...records.keys()])]
    const chosen = selection({ stack, words: args.words, where: shell.where })
    chosen.check(all)
    const here = all.filter((address) =>
      chosen.filter({ address, id: address.slice(stack.length + 1), desired: desired.get(address) ?? null }),
    )
    const now = shell.clock.now()
    const addresses = here.map((address) =>
      statusOf(address, {
        desired: desired.get(address) ?? null,
        record: records.get(address) ?? null,
        live: null,
        stopped: false,
        now,
      }),
    )
    return {
      project,
      session: null,
      records: here.flatMap((address) => records.get(address) ?? []),
      view: { stack, now, addresses, stops: [], problems: project.diagnostics, live: null },
    }
  } finally {
    await opened.close()
  }
}

/** The page of `reconcile --listen`, of this moment. */
async function writePage(shell: Shell, { session, project }: Seen, file: string): Promise<void> {
  if (session === null)
    throw new KeywrightError('CLI_USAGE', {
      message: '--html needs a look at the key API.',
      hint: `keywright status --html ${quoted(file)}`,
    })
  const { writeStatusPage } = await import('../../daemon/page/file.ts')
  await writeStatusPage({ session, config: project.config, path: resolve(shell.cwd, file), now: shell.clock.now() })
}

/** Opens sinks and, for the comparison alone, key APIs; neither is written to. */
async function prove(shell: Shell, { project, records }: Seen): Promise<readonly Proof[]> {
  const { provePlaces } = await import('../../engine/prove-places.ts')
  const { openEyes } = await import('../shell/eyes.ts')
  const eyes = openEyes(shell, project)
  try {
    return await provePlaces(records, eyes, shell.parallelism)
  } finally {
    await eyes.close()
  }
}

function isBad({ verdict }: Proof): boolean {
  return verdict !== 'holds' && verdict !== 'unreadable' && verdict !== 'leaving'
}
