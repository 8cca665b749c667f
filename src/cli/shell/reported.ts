import type { Diagnostic } from '../../core/diagnostic.ts'
import type { ExitCode } from './command.ts'

/**
 * Problems found by a command, thrown to end it. The rim renders them: on stderr, or as the one document on stdout with
 * `--format json`. `word` is what the first one is introduced with.
 */
export class Reported extends Error {
  override readonly name = 'Reported'
  readonly diagnostics: readonly Diagnostic[]
  readonly exit: ExitCode
  readonly word: 'error' | 'refused' | 'stopped'
  /** A last line, such as `2 problems in 1 of 14 files. Nothing was sent anywhere.` */
  readonly summary: string | undefined

  constructor(
    diagnostics: readonly Diagnostic[],
    end: { readonly exit?: ExitCode; readonly word?: Reported['word']; readonly summary?: string } = {},
  ) {
    super(diagnostics[0]?.message ?? 'reported')
    this.diagnostics = diagnostics
    this.exit = end.exit ?? 1
    this.word = end.word ?? 'error'
    this.summary = end.summary
  }
}
