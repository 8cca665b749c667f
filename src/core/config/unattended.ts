/** `loop` and `freeze`: when something runs unattended, and when it leaves alone what is merely due. */
import type { Diagnostic } from '../diagnostic.ts'
import type { Freeze } from '../key.ts'
import { complaint, type Faults, type Said } from '../manifest/complaint.ts'
import { durationOf } from '../manifest/entry.ts'
import { shown } from '../manifest/looks-secret.ts'
import { isMapping, type Mapping, mappingAt, member, type SourceDocument, sequenceAt } from '../manifest/source.ts'
import { instant, type Millis, parseInstant } from '../time.ts'

export interface Reading {
  readonly document: SourceDocument
  readonly faults: Faults
  readonly report: Diagnostic[]
}

export interface Unattended {
  /** `null` when it is not written, or wrong. */
  readonly loopEvery: Millis | null
  readonly freezes: readonly Freeze[] | null
}

/** What the file, or one environment of it, says itself. */
export function unattendedOf(container: Mapping, reading: Reading): Unattended {
  const loop = mappingAt(container, 'loop')
  const freezes = sequenceAt(container, 'freeze').filter(isMapping)
  return {
    loopEvery: Object.hasOwn(loop, 'every') ? loopEvery(loop, reading) : null,
    freezes: Object.hasOwn(container, 'freeze') ? freezes.flatMap((one) => freezeOf(one, reading)) : null,
  }
}

function loopEvery(loop: Mapping, reading: Reading): Millis | null {
  const every = durationOf(loop.every)
  if (every !== null && every > 0) return every
  const message = `"every" must be a duration such as 10m; here it is ${shown(loop.every)}.`
  return say(reading, loop, 'every', { code: 'CONFIG_WRONG_VALUE', message, hint: 'every: 10m' })
}

function freezeOf(written: Mapping, reading: Reading): readonly Freeze[] {
  const from = momentAt(written, 'from', reading)
  const to = momentAt(written, 'to', reading)
  const reason = member(written, 'reason')
  if (from === null || to === null || typeof reason !== 'string') return []
  if (to > from) return [{ from: instant(from), to: instant(to), reason }]
  const message = `This freeze ends (${instant(to)}) before it begins (${instant(from)}), or at once.`
  say(reading, written, 'to', { code: 'CONFIG_FREEZE_INVALID', message, hint: 'to: 2028-01-03   with a later day' })
  return []
}

const DATE = /^\d{4}-\d{2}-\d{2}$/

/** A UTC instant, or a day, which means its first moment in UTC. */
function momentAt(written: Mapping, name: 'from' | 'to', reading: Reading): Millis | null {
  const text = member(written, name)
  const moment = typeof text === 'string' ? utcMoment(text) : null
  if (moment !== null) return moment
  const message = `"${name}" must be a day or a UTC instant with seconds; here it is ${shown(text)}.`
  const hint = `${name}: 2027-12-20   or   ${name}: 2027-12-20T18:00:00Z`
  return say(reading, written, name, { code: 'CONFIG_FREEZE_INVALID', message, hint })
}

function utcMoment(text: string): Millis | null {
  if (DATE.test(text)) return parseInstant(`${text}T00:00:00Z`)
  return text.endsWith('Z') ? parseInstant(text) : null
}

/** Members that the schema refused have had their word. */
function say({ document, faults, report }: Reading, container: Mapping, name: string, said: Said): null {
  if (!faults.at(container, name) && Object.hasOwn(container, name))
    report.push(complaint({ document, container, member: name }, said))
  return null
}
