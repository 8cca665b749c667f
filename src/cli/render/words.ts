/** Values, times and reasons in words. */
import { attribute } from '../../core/attributes.ts'
import { display } from '../../core/display.ts'
import type { FieldValue, Window } from '../../core/key.ts'
import type { FieldChange } from '../../core/machine/diff.ts'
import type { Reason } from '../../core/machine/reason.ts'
import { at, DAY, formatDuration, HOUR, type Instant, instant, MINUTE, type Millis, SECOND } from '../../core/time.ts'
import { counted, grouped } from './text.ts'

/** `50 USD`, `unlimited`, `0.000001 USD`. `null` is no cap. */
export function money(usd: number | null): string {
  if (usd === null || !Number.isFinite(usd)) return 'unlimited'
  return `${amount(usd)} USD`
}

/** Two digits for cents, more only where they are needed, up to a millionth. */
export function amount(usd: number): string {
  if (Number.isInteger(usd)) return grouped(usd)
  const text = usd.toFixed(Math.abs(usd) < 0.01 ? 6 : 2)
  return grouped(Number(text)).replace(/\.(\d)$/, '.$10')
}

const WINDOWS: Readonly<Record<string, string>> = { daily: ' a day', weekly: ' a week', monthly: ' a month' }

/** Limit and reset together: `50 USD a month`, `unlimited`, `50 USD in all`. */
export function cap(limit: FieldValue | undefined, reset: FieldValue | undefined): string {
  if (typeof limit !== 'number') return 'unlimited'
  return money(limit) + (typeof reset === 'string' ? (WINDOWS[reset] ?? ` (${display(reset)})`) : ' in all')
}

/** One value of one field. */
export function fieldValue(field: string, value: FieldValue): string {
  const row = attribute(field)
  if (value === null) return row?.nullWord ?? 'none'
  if (row?.type === 'usd' && typeof value === 'number') return money(value)
  if (row?.type === 'instant' && typeof value === 'string') return display(value.replace('.000Z', 'Z'))
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return display(typeof value === 'object' ? value.join(', ') : String(value), { max: 60 })
}

/** `20 -> 50 USD`: a unit both sides share is said once. */
export function fromTo(field: string, { from, to }: Pick<FieldChange, 'from' | 'to'>): string {
  if (isList(from) && isList(to)) return listChange(from, to)
  const after = fieldValue(field, to)
  const before = fieldValue(field, from)
  const bare = before.endsWith(' USD') && after.endsWith(' USD') ? before.slice(0, -4) : before
  return `${bare} -> ${after}`
}

function isList(value: FieldValue): value is readonly string[] {
  return typeof value === 'object' && value !== null
}

/** `+ jobs:write, - jobs:read`: what a list gains and loses. */
function listChange(from: readonly string[], to: readonly string[]): string {
  const gained = to.filter((one) => !from.includes(one)).map((one) => `+ ${one}`)
  const lost = from.filter((one) => !to.includes(one)).map((one) => `- ${one}`)
  return display([...gained, ...lost].join(', '), { max: 400 })
}

/** A changed field as a reader says it: a limit with its window, `5 -> 9 USD a month`. */
export function changedField(change: FieldChange, window: FieldValue | undefined): string {
  const { field, from, to } = change
  if (field !== 'limit' || window === undefined) return fromTo(field, change)
  const before = typeof from === 'number' && typeof to === 'number' ? amount(from) : cap(from, window)
  return `${before} -> ${cap(to, window)}`
}

/** ` until Fri 09:00 UTC`; within the hour ` for 15 s`, as nobody waits for a minute of the clock. Empty without an end. */
export function untilWords(until: Instant | null, now: Millis): string {
  if (until === null) return ''
  const left = at(until) - now
  return left > 0 && left < HOUR ? ` for ${span(Math.ceil(left / SECOND) * SECOND)}` : ` until ${when(until, now)}`
}

