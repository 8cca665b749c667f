import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KeywrightError } from '../../core/diagnostic.ts'
import { didYouMean, listed } from '../../core/suggest.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'

export const schema: Command = {
  name: 'schema',
  describe:
    'Prints a JSON Schema, for editors and checks: config, manifest, plan, saved-plan, record, event or snapshot. Works everywhere.',
  words: '<kind>',
  examples: ['keywright schema manifest > keys.schema.json'],
  run,
}

/** Every file of `schemas/`, which lies beside the build. It is no part of the program: each command would have to read it. */
export const SCHEMAS = ['config', 'manifest', 'plan', 'saved-plan', 'record', 'event', 'snapshot'] as const

async function run({ home, stdout }: Shell, { words }: Args): Promise<ExitCode> {
  const [word = ''] = words
  const kind = SCHEMAS.find((one) => one === word)
  if (kind === undefined) throw unknownKind(word)
  const text = await readFile(join(home, '..', 'schemas', `keywright.${kind}.schema.json`), 'utf8')
  stdout(`${JSON.stringify(JSON.parse(text), null, 2)}\n`)
  return 0
}

function unknownKind(kind: string): KeywrightError {
  return new KeywrightError('CLI_USAGE', {
    message: `There is no schema ${JSON.stringify(kind.slice(0, 60))}; there are ${listed(SCHEMAS)}.${didYouMean(kind, SCHEMAS)}`,
    hint: `keywright schema ${SCHEMAS[0]}`,
  })
}
