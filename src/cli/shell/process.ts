/** A process as main hands it over: the little of `process` that the shell needs, so that nothing else touches it. */
export interface Stream {
  readonly terminal: boolean
  /** Width of the terminal; `null` when it is none. */
  readonly columns: number | null
  write(text: string): void
}

export interface Proc {
  /** Without interpreter and script. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly version: string
  /** Of Node, without v. */
  readonly nodeVersion: string
  /** Folder of the program's own files, as the build made it. */
  readonly home: string
  cwd(): string
  readonly stdout: Stream
  readonly stderr: Stream
  readonly stdin: { readonly terminal: boolean; lines(): AsyncIterable<string> }
  /** Calls back for SIGINT and SIGTERM, each time. */
  onSignal(callback: () => void): void
  /** Calls back for SIGHUP, each time, from now on; until somebody asks, that signal ends the process. */
  onHangup(callback: () => void): void
  /** Ends the process at once. */
  exit(code: number): never
}
