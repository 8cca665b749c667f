/**
 * `census --burn-orphans STACK`: ends live keys with the marker of a stack that no state claims.
 *
 * What is claimed is known from the project's own records, and from Terraform states (`--state FILE`, or terraform.tfstate in the folder).
 * With neither there is no telling an orphan from a key in service, so a human has to say how many there are (`--confirm N`), as for keys
 * that were used.
 */
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { isStack } from '../../core/address.ts'
import { KeywrightError } from '../../core/diagnostic.ts'
import type { LiveKey } from '../../core/key.ts'
import { type Orphan, orphansOf, stateText } from '../../core/orphans.ts'
import type { KeyRecord } from '../../core/record.ts'
import type { KeyApi } from '../../ports/key-api.ts'
import { renderOrphans } from '../render/orphans.ts'
import type { Args, ExitCode, Shell } from './command.ts'
import { sayYes } from './say-yes.ts'

export interface Burning {
  readonly api: KeyApi
  readonly live: readonly LiveKey[]
  /** Of the project around, if it is of that stack. */
  readonly records: ReadonlyMap<string, KeyRecord> | null
  readonly stack: string
}

export async function burnOrphans(shell: Shell, { flags }: Args, burning: Burning): Promise<ExitCode> {
  const { api, live, stack } = burning
  if (!isStack(stack))
    throw usage(
      `${JSON.stringify(stack.slice(0, 60))} is no name of a stack.`,
      'keywright census --burn-orphans acme-7f3a',
    )
  const states = await statesOf(shell, flags.state)
  const records = burning.records ?? new Map<string, KeyRecord>()
  const orphans = orphansOf({ stack, live, records, states })
  const isKnown = burning.records !== null || states.length > 0
  if (shell.format !== 'json') shell.stdout(renderOrphans({ stack, orphans, burned: null }, shell))
  if (orphans.length > 0) await approved(shell, flags.confirm, { stack, orphans, isKnown })
  shell.holdSignals()
  const burned: Orphan[] = []
  for (const orphan of orphans) {
    if (shell.signal.aborted) break
    await api.remove(orphan.key.id)
    burned.push(orphan)
  }
  if (shell.format === 'json' || burned.length > 0) shell.stdout(renderOrphans({ stack, orphans, burned }, shell))
  return burned.length === orphans.length ? 0 : 130
}

async function statesOf(shell: Shell, files: unknown): Promise<readonly string[]> {
  const named = Array.isArray(files) ? files.filter((file) => typeof file === 'string') : []
  if (named.length > 0) return await Promise.all(named.map((file) => readState(resolve(shell.cwd, file), file)))
  const beside = await readFile(join(shell.cwd, 'terraform.tfstate'), 'utf8').catch(() => null)
  const text = beside === null ? null : textOf(beside)
  return text === null ? [] : [text]
}

async function readState(path: string, name: string): Promise<string> {
  const json = await readFile(path, 'utf8').catch(() => null)
  const text = json === null ? null : textOf(json)
  if (text !== null) return text
  throw usage(`${name} is no Terraform state.`, 'terraform state pull > state.json')
}

function textOf(json: string): string | null {
  return stateText(json, (base64) => Buffer.from(base64, 'base64').toString('utf8'))
}

interface Asked {
  readonly stack: string
  readonly orphans: readonly Orphan[]
  readonly isKnown: boolean
}

/** Throws `CLI_NEEDS_YES`. */
async function approved(shell: Shell, confirm: unknown, { stack, orphans, isKnown }: Asked): Promise<void> {
  const count = orphans.length
  const used = orphans.filter((orphan) => orphan.used).length
  const line = `keywright census --burn-orphans ${stack} --yes --confirm ${count}`
  if ((!isKnown || used > 0) && confirm !== count) {
    const why = isKnown ? `${used} of the ${count} were used` : `no state says which of the ${count} are in service`
    throw new KeywrightError('CLI_NEEDS_YES', {
      message: `${why.charAt(0).toUpperCase()}${why.slice(1)}; nothing was changed.`,
      hint: isKnown
        ? line
        : `terraform state pull > state.json, then: keywright census --burn-orphans ${stack} --state state.json`,
    })
  }
  const plain = `keywright census --burn-orphans ${stack} --yes`
  const isMeant = await sayYes(shell, `Delete ${count === 1 ? 'this key' : `these ${count} keys`} for good?`, plain)
  if (!isMeant) throw new KeywrightError('CLI_NEEDS_YES', { message: 'Nothing was changed.', hint: plain })
}

function usage(message: string, hint: string): KeywrightError {
  return new KeywrightError('CLI_USAGE', { message: `${message} Nothing was done.`, hint })
}
