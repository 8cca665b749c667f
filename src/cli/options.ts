/** Flags every command takes, each also as a KEYWRIGHT_ variable. The command line wins over the environment. */
import { KeywrightError } from '../core/diagnostic.ts'
import { didYouMean } from '../core/suggest.ts'
import { type Millis, parseDuration, SECOND } from '../core/time.ts'
import type { Flag, Format, LogLevel } from './shell/command.ts'
import { wholeNumber } from './shell/command.ts'

export interface Globals {
  readonly dir: string | null
  readonly environment: string | null
  readonly where: readonly (readonly [label: string, value: string])[]
  readonly format: Format
  readonly parallelism: number
  readonly yes: boolean
  readonly color: boolean
  readonly logLevel: LogLevel
  readonly lockTimeout: Millis
  readonly events: string | null
  readonly trust: string | null
}

interface GlobalFlag extends Flag {
  /** Variable that says the same. */
  readonly variable: string
  /** Name under which the parser puts its value. */
  readonly key: string
  readonly takesValue: boolean
}

const FORMATS: readonly Format[] = ['human', 'json', 'markdown']
const LEVELS: readonly LogLevel[] = ['error', 'info', 'debug', 'trace']

export const GLOBAL_FLAGS: readonly GlobalFlag[] = [
  row('-C, --dir <dir>', 'KEYWRIGHT_DIR', 'start in this folder'),
  row('-e, --env <name>', 'KEYWRIGHT_ENV', 'environment of keywright.yaml'),
  { ...row('--where <label=value>', 'KEYWRIGHT_WHERE', 'only keys with this label', pair), repeatable: true },
  row('--format <kind>', 'KEYWRIGHT_FORMAT', 'human, json or markdown', oneOf(FORMATS)),
  row('--json', 'KEYWRIGHT_JSON', 'the same as --format json'),
  row('--trust <ref>', 'KEYWRIGHT_TRUST', 'read keywright.yaml from this git ref, for pull requests'),
  row('--parallelism <n>', 'KEYWRIGHT_PARALLELISM', 'most requests at once (20)', wholeNumber(1)),
  row('-y, --yes', 'KEYWRIGHT_YES', 'approve the plan beforehand'),
  row('--no-color', 'KEYWRIGHT_NO_COLOR', 'no colours (as NO_COLOR)'),
  row('--log-level <level>', 'KEYWRIGHT_LOG_LEVEL', 'error, info, debug or trace', oneOf(LEVELS)),
  row('--lock-timeout <time>', 'KEYWRIGHT_LOCK_TIMEOUT', 'how long to wait for another run (60s)', duration),
  row('--events <file>', 'KEYWRIGHT_EVENTS', 'append run events as NDJSON; - is stdout, and all else goes to stderr'),
]

function row(flag: string, variable: string, doc: string, parse?: Flag['parse']): GlobalFlag {
  const long = /--(?:no-)?([a-z-]+)/.exec(flag)?.[1] ?? ''
  const key = long.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return { flag, variable, doc, key, takesValue: flag.includes('<'), ...(parse === undefined ? {} : { parse }) }
}

function oneOf(words: readonly string[]): (text: string) => string {
  return (text) => {
    if (words.includes(text)) return text
    throw new RangeError(`write one of ${words.join(', ')}, not ${JSON.stringify(text)}.${didYouMean(text, words)}`)
  }
}

function pair(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new RangeError(`write LABEL=VALUE, not ${JSON.stringify(text)}`)
  return [text.slice(0, at), text.slice(at + 1)]
}

/** `90s`, `5m`; a bare number is seconds. Throws RangeError. */
export function duration(text: string): Millis {
  const millis = /^\d{1,7}$/.test(text) ? Number(text) * SECOND : parseDuration(text)
  if (millis === null) throw new RangeError(`write a time such as 90s or 5m, not ${JSON.stringify(text)}`)
  return millis
}

/** What the flags and variables say together. Throws `CLI_USAGE` for a variable with an unusable value. */
export function globalsOf(
  flags: Readonly<Record<string, unknown>>,
  given: (key: string) => boolean,
  env: Readonly<Record<string, string | undefined>>,
): Globals {
  const value = (key: string): unknown => {
    const flag = GLOBAL_FLAGS.find((one) => one.key === key)
    if (flag === undefined || given(key)) return flags[key]
    const text = env[flag.variable]
    return text === undefined || text === '' ? flags[key] : fromVariable(flag, text)
  }
  const json = value('json') === true
  return {
    dir: textOr(value('dir'), null),
    environment: textOr(value('env'), null),
    where: pairsOf(value('where')),
    format: json ? 'json' : (FORMATS.find((one) => one === value('format')) ?? 'human'),
    parallelism: numberOr(value('parallelism'), 20),
    yes: value('yes') === true,
    color: value('color') !== false && !env.NO_COLOR,
    logLevel: LEVELS.find((one) => one === value('logLevel')) ?? 'info',
    lockTimeout: numberOr(value('lockTimeout'), 60 * SECOND),
    events: textOr(value('events'), null),
    trust: textOr(value('trust'), null),
  }
}

function fromVariable(flag: GlobalFlag, text: string): unknown {
  try {
    if (!flag.takesValue) return yesOrNo(text) !== flag.flag.startsWith('--no-')
    const parse = flag.parse ?? ((one: string) => one)
    return flag.repeatable ? text.split(',').map((one) => parse(one)) : parse(text)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new KeywrightError('CLI_USAGE', {
      message: `${flag.variable}: ${error.message}`,
      hint: `unset ${flag.variable}`,
    })
  }
}

/** `KEYWRIGHT_YES=0` must never be a yes. */
function yesOrNo(text: string): boolean {
  if (['1', 'true', 'yes'].includes(text.toLowerCase())) return true
  if (['0', 'false', 'no'].includes(text.toLowerCase())) return false
  throw new RangeError(`write 1 or 0, not ${JSON.stringify(text)}`)
}

function textOr(value: unknown, otherwise: string | null): string | null {
  return typeof value === 'string' && value !== '' ? value : otherwise
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise
}

function pairsOf(value: unknown): Globals['where'] {
  const isPair = (one: unknown): one is readonly [string, string] => Array.isArray(one) && one.length === 2
  return Array.isArray(value) ? value.filter(isPair) : []
}
