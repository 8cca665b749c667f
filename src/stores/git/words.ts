/** What a commit of the branch says: what happened to which keys, and which run did it. */
import { randomBytes } from 'node:crypto'
import { display } from '../../core/display.ts'
import type { Actor, KeyRecord } from '../../core/record.ts'
import type { Folded } from '../fold.ts'
import { stackLedger } from '../ledger.ts'

export interface Said {
  readonly message: string
  readonly author: string
}

/** No two commits are the same one, also when two runs say the same of the same in the same second. */
function nonce(): string {
  return `Exchange: ${randomBytes(8).toString('hex')}`
}

const MOST_LINES = 40

export function wordsOf({ entries, verdicts, next, touched }: Folded): Said {
  const lines: string[] = []
  let actor: Actor | undefined
  for (const [stack, { addresses }] of touched) {
    const { records } = stackLedger(next, stack)
    for (const address of [...addresses].sort()) {
      const record = records.get(address)
      actor ??= record?.actor
      lines.push(`${address} ${record ? happened(record) : 'forgotten'}`)
    }
  }
  const leases = entries.flatMap((entry, n) => (verdicts[n] === 'accepted' ? leaseWords(entry) : []))
  const subject = subjectOf(lines, leases, [...touched.keys()])
  const more = lines.length > MOST_LINES ? [`and ${lines.length - MOST_LINES} more`] : []
  const body = lines.length > 1 ? ['', ...lines.slice(0, MOST_LINES), ...more] : []
  return { message: [subject, ...body, ...trailers(actor)].join('\n'), author: nameOf(actor?.who ?? 'keywright') }
}

function happened({ lastChange, highest }: KeyRecord): string {
  return `#${highest} ${plain(lastChange?.what ?? 'saved')}`
}

function leaseWords(entry: Folded['entries'][number]): readonly string[] {
  switch (entry.kind) {
    case 'take': {
      const { command, pid, host } = entry.holder
      return [`${entry.stack}: lease taken by ${plain(command)} (process ${pid} on ${plain(host)})`]
    }
    case 'renew':
      return [`${entry.stack}: lease renewed`]
    case 'release':
      return [`${entry.stack}: lease ended`]
    case 'header':
      return [`${entry.stack}: header saved`]
    case 'records':
      return []
    default:
      return entry satisfies never
  }
}

function subjectOf(lines: readonly string[], leases: readonly string[], stacks: readonly string[]): string {
  const [line] = lines
  if (line === undefined) return leases[0] ?? `${stacks.join(', ')}: saved`
  return lines.length === 1 ? line : `${stacks.join(', ')}: ${lines.length} keys`
}

function trailers(actor: Actor | undefined): readonly string[] {
  const { runUrl, commit } = actor ?? {}
  const found = [
    ...(runUrl === undefined ? [] : [`Run: ${plain(runUrl)}`]),
    ...(commit === undefined ? [] : [`Commit: ${plain(commit)}`]),
  ]
  return ['', ...found, nonce()]
}

function plain(text: string): string {
  return display(text, { max: 200 }).replace(/[\n\r]/g, ' ')
}

/** Git takes no angle brackets in a name. */
function nameOf(who: string): string {
  return plain(who).replace(/[<>]/g, '') || 'keywright'
}
