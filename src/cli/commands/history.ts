import { pastOf } from '../../core/machine/history.ts'
import { type HistoryEntry, renderHistory } from '../render/history.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { selection } from '../shell/selection.ts'
import { openState } from '../shell/world.ts'

export const history: Command = {
  name: 'history',
  describe:
    'Who did what to a key, when, why and in which run: the last lines of each, newest first, from the state alone.',
  words: '[addresses...]',
  examples: ['keywright history', 'keywright history payments/api', 'keywright history --json'],
  run,
}

async function run(shell: Shell, { words }: Args): Promise<ExitCode> {
  const opened = await openState(shell)
  try {
    const { project, store } = opened
    const { stack } = project.config
    const { records } = await store.read(stack)
    const keys = new Map(project.keys.map((key) => [key.address, key]))
    const chosen = selection({ stack, words, where: shell.where })
    chosen.check(records.keys())
    const entries = [...records.values()]
      .filter(({ address }) =>
        chosen.filter({ address, id: address.slice(stack.length + 1), desired: keys.get(address) ?? null }),
      )
      .flatMap((record) => pastOf(record).map((line): HistoryEntry => ({ address: record.address, ...line })))
      .reverse()
      .sort((a, b) => (a.at === b.at ? 0 : a.at < b.at ? 1 : -1))
    shell.stdout(renderHistory({ stack, entries, now: shell.clock.now() }, shell))
    return 0
  } finally {
    await opened.close()
  }
}
