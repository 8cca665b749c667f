/**
 * The lines of a local state file: JSON, whose last member `sum` is the CRC-32 of all before it.
 *
 * A raw tab stands before `sum` and nowhere else (JSON escapes tabs), so a line that ends in tab, sum and brace was written to its
 * end. Without that ending it is *torn*: the fragment of a writer that died, which nobody was told is saved. With the ending but
 * another sum it is *corrupt*: something changed what was saved.
 *
 * A torn fragment and a saved line whose ending was damaged look alike. So each entry says in `seen` how many whole lines its writer
 * had read: a later reader that counts fewer knows that one went missing.
 */
import { crc32 } from 'node:zlib'
import type { KeyRecord, StackHeader } from '../core/record.ts'
import { isKnownFormat, STATE_FORMAT } from '../core/state-format.ts'
import type { Entry, LeaseState, Ledger } from './ledger.ts'

/** `by` names one proposal of one writer; `seen` as above. */
export type Line =
  | { readonly kind: 'birth'; readonly format: number; readonly epoch: number; readonly lines: number }
  | { readonly kind: 'stack'; readonly stack: string; readonly header: StackHeader | null; readonly lease: LeaseState }
  | { readonly kind: 'saved'; readonly stack: string; readonly address: string; readonly record: KeyRecord }
  | { readonly kind: 'seal'; readonly seen: number }
  | { readonly kind: 'entry'; readonly by: string; readonly seen: number; readonly entry: Entry }

const ENTRIES: ReadonlySet<unknown> = new Set<Entry['kind']>(['records', 'header', 'take', 'renew', 'release'])
const ENDING = /^,\t"sum":"([0-9a-f]{8})"}$/
const ENDING_LENGTH = 19
const TAB = 9

export function encodeLine(line: Line): string {
  const body = JSON.stringify(line).slice(0, -1)
  return `${body},\t"sum":"${hex(crc32(body))}"}`
}

export type Decoded = Line | 'torn' | 'corrupt' | 'tooNew'

export function decodeLine(bytes: Buffer): Decoded {
  const split = bytes.length - ENDING_LENGTH
  if (split < 1 || bytes[split + 1] !== TAB) return 'torn'
  const sum = ENDING.exec(bytes.toString('latin1', split))?.[1]
  if (sum === undefined) return 'torn'
  if (sum !== hex(crc32(bytes.subarray(0, split)))) return 'corrupt'
  return lineOf(JSON.parse(bytes.toString('utf8')))
}

/** A whole line of a kind we do not know was written by a later version. */
function lineOf(value: { kind?: unknown; format?: unknown; entry?: { kind?: unknown } }): Decoded {
  switch (value.kind) {
    case 'birth':
      return isKnownFormat(value.format) ? (value as Line) : 'tooNew'
    case 'stack':
    case 'saved':
    case 'seal':
      return value as Line
    case 'entry':
      return ENTRIES.has(value.entry?.kind) ? (value as Line) : 'tooNew'
    default:
      return 'tooNew'
  }
}

/** True for a first line of a higher format, whatever else that format changes. */
export function isNewerBirth(bytes: Buffer): boolean {
  const format = /^\{"kind":"birth","format":(\d+)/.exec(bytes.toString('latin1', 0, 64))?.[1]
  return format !== undefined && Number(format) > STATE_FORMAT
}

/** Everything a new epoch starts from, in a fixed order, as lines with their line breaks. */
export function* birthLines(epoch: number, ledger: Ledger): Generator<string> {
  const stacks = [...ledger].sort(byName)
  const lines = stacks.reduce((sum, [, part]) => sum + 1 + part.records.size, 0)
  yield `${encodeLine({ kind: 'birth', format: STATE_FORMAT, epoch, lines })}\n`
  for (const [stack, { header, lease, records }] of stacks) {
    yield `${encodeLine({ kind: 'stack', stack, header, lease })}\n`
    for (const [address, record] of [...records].sort(byName)) {
      yield `${encodeLine({ kind: 'saved', stack, address, record })}\n`
    }
  }
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}

function hex(sum: number): string {
  return sum.toString(16).padStart(8, '0')
}
