/** One planned change in lines. */
import { display } from '../../core/display.ts'
import type { DesiredKey, Fields } from '../../core/key.ts'
import type { Action, Change } from '../../core/plan.ts'
import type { Instant } from '../../core/time.ts'
import { at } from '../../core/time.ts'
import type { Brush, Paint } from './paint.ts'
import { cap, changedField, day, fieldValue, money, reasonWords, span, when } from './words.ts'

export const SYMBOLS: Readonly<Record<Action, string>> = {
  create: '+',
  adopt: '+',
  reissue: '+',
  update: '~',
  rotate: '↻',
  place: '~',
  retire: '-',
  finish: '·',
  forget: '·',
}

export function brushOf(action: Action, brush: Paint): Brush {
  switch (action) {
    case 'create':
    case 'adopt':
    case 'reissue':
      return brush.good
    case 'update':
    case 'place':
      return brush.change
    case 'rotate':
      return brush.info
    case 'retire':
      return brush.bad
    case 'finish':
    case 'forget':
      return brush.faint
    default:
      return action satisfies never
  }
}

/** The address as a reader of this stack knows it. */
export function idIn(stack: string, address: string): string {
  return display(address.startsWith(`${stack}/`) ? address.slice(stack.length + 1) : address)
}

/** What is done, and why: `rotate: expiry changed (cannot be patched)`. */
export function headline(change: Change): string {
  const reasons = change.reasons.map(reasonWords).filter((text) => text !== '')
  const why = reasons.length === 0 ? '' : `: ${reasons.join('; ')}`
  switch (change.action) {
    case 'create':
      return `create${why}`
    case 'adopt':
      return 'adopt: a live key that was made elsewhere is taken over as it is'
    case 'reissue':
      return 're-issue: deleted outside keywright'
    case 'update':
      return updating(change)
    case 'rotate':
      return `rotate${why}`
    case 'place':
      return change.steps.includes('write') ? 'deliver to its places' : 'empty places it left'
    case 'retire':
      return 'retire: no longer in the manifests'
    case 'finish':
      return finishing(change)
    case 'forget':
      return change.untouched
        ? 'forget: no longer in the manifests, never changed by keywright; left live'
        : 'forget: handed over, left live'
    default:
      return change.action satisfies never
  }
}

function updating({ steps, fields, origin }: Change): string {
  const does = (step: string): boolean => steps.some((one) => one === step)
  if (does('restore') || does('reinstate')) return 'roll back: an earlier key works again'
  if (does('enable'))
    return origin === 'authored' ? 'enable again: it is back in the manifests' : 'enable an earlier key again'
  return does('cut') && fields.length === 0 ? 'update: old keys give up a part of the limit' : 'update'
}

function finishing({ steps, retires }: Change): string {
  const does = (step: string): boolean => steps.some((one) => one === step)
  const which = retires.map((n) => `#${n}`).join(', ')
  if (does('reinstate'))
    return does('restore') ? 'roll back, and put the earlier secret back' : 'an earlier key serves again'
  if (does('restore')) return 'roll back: put the earlier secret back where that is possible'
  if (does('write') || does('recover') || does('prove')) return 'finish a delivery'
  if (does('disable')) return `grace over: disable ${which}`
  if (does('remove')) return which === '' ? 'delete what a lost create left behind' : `delete ${which}`
  if (does('empty')) return 'empty places it left'
  if (does('hook')) return 'run hooks that are still owed'
  return 'finish'
}

/** A label, a text, and a tag a reviewer must not miss. */
export interface Detail {
  readonly label: string
  readonly text: string
  readonly tag?: 'LOOSEN' | 'NEW PLACE'
  /** Behind the tag, or where it would be. */
  readonly note?: string
  /** A sentence over the whole width. */
  readonly free?: true
}

/** What a reviewer has to know beyond the headline. `desired` adds owner and purpose. */
export function details(change: Change, desired: DesiredKey | null, now: Instant): readonly Detail[] {
  return [
    ...(change.adopts ? [{ label: 'key', text: adoptedWords(change.adopts) }] : []),
    ...(change.rename && !change.adopts
      ? [{ label: 'name', text: `${shown(change.rename.from)} -> ${shown(change.rename.to)}` }]
      : []),
    ...(change.marker && !change.adopts ? [{ label: 'marker', text: markerWords(change.marker) }] : []),
    ...fieldDetails(change),
    ...budgetDetails(change),
    ...placeDetails(change),
    ...endDetails(change, now),
    ...(change.action === 'finish' ? [] : ownership(change, desired)),
  ]
}

function adoptedWords({ id, name }: NonNullable<Change['adopts']>): string {
  return `${display(id.length > 16 ? `${id.slice(0, 16)}…` : id)}, now called ${shown(name)}`
}

/** `renamed from OLD`: the marker in the live name follows the address. */
export function markerWords({ from, first }: NonNullable<Change['marker']>): string {
  if (first) return 'added, since this is the first change of a key that was recorded as found'
  return from === null ? 'put back: somebody took it out of the live name' : `renamed from ${display(from)}`
}

