/**
 * What a command is, and what it gets to work with.
 *
 * A command never touches `process`: everything comes in through its `Shell`, and what it returns is the exit code. It prints its
 * result with `stdout` and everything else with `stderr`. It may throw: `KeywrightError`s and `Reported` problems are rendered once,
 * at the rim, and give the exit code.
 */
import type { Millis } from '../../core/time.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Reporter } from '../../ports/reporter.ts'

/** 0 done, 1 error, 2 changes pending, 3 refused, 4 lock held, 5 unfinished but safe, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 130

export type Format = 'human' | 'json' | 'markdown'
export type LogLevel = 'error' | 'info' | 'debug' | 'trace'

/** What a renderer needs to know about where its text will be seen. */
export interface Look {
  readonly format: Format
  readonly color: boolean
  readonly columns: number
}

/** The process as a command may use it. Built once, by main. */
export interface Shell extends Look {
  /** Absolute, after -C. */
  readonly cwd: string
  /** -C was given: the project is that folder itself. Without it, it is looked for from `cwd` upwards. */
  readonly rooted: boolean
  /** -e, or `null`. */
  readonly environment: string | null
  /** `--trust`: the git ref keywright.yaml is read from; `null` is the working tree. */
  readonly trust: string | null
  /** `--where label=value`, all of which must hold. */
  readonly where: readonly (readonly [label: string, value: string])[]
  readonly parallelism: number
  readonly yes: boolean
  readonly lockTimeout: Millis
  /** KEYWRIGHT_LEASE_TTL: how long a lease lives without renewal; `null` leaves it to the command. */
  readonly leaseTtl: Millis | null
  readonly logLevel: LogLevel
  readonly env: Readonly<Record<string, string | undefined>>
  readonly version: string
  /** Of Node, without v. */
  readonly nodeVersion: string
  /** Folder of the program's own files, as the build made it. */
  readonly home: string
  /** The command line, without values that could be private: for leases and records. */
  readonly commandLine: string
  readonly clock: Clock
  /** 0 <= x < 1. */
  readonly random: () => number
  /** Aborted by the first Ctrl-C: finish what is in flight, save, return 130. */
  readonly signal: AbortSignal
  /** From now on the first Ctrl-C only aborts `signal`; until then it ends the process at once. Called where a lease is taken. */
  holdSignals(): void
  /** Calls back for each SIGHUP from now on. */
  onHangup(callback: () => void): void
  /** A person can be asked: stdin and stderr are terminals. */
  readonly interactive: boolean
  /** stderr is a terminal: lines may be redrawn. */
  readonly live: boolean
  /** `--events`: every run event as one NDJSON line with schemaVersion. Does nothing without that flag. */
  readonly events: Reporter
  stdout(text: string): void
  stderr(text: string): void
  /** All of stdin as text, at most 1 MiB. Empty when stdin is a terminal or closed. */
  readStdin(): Promise<string>
  /** Asks yes or no on the terminal. False, without a word, when nobody can be asked. */
  confirm(question: string): Promise<boolean>
}

/** Values of one command line: words that are no flags, and flags by their camel-case name. */
export interface Args {
  readonly words: readonly string[]
  readonly flags: Readonly<Record<string, unknown>>
}

/** One flag in commander's notation: `--allow-deletes <n>`, `--prove`, `--no-hold`. Values arrive as text, unless parsed. */
export interface Flag {
  readonly flag: string
  readonly doc: string
  /** May be given several times; the value is a list. */
  readonly repeatable?: true
  /** Turns the text into a value. Throws `RangeError` with a sentence that says what to write. */
  readonly parse?: (text: string) => unknown
}

export interface Command {
  readonly name: string
  /** One sentence for the head of its help. */
  readonly describe: string
  /** Words in commander's notation: `[addresses...]`, `<code>`. */
  readonly words?: string
  readonly flags?: readonly Flag[]
  /** Lines at the end of its help. */
  readonly examples?: readonly string[]
  readonly run: (shell: Shell, args: Args) => Promise<ExitCode>
}

/** A command with commands below it, such as `state list`. */
export interface Group {
  readonly name: string
  readonly describe: string
  readonly commands: readonly Command[]
}

/** A whole number from `least` up, for `Flag.parse`. */
export function wholeNumber(least = 0): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= least)) throw new RangeError(`write a whole number from ${least} up, not ${JSON.stringify(text)}`)
    return value
  }
}
