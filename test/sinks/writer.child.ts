/** A process to be killed. `write FOLDER NAME`: writes NAME into a dotenv file for ever. `hold FILE`: holds the lock of FILE. */
import { argv, stdout } from 'node:process'
import { setTimeout } from 'node:timers/promises'
import { Secret } from '../../src/core/secret.ts'
import { withFileLock } from '../../src/io/file-lock.ts'
import { openDotenv } from '../../src/sinks/dotenv.ts'

async function write(root: string, name: string): Promise<void> {
  const sink = await openDotenv({ kind: 'dotenv' }, { name: 'here', root, allowExec: false, env: {} })
  const place = { identity: `dotenv:.env.keys#${name}`, at: { path: '.env.keys', name }, text: `here:${name}` }
  let { version } = await sink.preflight(place)
  for (let n = 0; ; n++) {
    version = (await sink.write(place, Secret.of(`value-${n}-end`), version)).version
    if (n === 0) stdout.write('ready\n')
  }
}

async function hold(file: string): Promise<void> {
  await withFileLock(file, 1000, async () => {
    stdout.write('ready\n')
    await setTimeout(60_000)
  })
}

const [, , verb, first = '', second = ''] = argv
await (verb === 'hold' ? hold(first) : write(first, second))
