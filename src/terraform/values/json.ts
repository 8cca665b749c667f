/** JSON with whole numbers: like `JSON.parse`, but a number that JavaScript would round is a `Decimal`. */
import { numeric } from './numeric.ts'
import type { Decimal } from './value.ts'
import { ValueError } from './value-error.ts'

export type Json = null | boolean | string | number | Decimal | readonly Json[] | { readonly [name: string]: Json }

const TOKEN =
  /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\]|\\.)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null))/y
const MAX_DEPTH = 200
const WORDS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null }

/** Throws `ValueError`. */
export function parseJson(text: string): Json {
  const cursor = { text, at: 0 }
  const value = readJson(cursor, 0)
  if (/[^ \t\n\r]/.test(text.slice(cursor.at))) throw new ValueError('there is text after the JSON')
  return value
}

interface Cursor {
  readonly text: string
  at: number
}

function token(cursor: Cursor): RegExpExecArray {
  TOKEN.lastIndex = cursor.at
  const match = TOKEN.exec(cursor.text)
  if (!match) throw new ValueError(`no JSON at character ${cursor.at}`)
  cursor.at = TOKEN.lastIndex
  return match
}

function readJson(cursor: Cursor, depth: number, [, mark, text, number, word] = token(cursor)): Json {
  if (depth > MAX_DEPTH) throw new ValueError('JSON is nested too deeply')
  if (text !== undefined) return unquoted(text)
  if (number !== undefined) return numeric(number) ?? overflow()
  if (word !== undefined) return WORDS[word] ?? null
  if (mark === '[') return readArray(cursor, depth)
  if (mark === '{') return readObject(cursor, depth)
  throw new ValueError(`no JSON at character ${cursor.at}`)
}

function unquoted(text: string): string {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ValueError('a text of the JSON is broken', { cause })
  }
}

function overflow(): never {
  throw new ValueError('a number of the JSON is out of all bounds')
}

function readArray(cursor: Cursor, depth: number): Json {
  const found: Json[] = []
  for (let next = token(cursor); next[1] !== ']'; ) {
    found.push(readJson(cursor, depth + 1, next))
    next = token(cursor)
    if (next[1] === ',') next = notClosing(token(cursor))
    else if (next[1] !== ']') throw new ValueError(`no JSON at character ${cursor.at}`)
  }
  return found
}

function readObject(cursor: Cursor, depth: number): Json {
  const found: Record<string, Json> = Object.create(null)
  for (let next = token(cursor); next[1] !== '}'; ) {
    if (next[2] === undefined || token(cursor)[1] !== ':') throw new ValueError(`no JSON at character ${cursor.at}`)
    found[unquoted(next[2])] = readJson(cursor, depth + 1)
    next = token(cursor)
    if (next[1] === ',') next = notClosing(token(cursor))
    else if (next[1] !== '}') throw new ValueError(`no JSON at character ${cursor.at}`)
  }
  return found
}

function notClosing(match: RegExpExecArray): RegExpExecArray {
  if (match[1] === ']' || match[1] === '}') throw new ValueError('a comma of the JSON has nothing after it')
  return match
}
