/**
 * The branch as files, one per address, so that its history reads like one:
 *
 *   keywright.json             { "format": 2 }
 *   STACK/stack.json           the header
 *   STACK/lease.json           who works on the stack, until when
 *   STACK/keys/ID.json         one record
 *
 * Everything else in the branch is left alone and not looked at.
 */
import { isId, isStack } from '../../core/address.ts'
import { STATE_FORMAT } from '../../core/state-format.ts'
import type { Folded } from '../fold.ts'
import { type Ledger, stackLedger } from '../ledger.ts'
import { corrupt, formatIn, headerIn, jsonIn, leaseIn, recordIn } from '../stored.ts'

export const ROOT_FILE = 'keywright.json'

export type Meaning =
  | { readonly kind: 'root' }
  | { readonly kind: 'header'; readonly stack: string }
  | { readonly kind: 'lease'; readonly stack: string }
  | { readonly kind: 'record'; readonly stack: string; readonly address: string }

/** What a path of the branch is for; `null` for what is not ours. */
export function meaningOf(path: string): Meaning | null {
  if (path === ROOT_FILE) return { kind: 'root' }
  const [, stack = '', rest = ''] = /^([^/]+)\/(.+)\.json$/.exec(path) ?? []
  if (!isStack(stack)) return null
  if (rest === 'stack') return { kind: 'header', stack }
  if (rest === 'lease') return { kind: 'lease', stack }
  const id = rest.startsWith('keys/') ? rest.slice(5) : ''
  return isId(id) ? { kind: 'record', stack, address: `${stack}/${id}` } : null
}

/** Throws RangeError for an address of another stack: no record of one ever has it. */
function recordPath(stack: string, address: string): string {
  const id = address.slice(stack.length + 1)
  if (!isStack(stack) || address !== `${stack}/${id}` || !isId(id))
    throw new RangeError(`${address} is not of ${stack}`)
  return `${stack}/keys/${id}.json`
}

/** Content by path; `null` for a file that goes. */
export type Edits = ReadonlyMap<string, string | null>

/** What accepted entries change in the branch; all of it when the branch is of an earlier format, or new. */
export function editsOf({ next, touched }: Folded, isCurrent: boolean): Edits {
  const edits = new Map<string, string | null>()
  if (!isCurrent) edits.set(ROOT_FILE, text({ format: STATE_FORMAT }))
  for (const [stack, { header, lease, addresses }] of touched) {
    const part = stackLedger(next, stack)
    if (header) edits.set(`${stack}/stack.json`, text(part.header))
    if (lease) edits.set(`${stack}/lease.json`, text(part.lease))
    for (const address of addresses) {
      const record = part.records.get(address)
      edits.set(recordPath(stack, address), record ? text(record) : null)
    }
  }
  if (isCurrent) return edits
  for (const [stack, { records }] of next)
    for (const [address, record] of records) edits.set(recordPath(stack, address), text(record))
  return edits
}

/** Members in an order that does not depend on who wrote them, so that a diff shows changes only. */
function text(value: unknown): string {
  return `${JSON.stringify(sorted(value), null, 2)}\n`
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  )
}

/** Throws `STATE_CORRUPT` or `STATE_TOO_NEW`. */
export function formatOf(content: string | undefined, where: string, isEmpty: boolean): number {
  if (content !== undefined) return formatIn(jsonIn(content, `${where}:${ROOT_FILE}`), `${where}:${ROOT_FILE}`)
  if (isEmpty) return STATE_FORMAT
  throw corrupt(where, `it has no ${ROOT_FILE}`)
}

export interface ReadFile {
  readonly path: string
  /** `null`: the file is gone. */
  readonly content: string | null
}

/** Folds files that changed into a copy of the ledger. Throws `STATE_CORRUPT`. */
export function withFiles(ledger: Ledger, files: readonly ReadFile[], { where, format }: Branch): Ledger {
  const next: Ledger = new Map(ledger)
  const copied = new Set<string>()
  for (const { path, content } of files) {
    const meaning = meaningOf(path)
    if (meaning === null || meaning.kind === 'root') continue
    const { stack } = meaning
    const part = stackLedger(next, stack)
    if (!copied.has(stack)) next.set(stack, { ...part, records: new Map(part.records), shared: false })
    copied.add(stack)
    const at = `${where}:${path}`
    const raw = content === null ? null : jsonIn(content, at)
    const mine = stackLedger(next, stack)
    if (meaning.kind === 'header') mine.header = headerIn(raw, stack, at)
    else if (meaning.kind === 'lease') mine.lease = raw === null ? NO_LEASE : leaseIn(raw, at)
    else if (raw === null) mine.records.delete(meaning.address)
    else mine.records.set(meaning.address, recordIn(raw, meaning.address, { where: at, format }))
  }
  return next
}

const NO_LEASE = { serial: 0, revision: 0, holder: null } as const

interface Branch {
  readonly where: string
  readonly format: number
}
