/** From bytes to text: UTF-8 only, and nothing in it that an editor would not show. */
import { type LineIndex, lineIndex } from './lines.ts'

/** Larger files are refused unread. */
export const MAX_BYTES = 4 * 1024 * 1024
/** Mappings and lists inside each other. */
export const MAX_DEPTH = 100
/** Names and items in one file; a key with everything has about 30. */
export const MAX_MEMBERS = 260_000
/** Names side by side in one mapping: that many keys in one file. */
export const MAX_NAMES = 50_000
export const TOO_LONG = 'The file is too long: reading it stops here.'

/** Something wrong with a text, by offset. `rest` completes the code: `SYNTAX` is `CONFIG_SYNTAX` or `MANIFEST_SYNTAX`. */
export interface Trouble {
  readonly rest: 'SYNTAX' | 'ENCODING' | 'TOO_LARGE' | 'DUPLICATE_FIELD' | 'FORBIDDEN_NAME'
  readonly offset: number
  readonly length?: number
  readonly message: string
  readonly hint?: string
  readonly severity?: 'warning'
}

export interface Decoded {
  readonly text: string
  readonly lines: LineIndex
  readonly troubles: readonly Trouble[]
}

/** The text without byte order mark. With an error among the troubles it must not be parsed. */
export function decodeText(bytes: Uint8Array): Decoded {
  const bom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bom ? bytes.subarray(3) : bytes)
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  const broken = utf16 ? wideText() : invalidBytes(text, bytes)
  const troubles = broken === null ? [controlCharacter(text), byteOrderMark(bom), windowsLines(text)] : [broken]
  return { text, lines: lineIndex(text), troubles: troubles.filter((trouble) => trouble !== null) }
}

function wideText(): Trouble {
  return {
    rest: 'ENCODING',
    offset: 0,
    message: 'The file is UTF-16, not UTF-8.',
    hint: 'iconv -f UTF-16 -t UTF-8 FILE > NEW',
  }
}

/** A replacement character in the text is only an error when the bytes do not really spell one. */
function invalidBytes(text: string, bytes: Uint8Array): Trouble | null {
  const offset = text.indexOf('\uFFFD')
  if (offset < 0 || isUtf8(bytes)) return null
  return {
    rest: 'ENCODING',
    offset,
    message: 'The file is not valid UTF-8 from here on.',
    hint: 'iconv -f LATIN1 -t UTF-8 FILE > NEW',
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u0080-\u0084\u0086-\u009f\ufffe\uffff]|\r(?!\n)/

function controlCharacter(text: string): Trouble | null {
  const offset = text.search(CONTROL)
  if (offset < 0) return null
  const name = `U+${text.charCodeAt(offset).toString(16).toUpperCase().padStart(4, '0')}`
  const what = name === 'U+0000' ? 'a NUL character' : `the control character ${name}`
  return { rest: 'ENCODING', offset, message: `The file holds ${what}.`, hint: 'remove that character' }
}

function byteOrderMark(present: boolean): Trouble | null {
  const message = 'The file starts with a byte order mark; it is skipped.'
  return present
    ? { rest: 'ENCODING', severity: 'warning', offset: 0, message, hint: 'save it as UTF-8 without BOM' }
    : null
}

function windowsLines(text: string): Trouble | null {
  const offset = text.indexOf('\r\n')
  if (offset < 0) return null
  const message = 'The file has Windows line ends (CRLF); they are read as plain ones.'
  return { rest: 'ENCODING', severity: 'warning', offset, message, hint: 'add to .gitattributes: *.yaml text eol=lf' }
}
