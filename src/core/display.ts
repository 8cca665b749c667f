/**
 * Text of others, made safe to show.
 *
 * Names, labels, values and messages come from live keys and pull requests, so they are hostile: they may move the cursor, hide
 * or reverse what follows, start a new line, or look like a command to the system that runs us. `display` is the one way such
 * text reaches an output; `markdown` and `html` come after it, where the output is Markdown or HTML. A shown text is for eyes
 * only: nothing reads it back.
 */

/** Longest text shown unless said otherwise, in characters. */
const MOST = 120

/** Controls, formats (bidi, zero-width), line ends, lone surrogates, private and unassigned code points. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu
/** Letters and marks that print as nothing. */
const BLANK = /\p{Default_Ignorable_Code_Point}|\u2800/gu
const SPACES = /\p{Zs}/gu
/** More than two marks on one letter climb into the lines above and below; a mark that follows no letter sits on our own text. */
const MARKS = /(?<=\p{M}{2})\p{M}+|(?<![\p{L}\p{N}\p{So}\p{M}])\p{M}+/gu
/** `::command::` and `##[command]`, `##vso[...]`: build systems read them from any output. */
const COMMAND = /:(?=:)|#(?=#)/g

/** One line without anything that could act: what cannot be seen is written out (`\x1b`, `\u202e`), and what is too long ends in `…`. */
export function display(text: string, { max = MOST }: { readonly max?: number } = {}): string {
  // Cut first as well: a megabyte of controls is not worth escaping.
  const start = text.slice(0, max * 2 + 2)
  const safe = start
    .replace(SPACES, ' ')
    .replace(HIDDEN, escaped)
    .replace(BLANK, escaped)
    .replace(MARKS, '')
    .replace(COMMAND, '$& ')
  return shortened(safe, max)
}

/** At most `max` characters, the last one `…` when something was left out. Does not cut a character in two. */
export function shortened(text: string, max: number): string {
  const letters = Array.from(text)
  return letters.length <= max ? text : `${letters.slice(0, Math.max(0, max - 1)).join('')}…`
}

function escaped(letter: string): string {
  const known = SHORT[letter]
  if (known !== undefined) return known
  const code = letter.codePointAt(0) ?? 0
  const hex = code.toString(16)
  if (code < 0x100) return `\\x${hex.padStart(2, '0')}`
  return code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`
}

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

const LETTER = /\p{L}/gu

/**
 * Letters of other scripts among Latin ones written out (`p\u0430y`), for names that decide where a secret goes: an `а` of Cyrillic looks like
 * the one of Latin. `null` where nothing could be mistaken.
 */
export function unmasked(text: string): string | null {
  const letters = text.match(LETTER) ?? []
  const others = letters.filter((letter) => letter > '\u024f')
  if (others.length === 0 || others.length === letters.length) return null
  return text.replace(LETTER, (letter) => (letter > '\u024f' ? escaped(letter) : letter))
}

/** A live name for eyes: never empty. */
export function displayName(name: string, options: { readonly max?: number } = {}): string {
  const text = display(name, options).trim()
  return text === '' ? '«untitled»' : text
}

/**
 * Displayed text as a code span of a Markdown document. Every ASCII mark is written as a character reference, which Markdown
 * never takes for structure, and inside `<code>` nothing is linked, mentioned or closed by a reference.
 */
export function markdown(text: string, options: { readonly max?: number } = {}): string {
  const safe = references(display(text, options).trim(), /[!-/:-@[-`{-~]/g)
  return `<code>${safe === '' ? '&#32;' : safe}</code>`
}

/** Displayed text inside an HTML element or a quoted attribute. */
export function html(text: string, options: { readonly max?: number } = {}): string {
  return references(display(text, options), /[&<>"'`=]/g)
}

function references(text: string, marks: RegExp): string {
  return text.replace(marks, (mark) => `&#${mark.charCodeAt(0)};`)
}

/** Columns a displayed text takes on a terminal: wide East Asian letters and emoji take two, combining marks none. */
export function columns(text: string): number {
  if (ASCII.test(text)) return text.length
  let count = 0
  for (const letter of text) count += /\p{M}/u.test(letter) ? 0 : WIDE.test(letter) ? 2 : 1
  return count
}

const ASCII = /^[\x20-\x7e]*$/
const WIDE =
  /[\u1100-\u115e\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u
