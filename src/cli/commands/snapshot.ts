import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { KeywrightError } from '../../core/diagnostic.ts'
import { encodeSnapshot } from '../../core/snapshot.ts'
import { factsOf } from '../../engine/from-snapshot.ts'
import { document } from '../render/json.ts'
import { block } from '../render/text.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { look } from '../shell/planning.ts'
import { openReader } from '../shell/world.ts'

export const snapshot: Command = {
  name: 'snapshot',
  describe: 'Writes what a plan needs into a file without any credential or secret, for keywright plan --live FILE.',
  flags: [{ flag: '--out <file>', doc: 'where to write it; - is stdout' }],
  examples: ['keywright snapshot --out live.json', 'keywright plan --live live.json'],
  run,
}

async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const { out } = args.flags
  if (typeof out !== 'string')
    throw new KeywrightError('CLI_USAGE', {
      message: 'A snapshot needs a file to go to.',
      hint: 'keywright snapshot --out live.json',
    })
  const opened = await openReader(shell, { allowEmpty: true })
  try {
    const session = await look(opened, opened.context)
    const { stack } = session.plan
    const text = encodeSnapshot(factsOf(stack, session, await opened.context.store.stacks()))
    if (out === '-') {
      shell.stdout(text)
      return 0
    }
    await write(resolve(shell.cwd, out), out, text)
    const { live } = session.plan
    const facts = { file: out, keys: live, records: session.stored.size }
    shell.stdout(
      shell.format === 'json'
        ? document('snapshot-written', facts)
        : block([
            `Wrote ${out}: ${live} live keys, ${session.stored.size} records, no secret.`,
            `Next: keywright plan --live ${out}`,
          ]),
    )
    return 0
  } finally {
    await opened.close()
  }
}

/** Spend and names are nobody else's business, so the file is 0600. */
async function write(path: string, shown: string, text: string): Promise<void> {
  try {
    const file = await open(path, 'w', 0o600)
    await file.writeFile(text).finally(() => file.close())
  } catch {
    throw new KeywrightError('CLI_USAGE', {
      message: `--out: ${shown} cannot be written.`,
      hint: 'name a file in a folder that exists',
    })
  }
}
