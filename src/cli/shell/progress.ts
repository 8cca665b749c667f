/** What is going on right now, on one line of a terminal that is drawn again and again. Silent without one. */
import type { Millis } from '../../core/time.ts'
import type { Reporter } from '../../ports/reporter.ts'
import type { Shell } from './command.ts'

export interface Progress {
  readonly reporter: Reporter
  start(total: number): void
  stop(): void
  /** When the first effect of an address began, by our clock; `null` when it had none. */
  begunAt(address: string): Millis | null
  /** Takes the line away, prints, and draws it again. */
  interrupt(print: () => void): void
}

const EVERY = 80

export function progressOf(shell: Shell): Progress {
  const begun = new Map<string, Millis>()
  const resting = new Set<string>()
  let total: number | null = null
  let latest = ''
  let drawnAt = 0
  const erase = (): void => {
    if (shell.live && drawnAt > 0) shell.stderr('\r\x1b[K')
  }
  const draw = (): void => {
    if (!shell.live || total === null || latest === '') return
    drawnAt = shell.clock.now()
    const text = `  ${resting.size} of ${total}  ${latest}`
    shell.stderr(`\r\x1b[K${text.slice(0, shell.columns - 1)}`)
  }
  return {
    reporter: {
      event({ address, on, step, place }) {
        if (!begun.has(address) && on !== 'rest') begun.set(address, shell.clock.now())
        if (begun.has(address) && (on === 'rest' || on === 'failed')) resting.add(address)
        if (on !== 'begin') return
        latest = `${address}  ${step}${place === undefined ? '' : ` ${place}`}`
        if (shell.clock.now() - drawnAt >= EVERY) draw()
      },
    },
    start: (count) => {
      total = count
    },
    stop: () => {
      erase()
      total = null
    },
    begunAt: (address) => begun.get(address) ?? null,
    interrupt(print) {
      erase()
      print()
      draw()
    },
  }
}
