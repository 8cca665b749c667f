/**
 * Consumers: each reads one place now and then, keeps what it read, and uses it. Whoever reads again within the grace, or, where old keys
 * live for as long as they are used, before `by`, never holds a dead key.
 */
import type { DesiredKey, LiveKey } from '../../../src/core/key.ts'
import type { Millis } from '../../../src/core/time.ts'
import { isTaken, keyByText } from '../accounts.ts'
import type { Scene } from '../scene.ts'
import { excuse } from './excuses.ts'
import { endOf, isDead, type Life, type Style } from './life.ts'
import { spend } from './money.ts'

export interface Holder {
  readonly identity: string
  /** Text of the secret it keeps. */
  text: string | null
  nextRead: Millis
  nextUse: Millis
  /** Its key had nothing left to spend: to its account it looks unused. */
  idle: boolean
}

/** After a commit: a consumer for each place that is wanted. */
export function employ(scene: Scene, { holders, styles }: Life): void {
  const wanted = new Map(
    [...scene.keys.values()].flatMap((key) => key.places.map((place) => [place.identity, key] as const)),
  )
  for (const identity of holders.keys()) if (!wanted.has(identity)) holders.delete(identity)
  for (const [identity, key] of wanted) {
    const style = styles.get(key.id)
    if (holders.has(identity) || !style) continue
    const now = scene.clock.now()
    const text = contentOf(scene, identity)
    // Written before, left, and wanted again before it was emptied.
    if (text !== null && isDead(keyByText(scene, text), now)) excuse(scene, key.address)
    holders.set(identity, {
      identity,
      text: null,
      nextRead: now,
      nextUse: now + everyUse(style) * scene.random(),
      idle: false,
    })
  }
}

function everyUse({ unused, grace }: Style): Millis {
  return (unused?.quiet ?? grace) / 2
}

/** Time has passed: what was due to be read and used was. Nothing was written meanwhile. */
export function elapse(scene: Scene, life: Life, from: Millis): void {
  const to = scene.clock.now()
  each(scene, life, (holder, key, style) => {
    const read = holder.nextRead
    useUntil(scene, { holder, style }, Math.min(read, to))
    endsWithin(scene, { holder, key }, [from, Math.min(read, to)])
    if (read > to) return
    take(scene, holder)
    endsWithin(scene, { holder, key }, [Math.max(from, read), to])
    holder.nextRead = to + style.reread - ((to - read) % style.reread)
    useUntil(scene, { holder, style }, to)
  })
  lookAround(scene, life)
}

type Visit = (holder: Holder, key: DesiredKey, style: Style) => void

function each(scene: Scene, { holders, styles }: Life, visit: Visit): void {
  for (const key of scene.keys.values()) {
    const style = styles.get(key.id)
    for (const place of key.places) {
      const holder = holders.get(place.identity)
      if (holder && style) visit(holder, key, style)
    }
  }
}

function contentOf({ cells }: Scene, identity: string): string | null {
  const text = cells.cells.get(identity)?.bytes.expose() ?? null
  return text?.startsWith('by hand') ? null : text
}

function take(scene: Scene, holder: Holder): void {
  holder.text = contentOf(scene, holder.identity)
  holder.idle = false
}

/** Once, however often it was used until then. */
function useUntil(
  scene: Scene,
  { holder, style }: { readonly holder: Holder; readonly style: Style },
  until: Millis,
): void {
  if (holder.nextUse > until) return
  const every = everyUse(style)
  holder.nextUse += every * (1 + Math.floor((until - holder.nextUse) / every))
  const key = holder.text === null ? null : keyByText(scene, holder.text)
  if (key !== null && !isDead(key, scene.clock.now())) holder.idle = !spend(scene, key)
}

/** What a consumer sees right now: in the place, and in what it has kept. */
export function lookAround(scene: Scene, life: Life): void {
  const now = scene.clock.now()
  each(scene, life, (holder, desired) => {
    const text = contentOf(scene, holder.identity)
    if (text !== null) scene.foreign.delete(holder.identity)
    judge(scene, { desired, identity: holder.identity, text, how: 'holds' }, now)
    if (!life.hasty.has(desired.address) && !holder.idle)
      judge(scene, { desired, identity: holder.identity, text: holder.text, how: KEPT }, now)
  })
}

const KEPT = 'was left with'

interface Found {
  readonly desired: DesiredKey
  readonly identity: string
  readonly text: string | null
  readonly how: string
}

function judge(scene: Scene, { desired, identity, text, how }: Found, now: Millis): void {
  if (text === null) return
  const key = keyByText(scene, text)
  if ((!isDead(key, now) && !isEmpty(scene, key)) || isOver(scene, text)) return
  if (isExcused(scene, { desired, text, isKept: how === KEPT }) || (key && endOf(key) <= now)) return
  scene.options.trace?.(`FOUND ${identity} ${how} ${text}`)
  scene.findings.push(`a consumer of ${identity} ${how} a ${key ? 'disabled or empty' : 'dead'} key`)
}

/** The API had ended it by its clock: `endsWithin` has judged that. */
function isOver({ life }: Scene, text: string): boolean {
  return life?.ended.has(life.ids.get(text) ?? '') === true
}

/** Born unable to spend and handed out so. Under a shared limit nothing may be left. */
function isEmpty(scene: Scene, key: LiveKey | null): boolean {
  const address = key ? scene.life?.addresses.get(key.id) : undefined
  return key?.fields.limit === 0 && !scene.life?.budgets.has(address ?? '')
}

/** A leaked key has no grace; one that may go on until its successor is delivered still serves in its places. */
function isExcused(
  scene: Scene,
  { desired, text, isKept }: Pick<Found, 'desired'> & { readonly text: string; readonly isKept: boolean },
): boolean {
  const { life, lowered, restored } = scene
  const { address, fields } = desired
  if (isTaken(scene, desired.id)) return true
  if (!life || life.excused.has(address) || lowered.has(address) || fields.disabled === true) return true
  const leaked = life.leaked.get(life.ids.get(text) ?? '')
  // A leak ends without a look at the places, also at one that somebody has put back meanwhile.
  return leaked === false || (leaked === true && (isKept || restored.has(address)))
}

/**
 * The API ended the key by its own clock. That is a mistake only if a run in which nothing went wrong had the time to replace it, and the
 * consumer the time to read again.
 */
function endsWithin(
  scene: Scene,
  { holder, key: desired }: { readonly holder: Holder; readonly key: DesiredKey },
  [from, to]: readonly [Millis, Millis],
): void {
  const { life } = scene
  const key = holder.text === null ? null : keyByText(scene, holder.text)
  if (!key || !life || holder.text === null) return
  const end = endOf(key)
  if (
    end <= from ||
    end > to ||
    isExcused(scene, { desired, text: holder.text, isKept: true }) ||
    life.hasty.has(desired.address)
  )
    return
  const since = Math.max(life.endings.get(key.id) ?? 0, Date.parse(key.createdAt))
  const reread = life.styles.get(desired.id)?.reread ?? 0
  if (!life.kindRuns.some((run) => run.from >= since && run.to <= end - reread)) return
  scene.findings.push(`a consumer of ${holder.identity} was left with a key that the API ended`)
}
