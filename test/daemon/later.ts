/** Days go by between two runs: for the emulator of a house at once, and for each process that is started from then on. */
import { fileURLToPath } from 'node:url'
import type { House } from '../fakes/cli.ts'

export interface Later {
  now(): Date
  /** Environment of a process that lives now. */
  env(): Readonly<Record<string, string>>
  jump(millis: number): void
}

const SHIFTED = fileURLToPath(new URL('../kill/shifted-clock.mjs', import.meta.url))

export function laterIn({ emulator }: Pick<House, 'emulator'>): Later {
  let ahead = 0
  return {
    now: () => new Date(Date.now() + ahead),
    env: () => (ahead === 0 ? {} : { NODE_OPTIONS: `--import=${SHIFTED}`, KILL_CLOCK_AHEAD: String(ahead) }),
    jump(millis) {
      emulator.world.clock.advance(millis / 1000)
      ahead += millis
    },
  }
}
