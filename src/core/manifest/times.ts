/** Whether the times of an entry fit together. Judged only when each of them was read. */
import type { RotationPolicy, Window } from '../key.ts'
import { renewalMargin } from '../machine/due.ts'
import { nextClosing, nextOpening, openMillisWithin } from '../schedule/window.ts'
import { DAY, formatDuration, HOUR, type Millis } from '../time.ts'
import { complain, type Entry } from './entry.ts'
import type { Schedule } from './schedule.ts'

const WEEK = 7 * DAY
/** A window is open at least this long between two rotations. */
const LEAST_OPEN = HOUR
/** What Strait takes as a grace of its own rotation without an outage (api contract B2.4). */
const NATIVE_GRACE = { least: DAY, most: WEEK }

export function checkTimes(entry: Entry, { rotation, expiresIn }: Schedule): void {
  const before = entry.report.length
  checkRetire(entry, rotation)
  checkJitter(entry, rotation)
  checkNative(entry, rotation)
  if (entry.report.length > before) return
  checkEvery(entry, rotation)
  checkWindow(entry, rotation)
  if (expiresIn !== null && entry.report.length === before) checkLifetime(entry, rotation, expiresIn)
}

/** How long an old generation may stay valid. */
function longestGrace({ grace, retire }: RotationPolicy): Millis {
  return retire.when === 'unused' ? Math.max(grace, retire.by) : grace
}

function checkRetire(entry: Entry, { grace, retire }: RotationPolicy): void {
  if (retire.when === 'deadline' || retire.by >= grace + retire.quiet) return
  const needed = formatDuration(grace + retire.quiet)
  const message = `by (${formatDuration(retire.by)}) comes before grace and quiet can be over (${needed}), so the usage would never count.`
  say(entry, ['rotation.retire', 'rotation.grace'], message, `by: ${rounded(grace + retire.quiet)}`)
}

function checkJitter(entry: Entry, { every, jitter }: RotationPolicy): void {
  if (every === null || jitter < every) return
  const message = `jitter (${formatDuration(jitter)}) must be shorter than every (${formatDuration(every)}).`
  say(entry, ['rotation.jitter'], message, `jitter: ${formatDuration(Math.min(every / 10, DAY))}`)
}

function checkNative(entry: Entry, { native, grace }: RotationPolicy): void {
  if (!native || (grace >= NATIVE_GRACE.least && grace <= NATIVE_GRACE.most)) return
  const message = `native: true needs a grace of 24h to 7d, since the clock of Strait ends the old key; here it is ${formatDuration(grace)}.`
  say(entry, ['rotation.grace', 'rotation.native'], message, grace < NATIVE_GRACE.least ? 'grace: 24h' : 'grace: 7d')
}

function checkEvery(entry: Entry, rotation: RotationPolicy): void {
  const { every, hold } = rotation
  const wait = longestGrace(rotation)
  if (every === null || wait + hold < every) return
  const unused = wait > rotation.grace
  const names = `${unused ? 'retire.by' : 'grace'}${hold > 0 ? ' and hold together' : ''}`
  const message = `${names} (${formatDuration(wait + hold)}) must be shorter than every (${formatDuration(every)}), or old keys pile up.`
  const paths = ['rotation.every', unused ? 'rotation.retire' : 'rotation.grace', 'rotation.hold']
  say(entry, paths, message, `every: ${rounded(wait + hold + HOUR)}`)
}

function checkWindow(entry: Entry, { every, window }: RotationPolicy): void {
  if (window === null) return
  const open = leastOpen(window, every ?? WEEK)
  if (open >= LEAST_OPEN) return
  const within = every === null || every > WEEK ? 'a week' : formatDuration(every)
  const message = `The window is open for ${formatDuration(open)} within ${within}; a rotation needs at least an hour.`
  say(entry, ['rotation.window'], message, 'window: { days: mon-fri, hours: "09:00-16:00", zone: Europe/Berlin }')
}

/** The shortest time a window is open within any stretch of that length, at most a week; summer time left out. */
function leastOpen(window: Window, length: Millis): Millis {
  const { days, from, to } = window
  if (length >= WEEK) return days.length * (from < to ? to - from : to - from + DAY / 60_000) * 60_000
  const plain = { ...window, zone: 'UTC' }
  let least = length
  for (let closes = nextClosing(plain, nextOpening(plain, WEEK)); closes < 3 * WEEK; ) {
    least = Math.min(least, openMillisWithin(plain, closes, closes + length))
    closes = nextClosing(plain, nextOpening(plain, closes))
  }
  return least
}

function checkLifetime(entry: Entry, rotation: RotationPolicy, expiresIn: Millis): void {
  const margin = renewalMargin(expiresIn)
  const terms = termsOf(rotation)
  const needed = terms.reduce((sum, [, millis]) => sum + millis, 0)
  if (needed + margin <= expiresIn) return
  const sum = terms.map(([name, millis]) => `${name} ${formatDuration(millis)}`).join(' + ')
  const message = `expiresIn (${formatDuration(expiresIn)}) is too short: ${sum} + a margin of ${formatDuration(margin)} need ${formatDuration(needed + margin)}.`
  say(entry, ['expiresIn', 'rotation.every', 'rotation.grace'], message, `expiresIn: ${days(longEnough(needed))}`)
}

/** Everything that has to pass within one life, named as it is written. */
function termsOf(rotation: RotationPolicy): readonly (readonly [string, Millis])[] {
  const { every, jitter, grace, hold } = rotation
  const wait = longestGrace(rotation)
  const terms: readonly (readonly [string, Millis])[] = [
    ['every', every ?? 0],
    ['jitter', every === null ? 0 : jitter],
    [wait > grace ? 'retire.by' : 'grace', wait],
    ['hold', hold],
  ]
  return terms.filter(([, millis]) => millis > 0)
}

/** The least lifetime whose own margin leaves room for `rest`. */
function longEnough(rest: Millis): Millis {
  return rest * 1.5 <= 42 * DAY ? rest * 1.5 : rest + 14 * DAY
}

function days(millis: Millis): string {
  return `${Math.ceil(millis / DAY)}d`
}

function rounded(millis: Millis): string {
  return millis <= 2 * DAY ? `${Math.ceil(millis / HOUR)}h` : days(millis)
}

/** Points at the first of the paths that is written. */
function say(entry: Entry, paths: readonly string[], message: string, hint: string): void {
  const slot = paths.map((path) => entry.slots.get(path)).find((found) => found !== undefined)
  complain(entry, slot ?? entry.spot, { code: 'MANIFEST_ROTATION_IMPOSSIBLE', message, hint })
}
