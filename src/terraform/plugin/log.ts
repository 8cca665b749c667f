/**
 * terraform reads stderr line by line into its own log. A JSON line of hclog keeps its level; the time needs exactly six fractional
 * digits, or the level is lost (terraform 1.11.4, 2026-11-28).
 */
import { defectWords, framesOf } from '../../core/defect.ts'
import type { Level, Log } from '../server/provider.ts'

export function hclog(write: (line: string) => void, now: () => number): Log {
  return (level, message, facts = {}) => write(`${JSON.stringify(entry({ level, message, at: now() }, facts))}\n`)
}

interface Entry {
  readonly level: Level
  readonly message: string
  readonly at: number
}

function entry({ level, message, at }: Entry, facts: Parameters<Log>[2]): Readonly<Record<string, unknown>> {
  return {
    ...facts,
    '@level': level,
    '@message': message,
    '@module': 'keywright',
    '@timestamp': new Date(at).toISOString().replace('Z', '000Z'),
  }
}

/**
 * terraform shows a line that begins with `panic: `, and the stack below it, as a crash of the plugin; without one it only says that
 * the plugin did not respond.
 */
export function panicText(error: unknown): string {
  return `panic: ${defectWords(error)}\n\ngoroutine 1 [running]:\n${framesOf(error)}\n`
}
