/** Rotation, lifetime and removal of an entry. Whether their times fit together is judged in `times.ts`. */
import { abilitiesOf } from '../abilities.ts'
import type { Freeze, ProviderKind, RotationPolicy } from '../key.ts'
import { DAY, formatDuration, HOUR, type Millis } from '../time.ts'
import { complain, type Entry, read, readChoice, readDuration, readFlag, wrongValue } from './entry.ts'
import { retireOf } from './retire.ts'
import { checkTimes } from './times.ts'
import { windowOf } from './window.ts'

const GRACE = 24 * HOUR
const HOLD = HOUR
const REMOVAL_HOLD = 7 * DAY
/** Share of `every`, and most, by which a rotation is put off unless `jitter` is written. */
const JITTER = 0.1
const MOST_JITTER = 24 * HOUR
/** The longest life Strait gives a key (api contract B2.1). */
const MOST_DAYS = 36_500

export interface Schedule {
  readonly rotation: RotationPolicy
  /** `null` when generations are not renewed by age. */
  readonly expiresIn: Millis | null
  readonly removalHold: Millis
}

export interface Setting {
  /** `null` when it is not known, which is reported elsewhere. */
  readonly kind: ProviderKind | null
  readonly freezes: readonly Freeze[]
}

export function scheduleOf(entry: Entry, { kind, freezes }: Setting): Schedule {
  const faultsBefore = entry.report.length
  const every = readDuration(entry, 'rotation.every', { fallback: null, manual: true, positive: true, example: '30d' })
  const schedule: Schedule = {
    rotation: {
      every,
      grace: readDuration(entry, 'rotation.grace', { fallback: GRACE, example: '24h' }) ?? GRACE,
      hold: holdOf(entry, kind, { path: 'rotation.hold', fallback: HOLD, example: '1h' }),
      serial: serialOf(entry),
      jitter: jitterFor(entry, every),
      window: windowOf(entry),
      freezes,
      retire: retireOf(entry),
      budget: readChoice(entry, read(entry, 'rotation.budget'), {
        path: 'rotation.budget',
        words: ['fresh', 'carry'],
        fallback: 'fresh',
      }),
      native: readFlag(entry, 'rotation.native'),
    },
    expiresIn: readDuration(entry, 'expiresIn', { fallback: null, positive: true, example: '180d' }),
    removalHold: holdOf(entry, kind, { path: 'removal.hold', fallback: REMOVAL_HOLD, example: '7d' }),
  }
  if (entry.report.length === faultsBefore) checkTimes(entry, schedule)
  if (kind === 'strait') checkDays(entry, schedule.expiresIn)
  return schedule
}

/** Without a way to switch a key off there is nothing to hold: an old key ends when its grace is over. */
function holdOf(
  entry: Entry,
  kind: ProviderKind | null,
  wants: { readonly path: string; readonly fallback: Millis; readonly example: string },
): Millis {
  const canHold = kind === null || abilitiesOf(kind).disable
  const fallback = canHold ? wants.fallback : 0
  const hold = readDuration(entry, wants.path, { ...wants, fallback }) ?? fallback
  const slot = entry.slots.get(wants.path)
  if (canHold || hold === 0 || slot === undefined) return hold
  const message = `Keys of kind ${kind} cannot be switched off, so there is no "${wants.path}"; an old key is revoked when its grace is over.`
  const hint = wants.path === 'removal.hold' ? 'removal: { hold: 0 }' : 'rotation: { hold: 0 }'
  complain(entry, slot, { code: 'MANIFEST_FIELD_NOT_FOR_KIND', message, hint, part: 'key' })
  return 0
}

function serialOf(entry: Entry): number {
  const found = read(entry, 'rotation.serial')
  if (typeof found === 'string') return 0
  if (typeof found.value === 'number' && Number.isSafeInteger(found.value) && found.value >= 0) return found.value
  wrongValue(entry, found.slot, 'rotation.serial', { what: 'a whole number, 0 or more', example: '1' })
  return 0
}

function jitterFor(entry: Entry, every: Millis | null): Millis {
  const fallback = every === null ? 0 : Math.min(Math.floor(every * JITTER), MOST_JITTER)
  return readDuration(entry, 'rotation.jitter', { fallback, example: '12h' }) ?? fallback
}

/** The API counts whole days. Most projects refuse a key without an end, and only the API knows which. */
function checkDays(entry: Entry, expiresIn: Millis | null): void {
  const slot = entry.slots.get('expiresIn')
  if (expiresIn !== null && slot !== undefined) {
    const days = expiresIn / DAY
    if (Number.isInteger(days) && days <= MOST_DAYS) return
    const message = `"expiresIn" of a Strait key must be whole days, 1d to ${MOST_DAYS}d; here it is ${formatDuration(expiresIn)}.`
    const hint = `expiresIn: ${Math.min(MOST_DAYS, Math.ceil(days))}d`
    complain(entry, slot, { code: 'MANIFEST_EXPIRY_INVALID', message, hint })
  } else if (slot === undefined && !entry.slots.has('expiresAt')) {
    const message = `"${entry.id}" has no expiresIn. Strait refuses a key without one unless its project has a longest lifetime.`
    const said = { code: 'MANIFEST_EXPIRY_MISSING', message, hint: 'expiresIn: 90d' } as const
    complain(entry, entry.spot, { ...said, severity: 'warning', part: 'key' })
  }
}
