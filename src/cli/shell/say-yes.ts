import { KeywrightError } from '../../core/diagnostic.ts'
import type { Shell } from './command.ts'

/** True with `--yes` or a yes on the terminal, false for a no. Throws `CLI_NEEDS_YES` with the line to type when nobody can be asked. */
export async function sayYes(shell: Shell, question: string, line: string): Promise<boolean> {
  if (shell.yes) return true
  if (shell.interactive && shell.format !== 'json') return shell.confirm(question)
  throw new KeywrightError('CLI_NEEDS_YES', {
    message: `${question} There is no terminal to ask on; nothing was changed.`,
    hint: line,
  })
}
