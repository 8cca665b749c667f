/** Folding a group of entries beside a ledger: what would become of them, and which parts of it would have to be written. */
import { applyEntry, type Entry, type Ledger, stackLedger, type Verdict } from './ledger.ts'

/** What accepted entries changed in one stack. */
export interface Touched {
  header: boolean
  lease: boolean
  readonly addresses: Set<string>
}

export interface Folded {
  readonly entries: readonly Entry[]
  /** One per entry, in order. */
  readonly verdicts: readonly Verdict[]
  /** The ledger with the accepted entries; shares with the one before what they did not touch. */
  readonly next: Ledger
  /** By stack. Empty when nothing was accepted. */
  readonly touched: ReadonlyMap<string, Touched>
}

/** Leaves `ledger` as it is. */
export function foldBeside(ledger: Ledger, entries: readonly Entry[]): Folded {
  const next: Ledger = new Map(ledger)
  for (const stack of new Set(entries.map((entry) => entry.stack)))
    next.set(stack, { ...stackLedger(next, stack), shared: true })
  const touched = new Map<string, Touched>()
  const verdicts = entries.map((entry) => {
    const verdict = applyEntry(next, entry)
    if (verdict === 'accepted') touch(touched, entry)
    return verdict
  })
  return { entries, verdicts, next, touched }
}

function touch(touched: Map<string, Touched>, entry: Entry): void {
  const part = touched.get(entry.stack) ?? { header: false, lease: false, addresses: new Set<string>() }
  touched.set(entry.stack, part)
  if (entry.kind === 'records') for (const { address } of entry.changes) part.addresses.add(address)
  else if (entry.kind === 'header') part.header = true
  else part.lease = true
}
