/** Scalars of the plain subset. Everything unusual is `NotPlain`. */

/** This is not the plain subset, or not YAML at all: the `yaml` package shall say. */
export class NotPlain extends Error {
  readonly offset: number
  constructor(offset: number) {
    super()
    this.offset = offset
  }
}

export const LF = 10
export const SPACE = 32
export const HASH = 35
export const COLON = 58
export const DASH = 45
export const COMMA = 44
const QUOTE = 34
const APOSTROPHE = 39
const BACKSLASH = 92

/** Characters that cannot start an unquoted text: `- ? : , [ ] { } # & * ! | > ' " % @ \`` (some of them only before a space). */
const INDICATORS = new Set([...'?:,[]{}#&*!|>\'"%@`'].map((letter) => letter.charCodeAt(0)))

export function startsPlain(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  if (code === DASH) return !isBreakOrSpace(text.charCodeAt(at + 1)) && !isFlowIndicator(text.charCodeAt(at + 1))
  return !INDICATORS.has(code) && !isBreakOrSpace(code)
}

/** Also true for the end of the text (NaN). */
export function isBreakOrSpace(code: number): boolean {
  return code === SPACE || code === LF || Number.isNaN(code)
}

/** `, [ ] { }` */
export function isFlowIndicator(code: number): boolean {
  return code === COMMA || code === 91 || code === 93 || code === 123 || code === 125
}

export function isQuote(code: number): boolean {
  return code === QUOTE || code === APOSTROPHE
}

/** Offset behind the closing quote, which must be on the same line. */
export function quotedEnd(text: string, start: number): number {
  const quote = text.charCodeAt(start)
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === LF) break
    if (code === BACKSLASH && quote === QUOTE) at += 1
    else if (code === quote) {
      if (quote === QUOTE || text.charCodeAt(at + 1) !== APOSTROPHE) return at + 1
      at += 1
    }
  }
  throw new NotPlain(start)
}

export function quotedText(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end - 1)
  if (text.charCodeAt(start) === APOSTROPHE) return raw.includes("''") ? raw.replaceAll("''", "'") : raw
  if (!raw.includes('\\')) return raw
  try {
    return String(JSON.parse(`"${raw}"`))
  } catch {
    throw new NotPlain(start)
  }
}

const WORDS: ReadonlyMap<string, null | boolean> = new Map<string, null | boolean>([
  ['~', null],
  ['null', null],
  ['Null', null],
  ['NULL', null],
  ['true', true],
  ['True', true],
  ['TRUE', true],
  ['false', false],
  ['False', false],
  ['FALSE', false],
])
const DECIMAL = /^[-+]?[0-9]+(?:\.[0-9]+)?$/
/** Numbers in other spellings. */
const UNUSUAL =
  /^(?:0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/

/** What an unquoted text stands for in YAML 1.2 (core schema). */
export function plainValue(raw: string, offset: number): string | number | boolean | null {
  const word = WORDS.get(raw)
  if (word !== undefined) return word
  const code = raw.charCodeAt(0)
  if (code > 57 || code < 43) return raw
  if (DECIMAL.test(raw)) return Number(raw)
  if (UNUSUAL.test(raw)) throw new NotPlain(offset)
  return raw
}

/** A name as written; names that stand for nothing are for the `yaml` package to refuse. */
export function plainName(raw: string, offset: number): string {
  if (raw === '' || WORDS.get(raw) === null || raw.length > 1000) throw new NotPlain(offset)
  return raw
}
