import { COMMANDS, type Entry } from '../commands/index.ts'
import { GLOBAL_FLAGS } from '../options.ts'

const HEADS: Readonly<Record<Entry['group'], string>> = {
  loop: 'The loop',
  look: 'Looking',
  day2: 'Day by day',
  incident: 'When something happened',
  tools: 'Tools',
}

/** `keywright --help`. */
export function overview(version: string): string {
  const groups = Object.entries(HEADS).flatMap(([group, head]) => [
    `${head}`,
    ...Object.entries(COMMANDS)
      .filter(([, entry]) => entry.group === group)
      .map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`),
    '',
  ])
  return `${[
    `keywright ${version}: API keys as code`,
    '',
    'keywright COMMAND [ADDRESS or GLOB ...] [flags]',
    '',
    ...groups,
    'Flags of every command (each also as a variable)',
    ...GLOBAL_FLAGS.map(({ flag, doc, variable }) => `  ${flag.padEnd(24)}${doc}   ${variable}`),
    '',
    'keywright COMMAND --help shows the flags of one command, keywright explain CODE the meaning of an error.',
    'Start with: keywright demo, keywright census (needs only OPENROUTER_MANAGEMENT_KEY), or keywright init.',
  ].join('\n')}\n`
}
