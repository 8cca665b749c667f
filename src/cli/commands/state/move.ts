/** `state mv`: one record, or all records of a stack, under another name. The live keys keep their secrets; their markers follow at the next apply. */
import { formatAddress, isId, isStack } from '../../../core/address.ts'
import { KeywrightError } from '../../../core/diagnostic.ts'
import type { Actor, KeyRecord, StackHeader } from '../../../core/record.ts'
import type { StateStore } from '../../../ports/state-store.ts'
import { document } from '../../render/json.ts'
import { block } from '../../render/text.ts'
import { actorOf } from '../../shell/actor.ts'
import type { Command, Shell } from '../../shell/command.ts'
import { oneAddress } from '../../shell/one-address.ts'
import { sayYes } from '../../shell/say-yes.ts'
import { openState } from '../../shell/world.ts'

export const move: Command = {
  name: 'mv',
  describe:
    'Renames a record, or with --stack all of a stack. In the manifests a moved: entry does the same, reviewed.',
  words: '<from> <to>',
  flags: [{ flag: '--stack', doc: 'the words are names of stacks' }],
  examples: ['keywright state mv ci-bot platform/ci-bot', 'keywright state mv --stack acme-old acme-7f3a'],
  async run(shell, { words: [from = '', to = ''], flags }) {
    const opened = await openState(shell)
    try {
      const { store, project } = opened
      const plan =
        flags.stack === true
          ? await ofStack(store, from, to)
          : await ofAddress(store, project.config.stack, { from, to })
      const line = `keywright state mv ${flags.stack === true ? '--stack ' : ''}${from} ${to} --yes`
      if (!(await sayYes(shell, `Rename ${plan.moves.length} of ${from} to ${to} in the state?`, line))) return 3
      await carry(store, plan, actorOf(shell.env))
      say(shell, plan, { from, to })
      return 0
    } finally {
      await opened.close()
    }
  },
}

interface Plan {
  readonly source: string
  readonly goal: string
  /** To be saved first, where the new stack has none. */
  readonly header: StackHeader | null
  readonly moves: readonly { readonly old: KeyRecord; readonly address: string; readonly there: boolean }[]
}

/** A move that was interrupted may be repeated: a record that arrived already is known by its lineage. */
async function ofStack(store: StateStore, from: string, to: string): Promise<Plan> {
  const [old, next] = await Promise.all([store.read(from), store.read(to)])
  if (!isStack(to)) throw unusable(`${JSON.stringify(to)} is no name of a stack.`)
  if (old.records.size === 0)
    throw unusable(
      `The store holds no record of the stack ${JSON.stringify(from)}; it holds ${(await store.stacks()).join(', ') || 'none'}.`,
    )
  const open = [...old.records.values()].find(isOpen)
  if (open) throw unfinished(open.address, from)
  const moves = [...old.records.values()].map((record) => {
    const address = formatAddress(to, record.address.slice(from.length + 1))
    return { old: record, address, there: next.records.get(address)?.lineage === record.lineage }
  })
  const taken = moves.find(({ address, there }) => !there && next.records.has(address))
  if (taken) throw unusable(`${taken.address} has a record of its own.`)
  const header = next.header === null && old.header ? { ...old.header, stack: to, serial: 0 } : null
  return { source: from, goal: to, moves, header }
}

/** What a lost create left behind carries the old name of the stack, and would no longer be recognised. */
function isOpen({ generations, abandoned }: KeyRecord): boolean {
  return abandoned.length > 0 || generations.some((g) => g.phase === 'creating')
}

function unfinished(address: string, stack: string): KeywrightError {
  return new KeywrightError('CLI_USAGE', {
    message: `${address} has a create whose outcome is not settled; its leftover could not be found under another name. Nothing was changed.`,
    hint: `keywright apply   with stack: ${stack} in keywright.yaml, then move`,
  })
}

async function ofAddress(
  store: StateStore,
  stack: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<Plan> {
  const { records } = await store.read(stack)
  const old = records.get(oneAddress(from, stack, [...records.keys()]))
  const id = to.startsWith(`${stack}/`) ? to.slice(stack.length + 1) : to
  const address = formatAddress(stack, id)
  if (!isId(id)) throw unusable(`${JSON.stringify(to)} is no id.`)
  if (records.has(address)) throw unusable(`${address} has a record of its own.`)
  return { source: stack, goal: stack, moves: old ? [{ old, address, there: false }] : [], header: null }
}

/** Within one stack in one commit. Between two, what arrives is saved before anything goes. */
async function carry(store: StateStore, { source, goal, moves, header }: Plan, actor: Actor): Promise<void> {
  const arrive = moves
    .filter(({ there }) => !there)
    .map(({ old, address }) => ({ address, expectedSerial: 0, record: { ...old, address, serial: 0, actor } }))
  const leave = moves.map(({ old }) => ({ address: old.address, expectedSerial: old.serial, record: null }))
  if (source === goal) await store.commit(source, [...leave, ...arrive])
  else {
    if (header) await store.commitHeader(header, 0)
    if (arrive.length > 0) await store.commit(goal, arrive)
    await store.commit(source, leave)
  }
}

function say(shell: Shell, { moves }: Plan, names: { readonly from: string; readonly to: string }): void {
  const moved = moves.map(({ old, address }) => ({ from: old.address, to: address }))
  shell.stdout(
    shell.format === 'json'
      ? document('moved', { moved })
      : block([
          `Renamed ${moved.length} in the state: ${names.from} -> ${names.to}. Nothing live was changed.`,
          'Next: keywright plan',
        ]),
  )
}

function unusable(message: string): KeywrightError {
  return new KeywrightError('CLI_USAGE', { message: `${message} Nothing was changed.`, hint: 'keywright state list' })
}
