/** `state pull` and `state push`: the state of a stack as one document, out and back in. */
import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { KeywrightError } from '../../../core/diagnostic.ts'
import { display } from '../../../core/display.ts'
import {
  decodeState,
  differences,
  isSame,
  losses,
  type StateDocument,
  stateMembers,
} from '../../../core/state-document.ts'
import type { Lease, StateStore } from '../../../ports/state-store.ts'
import { document } from '../../render/json.ts'
import { block } from '../../render/text.ts'
import type { Command, Shell } from '../../shell/command.ts'
import { sayYes } from '../../shell/say-yes.ts'
import { openState, takeLease } from '../../shell/world.ts'

export const pull: Command = {
  name: 'pull',
  describe: 'Prints the state of the stack as one JSON document, as a backup. It holds no secret.',
  examples: ['keywright state pull > state.json'],
  async run(shell) {
    const { store, project, close } = await openState(shell)
    try {
      const { stack } = project.config
      shell.stdout(document('state', stateMembers({ stack, ...(await store.read(stack)) })))
      return 0
    } finally {
      await close()
    }
  },
}

export const push: Command = {
  name: 'push',
  describe: 'Puts a state that was pulled back into the store. Refuses to take a record back to an earlier moment.',
  words: '<file>',
  flags: [{ flag: '--force', doc: 'go back where the file is older, and forget what it does not have' }],
  examples: ['keywright state push state.json'],
  async run(shell, { words: [file = ''], flags }) {
    const next = decodeState(await content(shell, file))
    const { store, project, close } = await openState(shell)
    try {
      const { stack } = project.config
      if (next.stack !== stack) throw otherStack(next.stack, stack)
      const lease = await takeLease(shell, store, stack)
      try {
        const now = { stack, ...(await store.read(stack)) }
        const lost = losses(now, next)
        if (lost.length > 0 && flags.force !== true) throw backwards(lost, file)
        const changes = differences(now, next)
        const goes = changes.filter(({ record }) => record === null).length
        const question = `Put ${changes.length - goes} records into ${store.location}${goes > 0 ? ` and forget ${goes}` : ''}?`
        const line = `keywright state push ${file}${flags.force === true ? ' --force' : ''} --yes`
        if (changes.length > 0 && !(await sayYes(shell, question, line))) return 3
        await put(store, { now, next, lease })
        say(shell, { stack, saved: changes.length - goes, forgotten: goes })
        return 0
      } finally {
        await lease.release()
      }
    } finally {
      await close()
    }
  },
}

interface Put {
  readonly now: StateDocument
  readonly next: StateDocument
  readonly lease: Lease
}

/** Header first: records without one look like a lost state. */
export async function put(store: StateStore, { now, next, lease }: Put): Promise<void> {
  const { stack, header } = next
  if (header && !(now.header && isSame(now.header, header)))
    await store.commitHeader({ ...header, stack }, now.header?.serial ?? 0, lease)
  const changes = differences(now, next)
  if (changes.length > 0) await store.commit(stack, changes, lease)
}

const MOST_BYTES = 1 << 28

async function content(shell: Shell, file: string): Promise<string> {
  const path = resolve(shell.cwd, file)
  try {
    if ((await stat(path)).size <= MOST_BYTES) return await readFile(path, 'utf8')
  } catch {
    // said below
  }
  throw new KeywrightError('CLI_USAGE', {
    message: `${display(file)} is no file that can be read. Nothing was changed.`,
    hint: 'keywright state pull > state.json',
  })
}

function otherStack(theirs: string, ours: string): KeywrightError {
  return new KeywrightError('STATE_PUSH_REFUSED', {
    message: `The file is the state of the stack ${display(theirs)}, and this is ${ours}. Nothing was changed.`,
    hint: `stack: ${display(theirs)}   in keywright.yaml, then push, then: keywright state mv --stack ${display(theirs)} ${ours}`,
  })
}

const MOST_LINES = 5

export function backwards(lost: readonly string[], file: string): KeywrightError {
  const more = lost.length > MOST_LINES ? `, and ${lost.length - MOST_LINES} more` : ''
  return new KeywrightError('STATE_PUSH_REFUSED', {
    message: `That would lose what the store knows: ${lost.slice(0, MOST_LINES).join('; ')}${more}. Nothing was changed.`,
    hint: `keywright state push ${file} --force   if going back is what you want`,
  })
}

interface Pushed {
  readonly stack: string
  readonly saved: number
  readonly forgotten: number
}

function say(shell: Shell, pushed: Pushed): void {
  const { saved, forgotten } = pushed
  shell.stdout(
    shell.format === 'json'
      ? document('pushed', pushed)
      : block([
          `Saved ${saved} records${forgotten > 0 ? `, forgot ${forgotten}` : ''}. Nothing live was changed.`,
          'Next: keywright plan',
        ]),
  )
}
