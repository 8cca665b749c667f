/**
 * A dotenv file as text that is edited in place.
 *
 * There is no standard, only readers: dotenv packages, `set -a; . file`, docker --env-file, systemd. The text is cut into
 * statements, one line each, or several where a quoted value spans lines; joined together they are the file again, byte for
 * byte. Only the value of our own statement is ever replaced. Of several statements with one name the last one counts, as
 * in every reader. A value is written so that readers agree as far as they can: bare when it has only letters, digits and
 * `_.:/@%+,=-` (all agree), otherwise in quotes (all but docker agree), and not at all where they would differ.
 * Rejected: parse to a map and print it again, which loses comments, order, quotes and what we do not understand.
 */
import { KeywrightError } from '../core/diagnostic.ts'
import { unreadable } from '../io/files.ts'

interface Statement {
  /** Up to the value; for anything that is no assignment, the whole line. */
  readonly before: string
  readonly name: string | null
  readonly value: string
  /** Spaces and comment after the value. */
  readonly after: string
  /** `\n`, `\r\n`, or empty at the end of the file. */
  readonly end: string
}

const ASSIGNMENT = /^(\uFEFF?[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*=[ \t]*)/
const LINE = /([^\n]*?)(\r?\n|$)/y
const BARE = /^[A-Za-z0-9_.:/@%+,=-]+$/
const BARE_END = /[ \t]+(?:#.*)?$|[ \t]+#.*$/

export class DotenvText {
  readonly #statements: Statement[]
  /** Positions of each name, in order. */
  #places: Map<string, number[]>
  #isFile: boolean

  /** Throws `SINK_FILE_UNREADABLE` for a quote that never ends. */
  constructor(text: string | null, path: string) {
    this.#statements = statements(text ?? '', path)
    this.#places = placesOf(this.#statements)
    this.#isFile = text !== null
  }

  /** The value as a reader would see it, or `null`. */
  get(name: string): string | null {
    const statement = this.#statements[this.#places.get(name)?.at(-1) ?? -1]
    return statement === undefined ? null : decoded(statement.value)
  }

  /** Throws `SINK_DENIED` for a value that readers would not agree on. */
  set(name: string, value: string): void {
    const position = this.#places.get(name)?.at(-1)
    const statement = this.#statements[position ?? -1]
    if (position === undefined || statement === undefined) this.#append(name, encoded(name, value, ''))
    else this.#statements[position] = withValue(statement, encoded(name, value, statement.value.charAt(0)))
    this.#isFile = true
  }

  /** Takes out every statement of this name that holds what the last one holds. */
  unset(name: string): void {
    const value = this.get(name)
    const doomed = this.#places.get(name)?.filter((at) => decoded(this.#statements[at]?.value ?? '') === value) ?? []
    for (const at of doomed.toReversed()) this.#takeOut(at)
    this.#places = placesOf(this.#statements)
  }

  text(): string | null {
    if (!this.#isFile) return null
    return this.#statements.map(({ before, value, after, end }) => before + value + after + end).join('')
  }

  /** A file that lacks its last line break goes on lacking it. */
  #append(name: string, value: string): void {
    const last = this.#statements.at(-1)
    const usual = this.#statements.find(({ end }) => end !== '')?.end ?? '\n'
    if (last !== undefined && last.end === '') this.#statements.splice(-1, 1, { ...last, end: usual })
    const end = last === undefined || last.end !== '' ? usual : ''
    this.#places.set(name, [...(this.#places.get(name) ?? []), this.#statements.length])
    this.#statements.push({ before: `${name}=`, name, value, after: '', end })
  }

  #takeOut(at: number): void {
    const [gone] = this.#statements.splice(at, 1)
    const last = this.#statements.at(-1)
    if (gone?.end === '' && last !== undefined) this.#statements.splice(-1, 1, { ...last, end: '' })
  }
}

function withValue(statement: Statement, value: string): Statement {
  const { after } = statement
  return { ...statement, value, after: after.startsWith('#') ? ` ${after}` : after }
}

function placesOf(all: readonly Statement[]): Map<string, number[]> {
  const places = new Map<string, number[]>()
  for (const [at, { name }] of all.entries()) {
    if (name === null) continue
    const known = places.get(name)
    if (known === undefined) places.set(name, [at])
    else known.push(at)
  }
  return places
}

function statements(text: string, path: string): Statement[] {
  const all: Statement[] = []
  for (let at = 0; at < text.length; ) {
    const { statement, next } = statementAt(text, at, path)
    all.push(statement)
    at = next
  }
  return all
}

function statementAt(text: string, at: number, path: string): { statement: Statement; next: number } {
  const [, line = '', end = ''] = lineAt(text, at)
  const [before = '', , name] = ASSIGNMENT.exec(line) ?? []
  if (name === undefined) {
    return { statement: { before: line, name: null, value: '', after: '', end }, next: at + line.length + end.length }
  }
  const from = at + before.length
  const stop = isQuote(text.charAt(from)) ? endOfWord(text, from, path) : from + bareLength(before, line)
  const [whole, after = '', lastEnd = ''] = lineAt(text, stop)
  return { statement: { before, name, value: text.slice(from, stop), after, end: lastEnd }, next: stop + whole.length }
}

/** Spaces before the end or before a comment do not belong to a bare value. */
function bareLength(before: string, line: string): number {
  const rest = line.slice(before.length)
  return rest.startsWith('#') && /[ \t]$/.test(before) ? 0 : rest.replace(BARE_END, '').length
}

function lineAt(text: string, at: number): RegExpExecArray | [string, string, string] {
  LINE.lastIndex = at
  return LINE.exec(text) ?? ['', '', '']
}

function isQuote(char: string): boolean {
  return char === '"' || char === "'" || char === '`'
}

/** End of a word that starts with a quote; more quoted or bare parts may follow without a space, as in a shell. */
function endOfWord(text: string, from: number, path: string): number {
  let at = from
  while (at < text.length && !/\s/.test(text.charAt(at))) {
    at = isQuote(text.charAt(at)) ? endOfQuote(text, at, path) : at + 1
  }
  return at
}

function endOfQuote(text: string, from: number, path: string): number {
  const quote = text.charAt(from)
  for (let at = from + 1; at < text.length; at++) {
    if (text.charAt(at) === quote) return at + 1
    if (quote === '"' && text.charAt(at) === '\\') at++
  }
  const line = text.slice(0, from).split('\n').length
  throw unreadable(path, `has a quote in line ${line} that never ends`)
}

const QUOTED_PART = /'([^']*)'|`([^`]*)`|"((?:[^"\\]|\\.)*)"|([^'"`]+)/gs
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

function decoded(value: string): string {
  if (!isQuote(value.charAt(0))) return value
  return value.replace(QUOTED_PART, (_, single?: string, tick?: string, double?: string, bare?: string) => {
    if (double === undefined) return single ?? tick ?? bare ?? ''
    return double.replace(/\\(.)/gs, (_, char: string) => ESCAPES[char] ?? char)
  })
}

/** `like` is the first character of the value before: its quotes are kept where they can be. */
function encoded(name: string, value: string, like: string): string {
  const quotes = [...(isQuote(like) && like !== '`' ? [like] : []), ...(BARE.test(value) ? [''] : ["'", '"'])]
  const quote = quotes.find((each) => fits(value, each))
  if (quote !== undefined && value !== '') return quote + value + quote
  throw new KeywrightError('SINK_DENIED', {
    message: `the value for ${name} has characters that readers of dotenv files understand differently`,
    hint: 'deliver it to a place of kind file instead, or simplify its template',
  })
}

function fits(value: string, quote: string): boolean {
  if (/[\u0000-\u001f\u007f]/.test(value)) return false
  if (quote === "'") return !value.includes("'")
  return quote === '' || !/["$`\\]/.test(value)
}