function shown(name: string): string {
  return `"${display(name, { max: 60 })}"`
}

function fieldDetails(change: Change): readonly Detail[] {
  if (change.action === 'create' || change.action === 'reissue') return birth(change)
  if (change.action === 'retire' || change.action === 'forget') return []
  return change.fields.map((field) => ({
    label: field.field,
    text: changedField(field, change.window),
    ...(field.loosens ? { tag: 'LOOSEN' as const } : {}),
  }))
}

/** Counters belong to a live key, and a rotation makes another one. */
function budgetDetails({ budget }: Change): readonly Detail[] {
  if (!budget) return []
  const whole = cap(budget.limit, budget.reset)
  const text =
    budget.kind === 'fresh'
      ? `the new key starts at 0 of ${whole}, beside what the old one may still spend`
      : `shared: the old key may spend up to ${money(budget.old)}, the new one ${money(budget.next)}, of ${whole}`
  return [{ label: 'counter', text }]
}

function birth({ fields, expiresIn }: Change): readonly Detail[] {
  const born: Fields = Object.fromEntries(fields.map((field) => [field.field, field.to]))
  const rest = fields.filter(
    ({ field, to }) => field !== 'limit' && field !== 'limitReset' && to !== null && to !== false,
  )
  return [
    ...(born.limit === undefined ? [] : [{ label: 'limit', text: cap(born.limit, born.limitReset) }]),
    ...rest.map(({ field, to }) => ({ label: field, text: fieldValue(field, to) })),
    ...(expiresIn === undefined
      ? []
      : [{ label: 'expires', text: `${span(expiresIn)} after each issue, renewed before` }]),
  ]
}

function placeDetails({ places, action, removalHold }: Change): readonly Detail[] {
  const goes = places.filter((place) => place.change !== 'dropped')
  const left = places.filter((place) => place.change === 'dropped')
  return [
    ...goes.map((place, i) => ({
      label: i === 0 ? 'secret goes to' : '',
      text: display(place.text, { max: 300 }),
      ...(place.change === 'new' ? { tag: 'NEW PLACE' as const } : {}),
      ...(place.unverifiable ? { note: 'unverifiable' } : {}),
    })),
    ...left.map((place, i) => ({
      label:
        action === 'forget'
          ? 'left in'
          : action === 'retire' && removalHold > 0
            ? i === 0
              ? 'secret stays in'
              : ''
            : 'secret leaves',
      text: display(place.text, { max: 300 }),
    })),
  ]
}

function endDetails(change: Change, now: Instant): readonly Detail[] {
  if (change.action === 'adopt') return [{ label: 'secret', text: adoptedSecret(change.places) }]
  if (change.action === 'rotate')
    return [
      ...(change.steps.includes('adopt')
        ? [{ label: 'secret', text: 'apply looks first: where a new place holds it already, nothing is rotated' }]
        : []),
      { label: 'old secret', text: graceWords(change) },
    ]
  if (change.action !== 'retire') return []
  if (change.removalHold === 0) return [{ label: '', text: 'deleted now; nothing brings this secret back', free: true }]
  const end = change.until === null ? ` after ${span(change.removalHold)}` : ` on ${day(change.until)}`
  const close = change.until !== null && at(change.until) - at(now) < 172_800_000
  return [
    {
      label: '',
      text: `disabled now, deleted${emptied(change)}${close && change.until ? ` ${when(change.until, at(now))}` : end}; until then git revert brings the same secret back`,
      free: true,
    },
  ]
}

/** Nobody reads a place while planning. */
function adoptedSecret(places: Change['places']): string {
  return places.some(({ unverifiable }) => !unverifiable)
    ? 'stays the same; apply looks whether a place holds it, else it is unknown until the first rotation'
    : 'stays the same, and unknown here until the first rotation'
}

function graceWords({ grace }: Change): string {
  if (grace === 0) return 'ends as soon as the new one is proven and delivered'
  return `works until ${span(grace)} after the new one is proven and delivered`
}

/** Places keep the secret of a disabled key, so that it can come back. */
function emptied({ places }: Change): string {
  const left = places.filter((place) => place.change === 'dropped').length
  return left === 0 ? '' : left === 1 ? ' and taken out of its place' : ' and taken out of its places'
}

function ownership(change: Change, desired: DesiredKey | null): readonly Detail[] {
  const owner = desired?.owner ?? change.owner
  const purpose = desired?.purpose
  const parts = [owner, purpose === undefined ? undefined : `"${purpose}"`].filter((part) => part !== undefined)
  return parts.length === 0 ? [] : [{ label: 'for', text: display(parts.join(', '), { max: 100 }) }]
}

/** One line for a decision: `update: limit 20 -> 50 USD`. */
export function brief(change: Change): string {
  const rows = fieldDetails(change).map(({ label, text }) => `${label} ${text}`)
  const places = change.places
    .filter((place) => place.change === 'new')
    .map(({ text }) => `to ${display(text, { max: 80 })}`)
  const all = [headline(change), ...(change.action === 'create' ? [] : rows), ...places]
  return display(all.join(', '), { max: 300 })
}
