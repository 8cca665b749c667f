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

/** Every file of `schemas/`, loaded when asked for. */
export const SCHEMAS: Readonly<Record<string, () => Promise<{ readonly default: object }>>> = {
  config: () => import('../../../schemas/keywright.config.schema.json', { with: { type: 'json' } }),
  manifest: () => import('../../../schemas/keywright.manifest.schema.json', { with: { type: 'json' } }),
  plan: () => import('../../../schemas/keywright.plan.schema.json', { with: { type: 'json' } }),
  'saved-plan': () => import('../../../schemas/keywright.saved-plan.schema.json', { with: { type: 'json' } }),
  record: () => import('../../../schemas/keywright.record.schema.json', { with: { type: 'json' } }),
  event: () => import('../../../schemas/keywright.event.schema.json', { with: { type: 'json' } }),
  snapshot: () => import('../../../schemas/keywright.snapshot.schema.json', { with: { type: 'json' } }),
}

async function run(shell: Shell, { words }: Args): Promise<ExitCode> {
  const [kind = ''] = words
  const load = Object.hasOwn(SCHEMAS, kind) ? SCHEMAS[kind] : undefined
  if (load === undefined) throw unknownKind(kind)
  shell.stdout(`${JSON.stringify((await load()).default, null, 2)}\n`)
  return 0
}

function unknownKind(kind: string): KeywrightError {
  const known = Object.keys(SCHEMAS)
  return new KeywrightError('CLI_USAGE', {
    message: `There is no schema ${JSON.stringify(kind.slice(0, 60))}; there are ${listed(known)}.${didYouMean(kind, known)}`,
    hint: `keywright schema ${known[0]}`,
  })
}
