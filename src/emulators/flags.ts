import { emulatorClock } from './clock.ts'
import { FAULT_KINDS, type FaultKind, type FaultRule } from './faults.ts'
import type { EmulatorOptions } from './options.ts'

/** Flags of `keywright emulate`, in commander's notation, so that a command can add them in a loop. */
export const EMULATOR_FLAGS: readonly { readonly flag: string; readonly doc: string; readonly repeatable?: true }[] = [
  { flag: '--port <n>', doc: 'port on 127.0.0.1; 0 takes a free one' },
  { flag: '--state <file>', doc: 'keep the accounts in this file over restarts (hashes only, no secrets)' },
  { flag: '--latency <ms>', doc: 'wait before each API request is handled' },
  { flag: '--seed <n>', doc: 'same accounts, secrets and drawn faults in each run' },
  { flag: '--fault-rate <p>', doc: 'probability from 0 to 1 that a request meets a fault' },
  {
    flag: '--fault <rule>',
    doc: `METHOD PATTERN=KIND[:COUNT], such as "POST /keys=cut-after-commit:2" or "POST /v1/api-keys/:id/rotate=html"; kinds: ${FAULT_KINDS.join(' ')}`,
    repeatable: true,
  },
  { flag: '--clock <instant>', doc: '"real", or an ISO 8601 instant at which the clock stands still' },
  { flag: '--write-quota <n>', doc: 'OpenRouter creates, updates and deletes allowed per UTC day' },
  { flag: '--keys <n>', doc: 'foreign keys the OpenRouter account is born with' },
  { flag: '--strait-keys <n>', doc: 'foreign keys the Strait project is born with' },
  { flag: '--no-strait-limits', doc: 'no request limits and no lock-out on the Strait side' },
  {
    flag: '--allow-private-endpoints',
    doc: 'Strait rotation webhooks may be private addresses, and http on this machine',
  },
  { flag: '--issued <file>', doc: 'append every secret that is issued, one per line' },
  { flag: '--control', doc: 'serve control routes for tests under /_emulator/' },
]

/** Flag values as a command line parser gives them, under their camel-case names. */
export interface EmulatorFlags {
  readonly port?: string | undefined
  readonly state?: string | undefined
  readonly latency?: string | undefined
  readonly seed?: string | undefined
  readonly faultRate?: string | undefined
  readonly fault?: readonly string[] | undefined
  readonly clock?: string | undefined
  readonly writeQuota?: string | undefined
  readonly keys?: string | undefined
  readonly straitKeys?: string | undefined
  /** False for `--no-strait-limits`. */
  readonly straitLimits?: boolean | undefined
  readonly allowPrivateEndpoints?: boolean | undefined
  readonly issued?: string | undefined
  readonly control?: boolean | undefined
}

/** All problems at once, each a sentence that says what to type; `options` are only good when there are none. */
export function parseFlags(flags: EmulatorFlags): {
  readonly options: EmulatorOptions
  readonly problems: readonly string[]
} {
  const problems: string[] = []
  const attempt = <T>(parse: () => T): T | undefined => {
    try {
      return parse()
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      problems.push(error.message)
      return undefined
    }
  }
  const whole = (flag: string, text: string | undefined, most = Number.MAX_SAFE_INTEGER): number | undefined =>
    attempt(() => parseWhole(flag, text, most))
  const options: EmulatorOptions = {
    port: whole('--port', flags.port, 65_535),
    latencyMs: whole('--latency', flags.latency),
    seed: whole('--seed', flags.seed, 4_294_967_295),
    writeQuota: whole('--write-quota', flags.writeQuota),
    keys: whole('--keys', flags.keys),
    faultRate: attempt(() => parseRate(flags.faultRate)),
    faults: (flags.fault ?? []).flatMap((text) => attempt(() => parseFault(text)) ?? []),
    clock: attempt(() => parseClock(flags.clock)),
    state: flags.state,
    issued: flags.issued,
    control: flags.control ?? false,
    strait: {
      keys: whole('--strait-keys', flags.straitKeys),
      limits: flags.straitLimits ?? true,
      allowPrivateEndpoints: flags.allowPrivateEndpoints ?? false,
    },
  }
  return { options, problems }
}

/** `METHOD PATTERN=KIND[:COUNT]`. Throws RangeError with a sentence that shows the form or lists the kinds. */
export function parseFault(text: string): FaultRule {
  const match = /^(\*|[A-Za-z]+) +(\/?\S*?)=([a-z-]+)(?::(\d+))?$/.exec(text.trim())
  const [, method = '', pattern = '', kind = '', count] = match ?? []
  if (!match)
    throw new RangeError(
      `--fault "${text}": write METHOD PATTERN=KIND[:COUNT], such as "POST /keys=cut-after-commit:2"`,
    )
  if (!isFaultKind(kind)) throw new RangeError(`--fault "${text}": "${kind}" is none of ${FAULT_KINDS.join(', ')}`)
  return { method: method.toUpperCase(), pattern, kind, count: count === undefined ? null : Number(count) }
}

function isFaultKind(text: string): text is FaultKind {
  return FAULT_KINDS.some((kind) => kind === text)
}

function parseWhole(flag: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(value <= most)) throw new RangeError(`${flag} "${text}": write a whole number from 0 to ${most}`)
  return value
}

function parseRate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const rate = text.trim() === '' ? Number.NaN : Number(text)
  if (!(rate >= 0 && rate <= 1)) throw new RangeError(`--fault-rate "${text}": write a number from 0 to 1`)
  return rate
}

function parseClock(text: string | undefined): string | undefined {
  if (text !== undefined) emulatorClock(text)
  return text
}