/** Seconds of a run: `0.1 s`, `12 s`, `3 min 5 s`. */
export function took(millis: Millis): string {
  if (millis < 9_950) return `${(millis / SECOND).toFixed(1)} s`
  if (millis < MINUTE) return `${Math.round(millis / SECOND)} s`
  const seconds = Math.round(millis / SECOND)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** A length in the two largest units: `24 h`, `7 d`, `1 d 6 h`, `0`. Days from three on, hours below. */
export function span(millis: Millis): string {
  const size = Math.abs(millis)
  const units: readonly (readonly [Millis, string])[] =
    size >= 2 * DAY
      ? [
          [DAY, 'd'],
          [HOUR, 'h'],
        ]
      : size >= HOUR
        ? [
            [HOUR, 'h'],
            [MINUTE, 'min'],
          ]
        : size >= MINUTE
          ? [[MINUTE, 'min']]
          : [[SECOND, 's']]
  let rest = size
  const parts: string[] = []
  for (const [unit, word] of units) {
    const count = Math.floor(rest / unit)
    rest -= count * unit
    if (count > 0) parts.push(`${count} ${word}`)
  }
  return parts.length === 0 ? formatDuration(0) : parts.join(' ')
}

const DAYS = ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `today 14:02 UTC`, `Mon 14:02 UTC` within six days either way, else `28 Nov 2027`. */
export function when(time: Instant | Millis, now: Millis): string {
  const millis = typeof time === 'string' ? at(time) : time
  const text = instant(millis)
  const days = Math.floor(millis / DAY) - Math.floor(now / DAY)
  const clock = `${text.slice(11, 16)} UTC`
  if (days === 0) return `today ${clock}`
  if (Math.abs(days) <= 6) return `${DAYS[((Math.floor(millis / DAY) % 7) + 7) % 7]} ${clock}`
  return day(text)
}

/** `Thu 4 Mar 09:00 UTC`, with the year where it is another one. */
export function moment(time: Instant | Millis, now: Millis): string {
  const millis = typeof time === 'string' ? at(time) : time
  const text = instant(millis)
  const year = text.slice(0, 4) === instant(now).slice(0, 4) ? '' : ` ${text.slice(0, 4)}`
  const weekday = DAYS[((Math.floor(millis / DAY) % 7) + 7) % 7]
  return `${weekday} ${Number(text.slice(8, 10))} ${MONTHS[Number(text.slice(5, 7)) - 1]}${year} ${text.slice(11, 16)} UTC`
}

const WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/** `mon-fri 09:00-16:00 Europe/Berlin`. */
export function windowWords({ days, from, to, zone }: Window): string {
  const clock = (minutes: number): string =>
    `${`${Math.floor(minutes / 60)}`.padStart(2, '0')}:${`${minutes % 60}`.padStart(2, '0')}`
  return `${daysWords([...days].sort((a, b) => a - b))} ${clock(from)}-${clock(to)} ${zone}`
}

function daysWords(days: readonly number[]): string {
  const [first = 1, last = 7] = [days[0], days.at(-1)]
  const name = (day: number): string => WEEK[day - 1] ?? ''
  if (days.length > 2 && last - first === days.length - 1) return `${name(first)}-${name(last)}`
  return days.map(name).join(',')
}

/** `28 Nov 2027`. */
export function day(time: Instant): string {
  return `${Number(time.slice(8, 10))} ${MONTHS[Number(time.slice(5, 7)) - 1]} ${time.slice(0, 4)}`
}

/** `3 h ago`. */
export function ago(time: Instant, now: Millis): string {
  const past = now - at(time)
  return past < SECOND ? 'just now' : `${span(past)} ago`
}

/** Why something is done, after the action: `rotate: expiry changed (cannot be patched)`. Empty when it says nothing new. */
export function reasonWords(reason: Reason): string {
  switch (reason.kind) {
    case 'new':
      return ''
    case 'fields':
      return `${reason.changes.map((change) => fieldWord(change.field)).join(' and ')} changed (cannot be patched)`
    case 'workspace':
      return 'workspace changed (cannot be patched)'
    case 'lifetime':
      return 'expiresIn changed (cannot be patched)'
    case 'serial':
      return `rotation.serial is ${reason.to} now`
    case 'due':
      return 'its age is due'
    case 'renewal':
      return 'its expiry comes near'
    case 'requested':
      return `asked for by hand${reason.reason === undefined ? '' : ` (${display(reason.reason, { max: 80 })})`}`
    case 'compromised':
      return 'its secret leaked'
    case 'ending':
      return `the API was told to end it on ${day(reason.at)}`
    case 'missing':
      return 'deleted outside keywright'
    case 'place':
      return `no readable place can give its secret to ${counted(reason.places.length, 'place')}`
    case 'tainted':
      return 'a late write may have reached a place that cannot be read'
    case 'unfinished':
      return 'no working key is left'
    default:
      return reason satisfies never
  }
}

export function fieldWord(field: string): string {
  return field === 'expiresAt' ? 'expiry' : field === 'creatorUserId' ? 'creator' : field
}
