/** What a human can allow for one run, and the words that say so. */
import { CODES } from '../../core/codes/index.ts'
import { type Allowance, FOR_GOOD } from '../../core/guard.ts'
import { didYouMean } from '../../core/suggest.ts'
import type { Args, Flag } from './command.ts'
import { wholeNumber } from './command.ts'
import { quoted } from './quoted.ts'

interface Row {
  readonly flag: Flag
  /** Name under which the parser puts its value. */
  readonly name: string
}

const ROWS: readonly Row[] = [
  counting('--allow-deletes <n>', 'allowDeletes', 'let this run retire up to n keys'),
  counting('--allow-disables <n>', 'allowDisables', 'let this run disable up to n keys'),
  counting('--allow-missing <n>', 'allowMissing', 'let this run issue up to n vanished keys again'),
  counting('--allow-rotations <n>', 'allowRotations', 'let this run rotate up to n keys'),
  counting('--allow-loosen <n>', 'allowLoosen', 'let this run allow up to n keys more than before'),
  counting('--allow-spend <usd>', 'allowSpend', 'let all keys together spend up to so much a month'),
  {
    name: 'allowScope',
    flag: { flag: '--allow-scope <scope>', doc: 'let keys have this scope of guard.approveScopes', repeatable: true },
  },
  {
    name: 'allow',
    flag: {
      flag: '--allow <code>',
      doc: 'let this run pass a guard: CODE, or CODE:ID for one key',
      repeatable: true,
      parse: waivable,
    },
  },
  { name: 'allowEmpty', flag: { flag: '--allow-empty', doc: 'let manifests without any key retire everything' } },
]

function counting(flag: string, name: string, doc: string): Row {
  return { name, flag: { flag, doc, parse: wholeNumber() } }
}

/** A misspelled code would allow nothing, and say nothing. */
function waivable(text: string): string {
  const [code = ''] = text.split(':')
  const guards = Object.keys(CODES).filter((one) => /^(?:GUARD|PLACE_SHARED)_/.test(one))
  const known = guards.filter((one) => !isForGood(one))
  if (known.includes(code)) return text
  if (guards.includes(code)) throw new RangeError(`nothing waives ${code}: keywright explain ${code}`)
  throw new RangeError(`no guard is called ${JSON.stringify(code.slice(0, 60))}.${didYouMean(code, known)}`)
}

function isForGood(code: string): boolean {
  return [...FOR_GOOD].some((one) => one === code)
}

export const ALLOWANCES: readonly Flag[] = ROWS.map(({ flag }) => flag)

export function allowanceOf({ flags }: Args): Allowance {
  const count = (name: string, as: keyof Allowance): Partial<Allowance> => {
    const value = flags[name]
    return typeof value === 'number' ? { [as]: value } : {}
  }
  return {
    ...count('allowDeletes', 'deletes'),
    ...count('allowDisables', 'disables'),
    ...count('allowMissing', 'missing'),
    ...count('allowRotations', 'rotations'),
    ...count('allowLoosen', 'loosen'),
    ...count('allowSpend', 'spend'),
    scopes: textsOf(flags.allowScope),
    waived: textsOf(flags.allow),
    empty: flags.allowEmpty === true,
  }
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
}

/** The same allowances as words of a command line. */
export function allowedWords({ flags }: Args): readonly string[] {
  return ROWS.flatMap(({ name, flag: { flag } }) => {
    const [word = ''] = flag.split(' ')
    const value = flags[name]
    if (value === true) return [word]
    if (typeof value === 'number') return [`${word} ${value}`]
    return textsOf(value).map((one) => `${word} ${quoted(one)}`)
  })
}
