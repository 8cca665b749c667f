/**
 * Where things stand in a JSON text. `JSON.parse` gives no positions, and its messages quote the text, which may hold secrets.
 * One pass, no tree: only the offsets that are asked for are kept.
 */
export type JsonPath = readonly (string | number)[]

export type Offsets =
  | { readonly ok: true; readonly of: ReadonlyMap<string, number> }
  /** The first character that cannot stand there; the length of the text where it ends too early. */
  | { readonly ok: false; readonly at: number }

/** Offsets of the values at these paths; those of absent ones are left out. The keys of the map are `pathKey` of the paths. */
export function jsonOffsets(text: string, paths: readonly JsonPath[] = []): Offsets {
  const reader: Reader = { text, at: 0, wanted: new Set(paths.map(pathKey)), of: new Map() }
  try {
    value(reader, [])
    space(reader)
    if (reader.at < text.length) throw new Broken(reader.at)
    return { ok: true, of: reader.of }
  } catch (error) {
    if (error instanceof Broken) return { ok: false, at: error.at }
    throw error
  }
}

export function pathKey(path: JsonPath): string {
  return JSON.stringify(path)
}

interface Reader {
  readonly text: string
  at: number
  readonly wanted: ReadonlySet<string>
  readonly of: Map<string, number>
}

class Broken extends Error {
  readonly at: number

  constructor(at: number) {
    super('no JSON')
    this.at = at
  }
}

/** Deeper than any file of a tool. */
const DEEPEST = 200

const SPACE = /[ \t\n\r]*/y
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const PLAIN = /[^"\\\u0000-\u001f]*/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

function value(reader: Reader, path: (string | number)[]): void {
  if (path.length > DEEPEST) throw new Broken(reader.at)
  space(reader)
  if (reader.wanted.size > 0) note(reader, path)
  const sign = reader.text[reader.at]
  if (sign === '{') members(reader, path)
  else if (sign === '[') items(reader, path)
  else if (sign === '"') string(reader)
  else take(reader, SCALAR)
}

function note({ wanted, of, at }: Reader, path: JsonPath): void {
  const key = pathKey(path)
  if (wanted.has(key)) of.set(key, at)
}

function members(reader: Reader, path: (string | number)[]): void {
  each(reader, '}', () => {
    space(reader)
    const name = string(reader)
    space(reader)
    sign(reader, ':')
    path.push(name)
    value(reader, path)
    path.pop()
  })
}

function items(reader: Reader, path: (string | number)[]): void {
  let index = 0
  each(reader, ']', () => {
    path.push(index++)
    value(reader, path)
    path.pop()
  })
}

/** From the opening sign to `end`, with commas in between. */
function each(reader: Reader, end: string, one: () => void): void {
  reader.at += 1
  space(reader)
  if (reader.text[reader.at] !== end) {
    one()
    for (space(reader); reader.text[reader.at] === ','; space(reader)) {
      reader.at += 1
      one()
    }
  }
  sign(reader, end)
}

function string(reader: Reader): string {
  const start = reader.at
  sign(reader, '"')
  for (;;) {
    match(reader, PLAIN)
    if (reader.text[reader.at] !== '\\') break
    take(reader, ESCAPE)
  }
  sign(reader, '"')
  const text: unknown = JSON.parse(reader.text.slice(start, reader.at))
  return String(text)
}

function space(reader: Reader): void {
  match(reader, SPACE)
}

function sign(reader: Reader, wanted: string): void {
  if (reader.text[reader.at] !== wanted) throw new Broken(reader.at)
  reader.at += 1
}

function take(reader: Reader, pattern: RegExp): void {
  if (match(reader, pattern) === 0) throw new Broken(reader.at)
}

/** Goes on behind what matches here, and returns its length. */
function match(reader: Reader, pattern: RegExp): number {
  pattern.lastIndex = reader.at
  const length = pattern.exec(reader.text)?.[0].length ?? 0
  reader.at += length
  return length
}
