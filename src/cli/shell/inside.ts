/** Runs one command as a part of another, and keeps what it prints. Its errors end it as they end a process. */
import { renderDiagnostics } from '../render/diagnostics.ts'
import type { Args, Command, ExitCode, Format, Shell } from './command.ts'
import { endOf } from './run.ts'

export interface Inside {
  readonly code: ExitCode
  readonly text: string
}

export async function inside(
  shell: Shell,
  command: Command,
  { format, words = [], flags = {} }: Partial<Args> & { readonly format: Format },
): Promise<Inside> {
  let text = ''
  const stdout = (more: string): void => {
    text += more
  }
  const inner: Shell = { ...shell, format, color: false, stdout }
  try {
    return { code: await command.run(inner, { words, flags }), text }
  } catch (error) {
    const { diagnostics, exit, word, summary } = endOf(error)
    const end = { word, ...(summary === undefined ? {} : { summary }) }
    return { code: exit, text: text + renderDiagnostics(diagnostics, inner, end) }
  }
}
