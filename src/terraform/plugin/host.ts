/** The process, as far as a plugin touches it. Only `main.ts` makes one of the real thing. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly pid: number
  /** Version of keywright. */
  readonly version: string
  readonly temporaryFolder: string
  now(): number
  isRunning(pid: number): boolean
  /** To the handshake; terraform reads the first line only. */
  stdout(text: string): void
  /** Resolves once written. */
  stderr(text: string): Promise<void>
  /** Interrupts reach the whole process group; terraform says by StopProvider what is wanted. */
  ignoreInterrupts(): void
  onCrash(callback: (error: unknown) => Promise<void>): void
  onInterrupt(callback: () => void): void
  /** Another one than at the start: whoever started this process has gone. */
  parent(): number
  exit(code: number): void
}
