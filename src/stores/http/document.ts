/**
 * The one document such a server keeps: all stacks, in an envelope that passes for an empty state of Terraform, since servers look into
 * what they are given (GitLab takes the version of a state from `serial`, read in its lib/api/terraform/state.rb, 2026-11-28).
 */
import { STATE_FORMAT } from '../../core/state-format.ts'
import type { Ledger, StackLedger } from '../ledger.ts'
import { corrupt, formatIn, headerIn, isPlain, jsonIn, leaseIn, recordIn } from '../stored.ts'

export interface Document {
  /** Counts the saves of this document. */
  readonly serial: number
  readonly lineage: string
  /** Id of the last save: whoever lost its answer finds out whether it arrived. */
  readonly by: string
  readonly ledger: Ledger
}

export function encodeDocument({ serial, lineage, by, ledger }: Document): string {
  const stacks = [...ledger].sort(byName).map(([stack, { header, lease, records }]) => {
    const all = Object.fromEntries([...records].sort(byName))
    return [stack, { header, lease, records: all }] as const
  })
  const keywright = { format: STATE_FORMAT, by, stacks: Object.fromEntries(stacks) }
  return `${JSON.stringify({ version: 4, terraform_version: '1.0.0', serial, lineage, outputs: {}, resources: [], keywright })}\n`
}

/** Throws `STATE_CORRUPT`, also for a real state of Terraform, or `STATE_TOO_NEW`. */
export function decodeDocument(text: string, where: string): Document {
  const raw = jsonIn(text, where)
  if (!isPlain(raw)) throw corrupt(where, 'it is no object')
  const { serial, lineage, keywright } = raw
  if (!isPlain(keywright)) throw corrupt(where, 'it belongs to somebody else, such as Terraform')
  const format = formatIn(keywright, where)
  if (!isPlain(keywright.stacks) || !Number.isSafeInteger(serial)) throw corrupt(where, 'members are missing')
  const stacks = Object.entries(keywright.stacks).map(
    ([stack, part]) => [stack, partIn(part, stack, { where: `${where} ${stack}`, format })] as const,
  )
  const by = typeof keywright.by === 'string' ? keywright.by : ''
  return { serial: Number(serial), lineage: String(lineage), by, ledger: new Map(stacks) }
}

function partIn(raw: unknown, stack: string, { where, format }: { where: string; format: number }): StackLedger {
  if (!isPlain(raw) || !isPlain(raw.records)) throw corrupt(where, 'members are missing')
  const records = Object.entries(raw.records).map(
    ([address, one]) => [address, recordIn(one, address, { where: `${where} ${address}`, format })] as const,
  )
  const [header, lease] = [headerIn(raw.header, stack, where), leaseIn(raw.lease, where)]
  return { header, lease, records: new Map(records), shared: true }
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}
