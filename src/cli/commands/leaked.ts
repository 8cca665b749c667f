import { KeywrightError } from '../../core/diagnostic.ts'
import type { LiveKey } from '../../core/key.ts'
import { tellOne } from '../../engine/desk.ts'
import { disableLive, leaking, stopNow } from '../../engine/incident.ts'
import { leakedOf } from '../../engine/words.ts'
import { type LeakedView, leakedJson, renderLeaked } from '../render/incident.ts'
import { type Args, type Command, type ExitCode, type Shell, wholeNumber } from '../shell/command.ts'
import { type Incident, openIncident } from '../shell/incident.ts'
import { replaceLeaked } from '../shell/replace.ts'
import { Reported } from '../shell/reported.ts'
import { type Leak, leakOf } from '../shell/suspect.ts'
import { tokenOnlyApi } from '../shell/world.ts'

export const leaked: Command = {
  name: 'leaked',
  describe:
    'Ends the key of a leaked secret, now, and replaces it where the state knows it. The value comes on stdin; a hash or an address may be an argument.',
  words: '[address-or-hash]',
  flags: [
    { flag: '--after-replacement', doc: 'deliver the successor first; until then the leaked secret works' },
    { flag: '--all', doc: 'every key of the stack (or of --where): the place that held them leaked' },
    { flag: '--dry-run', doc: 'with --all: show order, writes, time and places, and do nothing' },
    { flag: '--confirm <n>', doc: 'with --all: the number of keys, beside --yes', parse: wholeNumber(1) },
  ],
  examples: [
    'pbpaste | keywright leaked',
    'keywright leaked sha256:f01d5260...',
    'keywright leaked payments/api --after-replacement',
    'keywright leaked --all --dry-run',
  ],
  run,
}

/** Waits for nothing until the key is ended: no lease, no list, no manifest that has to be right. Without a project only a token is needed. */
async function run(shell: Shell, args: Args): Promise<ExitCode> {
  if (args.flags.all === true) return (await import('../shell/fleet.ts')).leakedAll(shell, args)
  if (args.flags.dryRun === true || args.flags.confirm !== undefined) throw onlyForAll()
  const incident = await usable(shell)
  try {
    const leak = await leakOf(shell, args, incident)
    shell.holdSignals()
    if (incident && leak.suspect) return await ours(leak, { shell, args, incident })
    return await stranger(leak, shell, incident)
  } finally {
    await incident?.close()
  }
}

/** Whoever asks for a dry run must never get a wet one. */
function onlyForAll(): KeywrightError {
  return new KeywrightError('CLI_USAGE', {
    message: '--dry-run and --confirm go with --all. Nothing was done.',
    hint: 'keywright leaked --all --dry-run',
  })
}

/** A keywright.yaml that cannot be used must not be in the way: then the token alone has to do. */
async function usable(shell: Shell): Promise<Incident | null> {
  try {
    return await openIncident(shell)
  } catch (error) {
    if (!(error instanceof Reported) || shell.env.OPENROUTER_MANAGEMENT_KEY === undefined) throw error
    shell.stderr(
      'keywright.yaml cannot be used, so the state is not told about this; run keywright leaked again once it can.\n',
    )
    return null
  }
}

interface Room {
  readonly shell: Shell
  readonly args: Args
  readonly incident: Incident
}

/** Written down, ended, replaced: each is saved before the next is begun. */
async function ours(leak: Leak, { shell, args, incident }: Room): Promise<ExitCode> {
  const { address = '', n = null } = leak.suspect ?? {}
  const { desk } = incident
  const told = await tellOne(desk, address, leaking(n, args.flags.afterReplacement === true))
  if (!told) throw new RangeError('an address that was just found has no record')
  const ns = leakedOf(told, n)
  const stopped = await stopNow(desk, await incident.api(told.provider), { record: told, ns })
  const desired = incident.keys.find((key) => key.address === address) ?? null
  const hash = leak.by === 'secret' ? leak.hash : null
  const view: LeakedView = { hash, record: told, desired, ns, stopped }
  if (shell.format !== 'json') shell.stdout(renderLeaked(view, shell))
  return await replaceLeaked(shell, told, leakedJson(view))
}

/** A key that no record knows: it is ended by its hash, and nothing replaces it. */
async function stranger(leak: Leak, shell: Shell, incident: Incident | null): Promise<ExitCode> {
  const hash = leak.by === 'secret' ? leak.hash : ''
  const key = incident ? await anywhere(incident, hash) : await withToken(shell, hash)
  if (!key) throw unknown(hash)
  const view: LeakedView = { hash, record: null, desired: null, ns: [], stopped: [{ n: 0, key }] }
  shell.stdout(renderLeaked(view, shell))
  return 0
}

async function anywhere(incident: Incident, hash: string): Promise<LiveKey | null> {
  for (const name of incident.providers) {
    const api = await incident.api(name)
    const key = api.capabilities.matchesOffline ? await disableLive(api, hash) : null
    if (key) return key
  }
  return null
}

async function withToken(shell: Shell, hash: string): Promise<LiveKey | null> {
  const account = await tokenOnlyApi(shell)
  try {
    return await disableLive(account.api, hash)
  } finally {
    await account.close()
  }
}

function unknown(hash: string): KeywrightError {
  return new KeywrightError('API_KEY_UNKNOWN', {
    message: `No live key of this account has the hash sha256:${hash.slice(0, 12)}...; nothing was disabled.`,
    hint: 'look whether it belongs to another account, or is a management key: those end only in the dashboard',
  })
}
