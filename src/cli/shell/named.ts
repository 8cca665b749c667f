/** The records that the words of an incident command name: manifests may be broken, so labels and globs of them count as far as they can. */
import { KeywrightError } from '../../core/diagnostic.ts'
import type { KeyRecord } from '../../core/record.ts'
import type { Args, Shell } from './command.ts'
import type { Incident } from './incident.ts'
import { selection } from './selection.ts'

/** Throws `CLI_USAGE` without a word or label, `CLI_ADDRESS_UNKNOWN` for one that means nothing. */
export async function recordsNamed(shell: Shell, { words }: Args, incident: Incident): Promise<readonly KeyRecord[]> {
  assertNamed(shell, words)
  const records = await incident.records()
  const keys = new Map(incident.keys.map((key) => [key.address, key]))
  const chosen = selection({ stack: incident.stack, words, where: shell.where })
  chosen.check(records.keys())
  const found = [...records.values()].filter(({ address }) =>
    chosen.filter({ address, id: address.slice(incident.stack.length + 1), desired: keys.get(address) ?? null }),
  )
  if (found.length === 0) throw nothingMatches(shell)
  return found.sort((a, b) => (a.address < b.address ? -1 : 1))
}

/** A command that changes what it names never means everything by default. Throws `CLI_USAGE`. */
export function assertNamed({ where, commandLine }: Shell, words: readonly string[]): void {
  if (words.length > 0 || where.length > 0) return
  throw new KeywrightError('CLI_USAGE', {
    message: 'Name at least one address, a glob such as "payments/*", or a label with --where. Nothing was done.',
    hint: `${commandLine} --help`,
  })
}

export function nothingMatches({ where }: Shell): KeywrightError {
  const labels = where.map(([label, value]) => `${label}=${value}`).join(' and ')
  return new KeywrightError('CLI_ADDRESS_UNKNOWN', {
    message: `No key ${labels === '' ? 'is meant' : `has ${labels}`}. Nothing was done.`,
    hint: 'keywright status',
  })
}
