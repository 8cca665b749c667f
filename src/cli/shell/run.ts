/** From a command line to an exit code. What goes wrong below is put into words here, once. */
import { defectWords, framesOf } from '../../core/defect.ts'
import { isKeywrightError, KeywrightError, toDiagnostic } from '../../core/diagnostic.ts'
import type { ExitCode, Look, Shell } from './command.ts'
import { columnsOf, openShell } from './open-shell.ts'
import { parse } from './parse.ts'
import type { Proc } from './process.ts'
import { Reported } from './reported.ts'
import { withheld } from './withheld.ts'

export async function run(proc: Proc): Promise<ExitCode> {
  let look: Look = { format: wantsJson(proc) ? 'json' : 'human', color: false, columns: columnsOf(proc) }
  let debug = false
  let opened: Shell | null = null
  try {
    const parsed = await parse(proc)
    if ('text' in parsed) {
      proc.stdout.write(parsed.text)
      return parsed.exit
    }
    debug = parsed.globals.logLevel === 'debug' || parsed.globals.logLevel === 'trace'
    const shell = await openShell(proc, parsed)
    look = shell
    opened = shell
    return await parsed.command.run(shell, parsed.args)
  } catch (error) {
    const end = withheld(endOf(error), proc.argv)
    const { renderDiagnostics } = await import('../render/diagnostics.ts')
    const text = renderDiagnostics(end.diagnostics, look, { word: end.word, summary: end.summary })
    if (look.format === 'json') proc.stdout.write(text)
    else proc.stderr.write(text)
    if (opened !== null) await mark(opened, end)
    if (debug && isDefect(error)) proc.stderr.write(`${defectWords(error)}\n${framesOf(error)}\n`)
    return end.exit
  }
}

async function mark(shell: Shell, { diagnostics }: Reported): Promise<void> {
  const { annotationsOf } = await import('../render/annotations.ts')
  const { annotate } = await import('./annotate.ts')
  await annotate(shell, () => annotationsOf(diagnostics))
}

/** Also a command line that could not be read is answered in the format it asks for. */
function wantsJson({ argv, env }: Proc): boolean {
  if (argv.includes('--json') || argv.includes('--format=json')) return true
  if (argv.includes('--format')) return argv[argv.indexOf('--format') + 1] === 'json'
  return env.KEYWRIGHT_FORMAT === 'json' || env.KEYWRIGHT_JSON === '1'
}

/** What went wrong, in words and with its exit code. */
export function endOf(error: unknown): Reported {
  if (error instanceof Reported) return error
  if (isKeywrightError(error)) return new Reported([toDiagnostic(error)], { exit: exitOf(error), word: wordOf(error) })
  const defect = new KeywrightError('CLI_INTERNAL', {
    message: `This is a defect of keywright: ${error instanceof Error ? error.name : 'something unknown'} was thrown where nothing should be.`,
    hint: 'run it again with --log-level debug, and report what it prints',
  })
  return new Reported([toDiagnostic(defect)])
}

function isDefect(error: unknown): error is Error {
  return error instanceof Error && !(error instanceof Reported) && !isKeywrightError(error)
}

const REFUSED = /^(?:GUARD_|PLACE_SHARED|CLI_NEEDS_YES|CLI_REF|PLAN_STALE|STATE_PUSH_REFUSED)/

/** 4 the lease is another run's, 3 refused, 5 when the same call may succeed later with nothing changed, else 1. */
function exitOf({ code, retryable }: KeywrightError): ExitCode {
  if (code === 'LOCK_HELD' || code === 'LEASE_LOST') return 4
  if (REFUSED.test(code)) return 3
  return retryable ? 5 : 1
}

function wordOf({ code }: KeywrightError): Reported['word'] {
  if (REFUSED.test(code)) return 'refused'
  return code.startsWith('CLI_') ? 'error' : 'stopped'
}
