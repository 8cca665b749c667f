/** `rotation.retire`: `{ when: unused, quiet: 6h, by: 7d }` or `{ when: deadline }`. */
import type { RetirePolicy } from '../key.ts'
import { DAY, HOUR } from '../time.ts'
import { complain, durationIn, type Entry, read, readChoice, readPart, type Whole } from './entry.ts'
import { isMapping } from './source.ts'

const QUIET = 6 * HOUR
const BY = 7 * DAY
const DEADLINE: RetirePolicy = { when: 'deadline' }

/** The deadline when nothing is written, or when it is wrong. */
export function retireOf(entry: Entry): RetirePolicy {
  const found = read(entry, 'rotation.retire')
  if (typeof found === 'string' || !isMapping(found.value)) return DEADLINE
  const whole = { slot: found.slot, value: found.value }
  const when = readChoice(entry, readPart(entry, whole, 'when'), {
    path: 'when',
    words: ['unused', 'deadline'],
    fallback: 'deadline',
  })
  if (when === 'unused')
    return { when, quiet: lengthOf(entry, whole, 'quiet', QUIET), by: lengthOf(entry, whole, 'by', BY) }
  refuseIdle(entry, whole)
  return DEADLINE
}

function lengthOf(entry: Entry, whole: Whole, path: 'quiet' | 'by', fallback: number): number {
  const wants = { path, fallback, positive: true, example: path === 'quiet' ? '6h' : '7d' }
  return durationIn(entry, readPart(entry, whole, path), wants) ?? fallback
}

/** A rule that silently does nothing is worse than none. */
function refuseIdle(entry: Entry, { slot, value }: Whole): void {
  if (value.when !== 'deadline') return
  for (const member of ['quiet', 'by']) {
    if (!Object.hasOwn(value, member)) continue
    const message = `"${member}" belongs to when: unused; at the deadline nobody looks at the usage.`
    complain(
      entry,
      { document: slot.document, container: value, member },
      {
        code: 'MANIFEST_ROTATION_IMPOSSIBLE',
        message,
        hint: 'retire: { when: unused, quiet: 6h, by: 7d }',
        part: 'key',
      },
    )
  }
}
