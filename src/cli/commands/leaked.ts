import { KeywrightError } from '../../core/diagnostic.ts'
import type { LiveKey } from '../../core/key.ts'
import type { KeyRecord } from '../../core/record.ts'
import { compromised, disableLive, edit, recordOf } from '../../engine/incident.ts'
import { renderLeaked } from '../render/incident.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { type Incident, openIncident } from '../shell/incident.ts'
import { hashOfStdin, hashOfWord } from '../shell/pasted.ts'
import { Reported } from '../shell/reported.ts'
import { tokenOnlyApi } from '../shell/world.ts'

export const leaked: Command = {
  name: 'leaked',
  describe:
    'Disables the key of a leaked secret, now: one request. The value comes on stdin, or its hash as an argument.',
  words: '[hash]',
  examples: ['pbpaste | keywright leaked', 'keywright leaked sha256:f01d5260...'],
  run,
}

interface Stopped {
  readonly key: LiveKey | null
  readonly record: KeyRecord | null
}

/** Waits for nothing: no lease, no list, no manifest that has to be right. Without a project only the token is needed. */
async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const id = hashOfWord(args, 'leaked') ?? (await hashOfStdin(shell, 'leaked'))
  const incident = await usable(shell)
  shell.holdSignals()
  try {
    const { key, record } = incident ? await inProject(incident, id) : { key: await withToken(shell, id), record: null }
    if (!key) throw unknown(id)
    const desired = record ? incident?.keys.find((one) => one.address === record.address) : undefined
    shell.stdout(renderLeaked({ id, key, record, desired: desired ?? null }, shell))
    return 0
  } finally {
    await incident?.close()
  }
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

async function inProject(incident: Incident, id: string): Promise<Stopped> {
  const found = recordOf(await incident.records(), id)
  const record = found ? await edit(incident.desk, found.address, (one, now) => compromised(one, id, now)) : null
  for (const name of found ? [found.provider] : incident.providers) {
    const key = await disableLive(await incident.api(name), id)
    if (key) return { key, record }
  }
  return { key: null, record }
}

async function withToken(shell: Shell, id: string): Promise<LiveKey | null> {
  const account = await tokenOnlyApi(shell)
  try {
    return await disableLive(account.api, id)
  } finally {
    await account.close()
  }
}

function unknown(id: string): KeywrightError {
  return new KeywrightError('API_KEY_UNKNOWN', {
    message: `No live key of this account has the hash sha256:${id.slice(0, 12)}...; nothing was disabled.`,
    hint: 'look whether it belongs to another account, or is a management key: those end only in the dashboard',
  })
}
