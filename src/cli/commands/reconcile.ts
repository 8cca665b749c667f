import { KeywrightError } from '../../core/diagnostic.ts'
import type { View } from '../../daemon/loop.ts'
import type { Ended } from '../../daemon/round.ts'
import type { Source } from '../../daemon/source.ts'
import { duration } from '../options.ts'
import { document } from '../render/json.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'

export const reconcile: Command = {
  name: 'reconcile',
  describe:
    'Keeps the live keys true with nobody watching: looks, applies what the manifests say and what is due, tells what needs a human, sleeps. SIGTERM ends it after the effect in flight, SIGHUP makes it look now.',
  words: '[addresses...]',
  flags: [
    { flag: '--once', doc: 'one look, then end' },
    { flag: '--every <time>', doc: 'look at least this often (loop.every, or 10m)', parse: duration },
    { flag: '--git <url>', doc: 'manifests from this repository instead of a folder' },
    { flag: '--ref <name>', doc: 'branch or tag to follow (main)' },
    { flag: '--path <dir>', doc: 'folder of keywright.yaml in the repository' },
    { flag: '--checkout <dir>', doc: 'where the repository is checked out (.keywright-checkout)' },
    {
      flag: '--poll <time>',
      doc: 'ask the repository this often for something new (loop.poll, or 1m)',
      parse: duration,
    },
    { flag: '--accept-commit <sha>', doc: 'go to this commit although it does not descend from the last one' },
    { flag: '--on-missing <what>', doc: 'a key that was deleted outside: hold or reissue', parse: missing },
    { flag: '--retire-only', doc: 'end old generations, and do nothing else' },
    {
      flag: '--listen <address>',
      doc: 'HOST:PORT for status page, metrics and webhook; a port alone is of this machine',
    },
  ],
  examples: [
    'keywright reconcile',
    'keywright reconcile --git https://git.example.com/keys.git --ref main --listen 9090',
    'keywright reconcile --once --retire-only',
  ],
  run,
}

function missing(text: string): string {
  if (text === 'hold' || text === 'reissue') return text
  throw new RangeError(`write hold or reissue, not ${JSON.stringify(text)}`)
}

async function run(shell: Shell, { words, flags }: Args): Promise<ExitCode> {
  const { runLoop } = await import('../../daemon/loop.ts')
  const { openLog } = await import('../../daemon/log.ts')
  const { waker: wakerOf } = await import('../../daemon/waker.ts')
  const once = flags.once === true
  const log = await openLog({
    clock: shell.clock,
    write: shell.stderr,
    human: shell.live || (once && shell.format === 'human'),
    level: shell.logLevel === 'error' ? 'error' : 'info',
  })
  // Warnings of files and waits come with each look; what matters of them is in the log.
  const quiet: Shell = { ...shell, logLevel: 'error', stderr: (text) => log.info(text.trim()) }
  const waker = wakerOf(shell.clock, shell.signal)
  const source = await sourceOf(shell, flags)
  shell.holdSignals()
  if (!once) shell.onHangup(waker.wake)
  const { openWindow } = await import('../../daemon/listen/window.ts')
  const window = await openWindow({ shell, waker, log, address: text(flags.listen), ref: text(flags.ref) })
  let last: View | null = null
  try {
    const ended = await runLoop({
      shell: quiet,
      source,
      log,
      waker,
      once,
      poll: text(flags.git) === null ? null : (millis(flags.poll) ?? 60_000),
      every: millis(flags.every),
      onMissing: flags.onMissing === 'hold' || flags.onMissing === 'reissue' ? flags.onMissing : null,
      retireOnly: flags.retireOnly === true,
      words,
      publish: (view, round) => {
        last = view
        window.show(view, round)
      },
    })
    return once ? endOfOnce(shell, ended, last) : 0
  } finally {
    await window.close()
  }
}

async function sourceOf(shell: Shell, flags: Args['flags']): Promise<Source> {
  const { folderSource, gitSource } = await import('../../daemon/source.ts')
  const url = text(flags.git)
  if (url === null) return folderSource(shell.cwd, shell.env)
  assertPlain(url)
  const { resolve } = await import('node:path')
  const folder = resolve(shell.cwd, text(flags.checkout) ?? '.keywright-checkout')
  return gitSource({
    url,
    ref: text(flags.ref) ?? 'main',
    folder,
    path: text(flags.path) ?? '.',
    acceptCommit: text(flags.acceptCommit),
    env: shell.env,
  })
}

/** A password in an address ends up in process lists and messages. */
function assertPlain(url: string): void {
  if (!url.startsWith('-') && !/^https?:\/\/[^/]*@/.test(url)) return
  throw new KeywrightError('CLI_USAGE', {
    message: 'Write --git without a user name or password; git finds those by its credential helpers.',
    hint: 'keywright reconcile --git https://git.example.com/keys.git',
  })
}

/** 3 refused, 1 stopped, 5 open, as apply; what went wrong as a whole is thrown. */
function endOfOnce(shell: Shell, { error, round, problem, traffic }: Ended, view: View | null): ExitCode {
  if (error !== null) throw error
  const statuses = round?.result.outcomes.map(({ status }) => status) ?? []
  const exit = exitOf([...statuses, ...(round?.after.world.away.size ? ['open'] : [])], {
    refused: (round?.refusals.length ?? 0) > 0,
    stopped: problem !== null,
  })
  const done = statuses.filter((status) => status === 'settled').length
  if (shell.format === 'json') shell.stdout(document('reconcile', { exit, ...traffic, ...view }))
  else shell.stdout(`${done} of ${statuses.length} done, ${traffic.requests} requests, ${traffic.writes} writes.\n`)
  return shell.signal.aborted ? 130 : exit
}

function exitOf(
  statuses: readonly string[],
  { refused, stopped }: { readonly refused: boolean; readonly stopped: boolean },
): ExitCode {
  if (refused) return 3
  if (stopped || statuses.includes('stopped')) return 1
  return statuses.some((status) => status === 'open' || status === 'yielded') ? 5 : 0
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function millis(value: unknown): number | null {
  return typeof value === 'number' && value > 0 ? value : null
}
