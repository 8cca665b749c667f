/** A field that is a list of known words, such as `scopes`. */
import type { Attribute } from '../attributes.ts'
import { didYouMean } from '../suggest.ts'
import { complain, type Entry, wrongValue } from './entry.ts'
import type { Written } from './layers.ts'
import { shown } from './looks-secret.ts'
import { isSequence } from './source.ts'
import { fill } from './words.ts'

/** The list as it is written, or `undefined` with a diagnostic for each item that is wrong or stands twice. */
export function wordListOf(entry: Entry, row: Attribute, slot: Written): readonly string[] | undefined {
  const list = slot.value
  if (!isSequence(list) || list.length === 0) {
    wrongValue(entry, slot, row.name, { what: wantedList(row), example: exampleOf(row) })
    return undefined
  }
  const words: string[] = []
  for (const [i, value] of list.entries()) {
    const item: Written = { document: slot.document, container: list, member: i, value }
    const word = entry.faults.at(list, i) ? null : wordOf(entry, row, item)
    if (word !== null && words.includes(word)) sayTwice(entry, row, { item, word })
    else if (word !== null) words.push(word)
  }
  return words.length === list.length ? words : undefined
}

/** `a list of scopes, at least one`. */
export function wantedList({ name }: Attribute): string {
  return `a list of ${name}, at least one`
}

/** As it is typed: `[jobs:read, jobs:trigger]`. */
export function exampleOf({ example }: Attribute): string {
  return typeof example === 'object' && example !== null ? `[${example.join(', ')}]` : String(example)
}

function wordOf(entry: Entry, row: Attribute, item: Written): string | null {
  const filled = fill(item.value, entry.words)
  if ('wrong' in filled) {
    complain(entry, item, { code: 'MANIFEST_WORD_UNKNOWN', message: filled.wrong, hint: filled.hint })
    return null
  }
  const known = row.values ?? []
  const { value } = filled
  if (typeof value === 'string' && known.includes(value)) return value
  const near = typeof value === 'string' ? didYouMean(value, known) : ''
  const message = `Item ${Number(item.member) + 1} of "${row.name}" must be one of its known words; here it is ${shown(value)}.${near}`
  complain(entry, item, { code: 'MANIFEST_WRONG_VALUE', message, hint: `${row.name}: ${exampleOf(row)}` })
  return null
}

function sayTwice(
  entry: Entry,
  row: Attribute,
  { item, word }: { readonly item: Written; readonly word: string },
): void {
  const message = `"${word}" stands twice in "${row.name}".`
  complain(entry, item, { code: 'MANIFEST_WRONG_VALUE', message, hint: 'remove one of the two' })
}
