import { KeywrightError } from '../../core/diagnostic.ts'
import { isLive, type KeyRecord } from '../../core/record.ts'
import { tellOne } from '../../engine/desk.ts'
import { disableLive, holding } from '../../engine/incident.ts'
import { renderDisabled } from '../render/incident.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { type Incident, openIncident } from '../shell/incident.ts'
import { oneAddress } from '../shell/one-address.ts'

export const disable: Command = {
  name: 'disable',
  describe: 'Disables a key now and keeps it disabled until resume, or until a commit changes its entry.',
  words: '<address>',
  examples: ['keywright disable payments/api'],
  run,
}

async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const incident = await needProject(shell)
  try {
    const record = await recordFor(incident, args.words[0] ?? '')
    const desired = incident.keys.find((one) => one.address === record.address) ?? null
    if (record.protect || desired?.protect) throw guarded(record.address)
    shell.holdSignals()
    await tellOne(incident.desk, record.address, holding(desired))
    const api = await incident.api(record.provider)
    let disabled = 0
    for (const g of record.generations.filter(isLive))
      if (g.phase !== 'disabled' && (await disableLive(api, g.id))) disabled += 1
    shell.stdout(renderDisabled({ address: record.address, disabled }, shell))
    return 0
  } finally {
    await incident.close()
  }
}

/** Throws `CONFIG_MISSING` without a project. */
export async function needProject(shell: Shell): Promise<Incident> {
  const incident = await openIncident(shell)
  if (incident) return incident
  throw new KeywrightError('CONFIG_MISSING', {
    message: 'There is no keywright.yaml in this folder or any folder above it, so there are no addresses.',
    hint: 'keywright leaked sha256:HASH   disables a key by its hash with only a token',
  })
}

/** The record an address word names. Throws `CLI_ADDRESS_UNKNOWN`. */
export async function recordFor(incident: Incident, word: string): Promise<KeyRecord> {
  const records = await incident.records()
  const record = records.get(oneAddress(word, incident.stack, [...records.keys()]))
  if (record) return record
  throw new RangeError('an address that was just found has no record')
}

function guarded(address: string): KeywrightError {
  return new KeywrightError('GUARD_PROTECTED', {
    message: `${address} is protected and would be disabled.`,
    hint: `first commit protect: false for ${address}; if its secret leaked: keywright leaked sha256:HASH`,
  })
}
