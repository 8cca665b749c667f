import { shown } from '../../core/manifest/looks-secret.ts'
import { NotPlain } from './plain-scalar.ts'
import type { SpanBook } from './spans.ts'
import { MAX_NAMES, type Trouble } from './text.ts'

/** A mapping while it is read. Of a repeated name the first counts, `__proto__` is left out; both are troubles. */
export interface Growing {
  /** False when the name is refused; its value is then read and dropped. */
  admit(name: string, start: number, end: number): boolean
  put(name: string, value: unknown, span: readonly [number, number, number, number]): void
  close(book: SpanBook): Record<string, unknown>
}

export function growingMapping(troubles: Trouble[]): Growing {
  const object: Record<string, unknown> = {}
  const spans: number[] = []
  /** Names as written, kept only once one of them is a number: until then the object knows them. */
  let names: string[] | null = null
  let left = MAX_NAMES
  return {
    admit(name, start, end) {
      left -= 1
      if (left < 0) throw new NotPlain(start)
      const trouble =
        name === '__proto__' ? forbidden(start, end) : Object.hasOwn(object, name) ? twice(name, start, end) : null
      if (trouble !== null) troubles.push(trouble)
      else if (names === null && isDigit(name.charCodeAt(0))) names = Object.keys(object)
      return trouble === null
    },
    put(name, value, [keyStart, keyEnd, start, end]) {
      object[name] = value
      names?.push(name)
      spans.push(keyStart, keyEnd, start, end)
    },
    close(book) {
      book.record(object, names === null ? spans : inOrderOfKeys(object, names, spans))
      return object
    },
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

/** `Object.keys` moves names that are whole numbers to the front. */
function inOrderOfKeys(object: object, names: readonly string[], spans: readonly number[]): readonly number[] {
  const written = new Map(names.map((name, i) => [name, i * 4]))
  return Object.keys(object).flatMap((name) => {
    const at = written.get(name) ?? 0
    return spans.slice(at, at + 4)
  })
}

function forbidden(offset: number, end: number): Trouble {
  const message = 'The name "__proto__" is refused everywhere.'
  return { rest: 'FORBIDDEN_NAME', offset, length: end - offset, message, hint: 'use another name' }
}

function twice(name: string, offset: number, end: number): Trouble {
  const message = `${shown(name)} is written twice in the same mapping.`
  return { rest: 'DUPLICATE_FIELD', offset, length: end - offset, message, hint: 'remove one of the two' }
}
