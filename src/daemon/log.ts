/** What the loop says while it runs: JSON lines by pino, or one line of text each on a terminal. Never a secret. */
import { display } from '../core/display.ts'
import type { Clock } from '../ports/clock.ts'

export interface Log {
  info(text: string, fields?: Fields): void
  warn(text: string, fields?: Fields): void
  error(text: string, fields?: Fields): void
}

export type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>

export interface LogOptions {
  readonly clock: Clock
  readonly write: (text: string) => void
  /** On a terminal. */
  readonly human: boolean
  readonly level: 'error' | 'info'
}

export async function openLog(options: LogOptions): Promise<Log> {
  return options.human ? forPeople(options) : forMachines(options)
}

function forPeople({ clock, write, level }: LogOptions): Log {
  const say =
    (mark: string) =>
    (text: string, fields: Fields = {}) => {
      const more = Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))
      const time = new Date(clock.now()).toISOString().slice(11, 19)
      write(`${time} ${mark}${display([text, ...more].join('  '), { max: 400 })}\n`)
    }
  return { info: level === 'error' ? () => undefined : say(''), warn: say('! '), error: say('x ') }
}

/** Lines in the usual form of pino: level, time, name, msg and fields. */
async function forMachines({ clock, write, level }: LogOptions): Promise<Log> {
  const { pino } = await import('pino')
  const time = (): string => `,"time":"${new Date(clock.now()).toISOString()}"`
  const base = { name: 'keywright' }
  const log = pino({ level, base, timestamp: time, formatters: { level: (label) => ({ level: label }) } }, { write })
  return {
    info: (text, fields = {}) => log.info(fields, text),
    warn: (text, fields = {}) => log.warn(fields, text),
    error: (text, fields = {}) => log.error(fields, text),
  }
}
