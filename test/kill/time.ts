/**
 * One clock for everybody. The emulator's is moved, and every process that is started from then on is as far ahead: nobody can tell that
 * the days between two runs did not pass.
 */
import { fileURLToPath } from 'node:url'
import type { EmulatorProcess } from '../fakes/cli-process.ts'

export interface Time {
  /** Milliseconds since 1970, for emulator and processes alike. */
  now(): number
  /** Environment of a process that lives now. */
  env(): Readonly<Record<string, string>>
  jump(millis: number): Promise<void>
}

const SHIFTED = new URL('./shifted-clock.mjs', import.meta.url)

export function timeOf({ control }: EmulatorProcess): Time {
  let ahead = 0
  return {
    now: () => Date.now() + ahead,
    env: () =>
      ahead === 0 ? {} : { NODE_OPTIONS: `--import=${fileURLToPath(SHIFTED)}`, KILL_CLOCK_AHEAD: String(ahead) },
    async jump(millis) {
      if (millis === 0) return
      await control('POST clock', { advance: millis / 1000 })
      ahead += millis
    },
  }
}
