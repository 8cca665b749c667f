/**
 * After a run: who has to be told what, what is remembered of it, and the heartbeat. The loop and a cron of `apply` do the same.
 *
 * What was told is saved in the header of the stack once it has arrived, so that a restart repeats nothing and a lost message comes again.
 * Nothing in here fails a run: what could not be sent is returned in words.
 */

import type { TokenSurroundings } from '../cli/shell/tokens.ts'
import type { Config } from '../core/config/config.ts'
import { type Alert, newsOf, type Told } from '../core/loop/news.ts'
import type { Credential, Memo, StackHeader } from '../core/record.ts'
import { at, DAY, type Instant, instant, MINUTE, type Millis } from '../core/time.ts'
import type { Board } from '../engine/board.ts'
import { changeHeader } from '../engine/stack.ts'
import type { StateStore } from '../ports/state-store.ts'
import type { Message } from './notify/message.ts'
import { beat, openReceiver, type Receiver } from './notify/receivers.ts'

export interface Watch {
  readonly config: Pick<Config, 'stack' | 'notify' | 'heartbeat'>
  readonly around: TokenSurroundings
  readonly store: Pick<StateStore, 'read' | 'commitHeader'>
  readonly now: Millis
  readonly alerts: readonly Alert[]
  /** The alerts are all there are. */
  readonly isWhole: boolean
  /** Nothing went wrong as a whole: the heartbeat may beat. */
  readonly isGood: boolean
  /** For the digest; `null` when nothing was seen. */
  readonly board: Board | null
  /** What else is to be remembered. */
  readonly change: (memo: Memo) => Memo
}

/** Returns what could not be sent. Throws only what the store throws. */
export async function watch(watching: Watch): Promise<readonly string[]> {
  const { config, around, store, change } = watching
  const { header } = await store.read(config.stack)
  const memo = header?.memo ?? {}
  const receivers = await Promise.all(config.notify.map((one) => openReceiver(one, around)))
  const heard = await Promise.all(receivers.map((receiver) => tellOne(receiver, memo, watching)))
  const lost = heard.flatMap(({ problem }) => (problem === null ? [] : [problem]))
  await remember(store, config.stack, (before) => withHeard(change(before), heard))
  const silent = watching.isGood ? await beat(config.heartbeat, around) : null
  return silent === null ? lost : [...lost, silent]
}

/** A condition that holds; a rotation is over. */
function isOpen({ kind }: Alert): boolean {
  return kind !== 'rotated'
}

interface Heard {
  readonly id: string
  /** `null`: nothing arrived, and nothing of it is remembered. */
  readonly told: Told | null
  readonly digest: string | null
  readonly problem: string | null
}

async function tellOne({ config, send }: Receiver, memo: Memo, watching: Watch): Promise<Heard> {
  const { id, on } = config
  const { now, isWhole, board } = watching
  const alerts = watching.alerts.filter(({ kind }) => on.includes(kind))
  const { fresh, told } = newsOf(memo.told?.[id] ?? {}, alerts, isWhole)
  const base = { stack: watching.config.stack, at: instant(now) }
  const problem = fresh.length === 0 ? null : await send({ kind: 'alerts', alerts: fresh, ...base })
  const day = digestDay(config.digest, memo.digests?.[id] ?? null, now)
  const isDue = day !== null && board !== null && problem === null
  const failed = isDue ? await send(digest({ ...base, board, alerts: alerts.filter(isOpen) })) : null
  return {
    id,
    told: problem === null ? told : null,
    digest: isDue && failed === null ? day : null,
    problem: (problem ?? failed) === null ? null : `${config.kind}: ${problem ?? failed}`,
  }
}

/** The UTC day whose digest is due, or `null`. */
export function digestDay(minute: number | null, last: string | null, now: Millis): string | null {
  if (minute === null || (now % DAY) / MINUTE < minute) return null
  const day = instant(now).slice(0, 10)
  return day === last ? null : day
}

function digest({
  stack,
  at: when,
  board,
  alerts,
}: Pick<Message, 'stack' | 'at' | 'alerts'> & { readonly board: Board }): Message {
  const count = (standing: string): number => board.keys.filter((key) => key.standing === standing).length
  const words = ['active', 'stuck', 'held', 'paused', 'stopped', 'leaving', 'new'] as const
  const counts = words.flatMap((word) => (count(word) > 0 ? [`${count(word)} ${word}`] : []))
  const rotated = board.keys.flatMap((key) => key.rotated).filter((moment) => at(when) - at(moment) < DAY).length
  const due = board.agenda.filter((item) => item.at < at(when) + DAY && item.what === 'rotate').length
  const summary = `${board.keys.length} keys: ${counts.join(', ') || 'none'}. Rotated since yesterday: ${rotated}; due until tomorrow: ${due}. Open: ${alerts.length}.`
  return { kind: 'digest', stack, at: when, alerts, summary }
}

function withHeard(memo: Memo, heard: readonly Heard[]): Memo {
  const told = { ...memo.told }
  const digests = { ...memo.digests }
  for (const one of heard) {
    if (one.told !== null) told[one.id] = one.told
    if (one.digest !== null) digests[one.id] = one.digest
  }
  return {
    ...memo,
    ...(Object.keys(told).length > 0 ? { told } : {}),
    ...(Object.keys(digests).length > 0 ? { digests } : {}),
  }
}

/** Saves a memo, only if it differs. A stack that was never saved is left alone. */
export async function remember(store: Watch['store'], stack: string, change: (memo: Memo) => Memo): Promise<void> {
  await changeHeader({ store, stack }, (header: StackHeader) => {
    if (header.serial === 0) return null
    const memo = change(header.memo ?? {})
    return JSON.stringify(memo) === JSON.stringify(header.memo ?? {}) ? null : { ...header, memo }
  })
}

/** When each credential was first seen: another masked form is another key. */
export function credentialsSeen(memo: Memo, board: Board): Readonly<Record<string, Credential>> {
  const known = memo.credentials ?? {}
  const seen = board.providers.flatMap(({ name, credential }) => {
    if (credential === null) return []
    const before = known[name]
    const since: Instant = before?.mark === credential.mark ? before.since : board.at
    return [[name, { mark: credential.mark, since }] as const]
  })
  return { ...known, ...Object.fromEntries(seen) }
}
