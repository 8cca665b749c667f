import { formatDuration, type Millis } from '../../core/time.ts'
import type { Args, Shell } from './command.ts'
import { quoted } from './quoted.ts'

interface Said {
  readonly grace?: Millis | undefined
  readonly reason?: string | undefined
}

/** The command line as it was typed, to be typed again with a yes. */
export function lineOf(
  shell: Pick<Shell, 'commandLine' | 'where'>,
  { words, flags }: Args,
  { grace, reason }: Said,
): string {
  return [
    shell.commandLine,
    ...words.map(quoted),
    ...shell.where.map(([label, value]) => `--where ${quoted(`${label}=${value}`)}`),
    ...(grace === undefined ? [] : [`--grace ${formatDuration(grace)}`]),
    ...(reason === undefined ? [] : [`--reason ${quoted(reason)}`]),
    ...(flags.breakFreeze === true ? ['--break-freeze'] : []),
  ].join(' ')
}
