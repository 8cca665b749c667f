/** Somebody who has to hear that another secret serves. Never told the secret itself. */

/** What there is to hear. The same `id` whenever the same is said again, after a crash or a failure: at least once, not exactly once. */
export interface Occasion {
  readonly id: string
  readonly address: string
  /** Generation that serves now. */
  readonly n: number
}

export interface AfterHook {
  /** Resolves once the other side has taken it. Throws `KeywrightError`, as sinks do. */
  run(occasion: Occasion): Promise<void>
}
