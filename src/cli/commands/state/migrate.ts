/** `state migrate`: all stacks of one store into another. The old store stays as it is, and can be gone back to until a run has worked with the new one. */

import type { StoreConfig } from '../../../core/config/config.ts'
import { isStoreKind } from '../../../core/config/kinds.ts'
import { KeywrightError } from '../../../core/diagnostic.ts'
import { isMapping } from '../../../core/manifest/source.ts'
import { differences, losses, type StateDocument } from '../../../core/state-document.ts'
import type { StateStore } from '../../../ports/state-store.ts'
import { document } from '../../render/json.ts'
import { block } from '../../render/text.ts'
import type { Command, Shell } from '../../shell/command.ts'
import { loadStack } from '../../shell/project.ts'
import { sayYes } from '../../shell/say-yes.ts'
import { openConfiguredStore, takeLease } from '../../shell/world.ts'
import { put } from './transfer.ts'

export const migrate: Command = {
  name: 'migrate',
  describe:
    'Copies the state of all stacks from one store to another. Each is a kind, or what stands behind store: in keywright.yaml.',
  words: '<from> <to>',
  examples: ['keywright state migrate local git', "keywright state migrate git '{ kind: s3, bucket: acme-keywright }'"],
  async run(shell, { words: [from = '', to = ''] }) {
    const { root } = await loadStack(shell)
    const [source, goal] = [await storeOf(shell, from, root), await storeOf(shell, to, root)]
    try {
      const stacks = await source.stacks()
      const line = `keywright state migrate '${from}' '${to}' --yes`
      const question = `Copy ${listed(stacks)} from ${source.location} to ${goal.location}?`
      if (stacks.length === 0) throw nothing(source)
      if (!(await sayYes(shell, question, line))) return 3
      let records = 0
      for (const stack of stacks) records += await copy(shell, { source, goal, stack })
      say(shell, { stacks, records, to, location: goal.location })
      return 0
    } finally {
      await source.close()
      await goal.close()
    }
  },
}

interface Move {
  readonly source: StateStore
  readonly goal: StateStore
  readonly stack: string
}

/** Under the leases of both, so that no run works meanwhile. A copy that was interrupted is taken up where it ended. */
async function copy(shell: Shell, { source, goal, stack }: Move): Promise<number> {
  const lease = await takeLease(shell, source, stack)
  const kept = await takeLease(shell, goal, stack)
  try {
    const next = { stack, ...(await source.read(stack)) }
    const now = { stack, ...(await goal.read(stack)) }
    const lost = losses({ ...now, records: withoutSerials(now) }, next)
    if (lost.length > 0) throw taken(lost, goal)
    await put(goal, { now, next, lease: kept })
    const after = { stack, ...(await goal.read(stack)) }
    if (differences(after, next).length > 0) throw unlike(goal)
    await lease.check()
    return next.records.size
  } finally {
    await kept.release()
    await lease.release()
  }
}

/** Another store counts its own saves. */
function withoutSerials({ records }: StateDocument): StateDocument['records'] {
  return new Map([...records].map(([address, record]) => [address, { ...record, serial: 0 }]))
}

async function storeOf(shell: Shell, text: string, root: string): Promise<StateStore> {
  const { kind, ...options } = await mappingIn(text)
  if (!isStoreKind(kind)) throw unusable(text)
  const config: Pick<StoreConfig, 'kind' | 'options'> = { kind, options }
  return openConfiguredStore(shell, config, root)
}

async function mappingIn(text: string): Promise<Readonly<Record<string, unknown>>> {
  if (isStoreKind(text)) return { kind: text }
  const { parseDocument } = await import('../../../io/yaml.ts')
  const { document: read } = await parseDocument(Buffer.from(text), { area: 'CONFIG', file: 'the command line' })
  if (read === null || !isMapping(read.data)) throw unusable(text)
  return read.data
}

function unusable(text: string): KeywrightError {
  return new KeywrightError('CLI_USAGE', {
    message: `${JSON.stringify(text.slice(0, 60))} is no store. Nothing was changed.`,
    hint: "keywright state migrate local '{ kind: git }'",
  })
}

function nothing({ location }: StateStore): KeywrightError {
  return new KeywrightError('CLI_USAGE', {
    message: `There is no state in ${location}. Nothing was changed.`,
    hint: 'keywright state list',
  })
}

function taken(lost: readonly string[], { location }: StateStore): KeywrightError {
  return new KeywrightError('STATE_PUSH_REFUSED', {
    message: `${location} knows more than the store to copy from: ${lost.slice(0, 3).join('; ')}. Nothing more was changed.`,
    hint: 'look at both with keywright state list, and migrate the other way',
  })
}

function unlike({ location }: StateStore): KeywrightError {
  return new KeywrightError('STATE_UNWRITABLE', {
    message: `What ${location} holds afterwards is not what was written.`,
    hint: 'run the same command again',
    retryable: true,
  })
}

function listed(stacks: readonly string[]): string {
  return stacks.length === 1 ? `the stack ${stacks[0]}` : `${stacks.length} stacks`
}

interface Copied {
  readonly stacks: readonly string[]
  readonly records: number
  readonly to: string
  readonly location: string
}

function say(shell: Shell, { stacks, records, to, location }: Copied): void {
  const written = isStoreKind(to) ? `{ kind: ${to} }` : to
  shell.stdout(
    shell.format === 'json'
      ? document('migrated', { stacks, records, location })
      : block([
          `Copied ${records} records of ${listed(stacks)} to ${location}. The old store is as it was.`,
          `Next: store: ${written}   in keywright.yaml, then: keywright plan`,
        ]),
  )
}
