/** `state list`, `state show` and `state rm`. */
import { isLive } from '../../../core/record.ts'
import { statusOf } from '../../../engine/standing.ts'
import { document } from '../../render/json.ts'
import { renderShow } from '../../render/show.ts'
import { renderRecords } from '../../render/state.ts'
import { block } from '../../render/text.ts'
import type { Args, Command, ExitCode, Shell } from '../../shell/command.ts'
import { oneAddress } from '../../shell/one-address.ts'
import { sayYes } from '../../shell/say-yes.ts'
import { type OpenedState, openState } from '../../shell/world.ts'

export const list: Command = {
  name: 'list',
  describe: 'Every recorded address with its generation in service. Offline.',
  run: (shell) =>
    withState(shell, async ({ project, store }) => {
      const { stack } = project.config
      const { header, records } = await store.read(stack)
      const holder = await store.leaseHolder(stack)
      const view = {
        stack,
        location: store.location,
        header,
        holder,
        records: [...records.values()],
        now: shell.clock.now(),
      }
      shell.stdout(renderRecords(view, shell))
      return 0
    }),
}

export const show: Command = {
  name: 'show',
  describe: 'One record; with --json as it is stored. Offline.',
  words: '<address>',
  run: (shell, args) =>
    withState(shell, async (opened) => {
      const { stack } = opened.project.config
      const record = await named(opened, args)
      const { address } = record
      const desired = opened.project.keys.find((key) => key.address === address) ?? null
      const now = shell.clock.now()
      const status = statusOf(address, { desired, record, live: null, stopped: false, now })
      const next = { step: null, why: null, until: null }
      const view = { stack, address, now, desired, record, live: null, status, next, stop: null }
      shell.stdout(shell.format === 'json' ? document('record', { record }) : renderShow(view, shell))
      return 0
    }),
}

export const remove: Command = {
  name: 'rm',
  describe: 'Forgets a record. The live key and its places stay as they are, and keywright will not touch them again.',
  words: '<address>',
  examples: ['keywright state rm old/bot --yes'],
  run: (shell, args) =>
    withState(shell, async (opened) => {
      const record = await named(opened, args)
      const live = record.generations.filter(isLive).length
      const question = `Forget ${record.address}? ${live} live ${live === 1 ? 'key stays' : 'keys stay'} as ${live === 1 ? 'it is' : 'they are'}, and nothing will rotate or retire ${live === 1 ? 'it' : 'them'}.`
      if (!(await sayYes(shell, question, `keywright state rm ${args.words[0] ?? ''} --yes`))) return 3
      const { store, project } = opened
      await store.commit(project.config.stack, [
        { address: record.address, expectedSerial: record.serial, record: null },
      ])
      shell.stdout(
        shell.format === 'json'
          ? document('forgotten', { address: record.address, live })
          : forgot(
              record.address,
              opened.project.keys.some((key) => key.address === record.address),
            ),
      )
      return 0
    }),
}

function forgot(address: string, declared: boolean): string {
  const more = declared ? [`It is still in the manifests: take it out, or keywright state rebuild finds it again.`] : []
  return block([`Forgot ${address}. Nothing live was changed.`, ...more])
}

async function withState(shell: Shell, work: (opened: OpenedState) => Promise<ExitCode>): Promise<ExitCode> {
  const opened = await openState(shell)
  try {
    return await work(opened)
  } finally {
    await opened.close()
  }
}

async function named({ project, store }: OpenedState, { words }: Args) {
  const { stack } = project.config
  const { records } = await store.read(stack)
  const record = records.get(oneAddress(words[0] ?? '', stack, [...records.keys()]))
  if (!record) throw new RangeError('an address that was just found has no record')
  return record
}
