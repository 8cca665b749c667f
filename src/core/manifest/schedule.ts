/** Rotation, lifetime and removal of an entry, and whether their times fit together. */
import type { RotationPolicy } from '../key.ts'
import { renewalMargin } from '../machine/rotation.ts'
import { DAY, formatDuration, HOUR, type Millis } from '../time.ts'
import { complain, type Entry, read, readDuration, wrongValue } from './entry.ts'

const GRACE = 24 * HOUR
const HOLD = HOUR
const REMOVAL_HOLD = 7 * DAY

export interface Schedule {
  readonly rotation: RotationPolicy
  /** `null` when generations are not renewed by age. */
  readonly expiresIn: Millis | null
  readonly removalHold: Millis
}

export function scheduleOf(entry: Entry): Schedule {
  const faultsBefore = entry.report.length
  const schedule = {
    rotation: {
      every: readDuration(entry, 'rotation.every', { fallback: null, manual: true, positive: true, example: '30d' }),
      grace: readDuration(entry, 'rotation.grace', { fallback: GRACE, example: '24h' }) ?? GRACE,
      hold: readDuration(entry, 'rotation.hold', { fallback: HOLD, example: '1h' }) ?? HOLD,
      serial: serialOf(entry),
      jitter: 0,
      window: null,
      freezes: [],
      retire: { when: 'deadline' as const },
      budget: 'fresh' as const,
      native: false,
    },
    expiresIn: readDuration(entry, 'expiresIn', { fallback: null, positive: true, example: '180d' }),
    removalHold: readDuration(entry, 'removal.hold', { fallback: REMOVAL_HOLD, example: '7d' }) ?? REMOVAL_HOLD,
  }
  if (entry.report.length === faultsBefore) checkTimes(entry, schedule)
  return schedule
}

function serialOf(entry: Entry): number {
  const found = read(entry, 'rotation.serial')
  if (typeof found === 'string') return 0
  if (typeof found.value === 'number' && Number.isSafeInteger(found.value) && found.value >= 0) return found.value
  wrongValue(entry, found.slot, 'rotation.serial', { what: 'a whole number, 0 or more', example: '1' })
  return 0
}

function checkTimes(entry: Entry, { rotation, expiresIn }: Schedule): void {
  const { every, grace, hold } = rotation
  if (every !== null && grace + hold >= every) {
    tooTight(entry, every, grace + hold)
    return
  }
  if (expiresIn === null) return
  const margin = renewalMargin(expiresIn)
  const needed = (every ?? 0) + grace + hold + margin
  if (needed > expiresIn) tooShort(entry, expiresIn, needed)
}

function tooTight(entry: Entry, every: Millis, over: Millis): void {
  const message = `grace and hold together (${formatDuration(over)}) must be shorter than every (${formatDuration(every)}), or old keys pile up.`
  say(entry, ['rotation.every', 'rotation.grace', 'rotation.hold'], message, `every: ${wholeDays(over + HOUR)}`)
}

function tooShort(entry: Entry, expiresIn: Millis, needed: Millis): void {
  const { every, grace, hold } = parts(entry)
  const message = `expiresIn (${formatDuration(expiresIn)}) is too short: ${every === null ? '' : `every ${every} + `}grace ${grace} + hold ${hold} + a margin of ${formatDuration(renewalMargin(expiresIn))} need ${formatDuration(needed)}.`
  say(
    entry,
    ['expiresIn', 'rotation.every', 'rotation.grace'],
    message,
    `expiresIn: ${wholeDays(longEnough(needed - renewalMargin(expiresIn)))}`,
  )
}

function parts(entry: Entry): { readonly every: string | null; readonly grace: string; readonly hold: string } {
  const written = (path: string, fallback: string): string => String(entry.slots.get(path)?.value ?? fallback)
  return {
    every: everyWritten(entry),
    grace: written('rotation.grace', '24h'),
    hold: written('rotation.hold', '1h'),
  }
}

/** `null` when rotation is manual. */
function everyWritten({ slots }: Entry): string | null {
  const every = slots.get('rotation.every')?.value
  return typeof every === 'string' && every !== 'manual' ? every : null
}

/** The least lifetime whose own margin leaves room for `rest`. */
function longEnough(rest: Millis): Millis {
  return rest * 1.5 <= 42 * DAY ? rest * 1.5 : rest + 14 * DAY
}

function wholeDays(millis: Millis): string {
  return millis <= 2 * DAY ? `${Math.ceil(millis / HOUR)}h` : `${Math.ceil(millis / DAY)}d`
}

/** Points at the first of the paths that is written. */
function say(entry: Entry, paths: readonly string[], message: string, hint: string): void {
  const slot = paths.map((path) => entry.slots.get(path)).find((found) => found !== undefined)
  complain(entry, slot ?? entry.spot, { code: 'MANIFEST_ROTATION_IMPOSSIBLE', message, hint })
}
