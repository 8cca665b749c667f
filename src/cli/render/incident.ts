/** What `leaked` and `disable` say. */

import { abilitiesOf } from '../../core/abilities.ts'
import { parseName } from '../../core/address.ts'
import { display, displayName } from '../../core/display.ts'
import type { DesiredKey } from '../../core/key.ts'
import { activeOf, type KeyRecord } from '../../core/record.ts'
import type { Stopped } from '../../engine/incident.ts'
import type { Look } from '../shell/command.ts'
import { idIn } from './change.ts'
import { document } from './json.ts'
import { paint } from './paint.ts'
import { block, counted, paragraph } from './text.ts'
import { amount } from './words.ts'

export interface LeakedView {
  /** `null` when it was named by its address. */
  readonly hash: string | null
  /** As saved, when the state knows this key. */
  readonly record: KeyRecord | null
  readonly desired: DesiredKey | null
  /** Generations that leaked. */
  readonly ns: readonly number[]
  readonly stopped: readonly Stopped[]
}

/** Members of the JSON document, whatever becomes of the replacement. */
export function leakedJson({ hash, record, ns, stopped }: LeakedView): object {
  const keys = stopped.flatMap(({ n, key }) => (key ? [{ n, name: key.name, usage: key.usage }] : []))
  return { hash, address: record?.address ?? null, leaked: ns, ended: stopped.map(({ n }) => n), keys }
}

export function renderLeaked(view: LeakedView, look: Look): string {
  if (look.format === 'json') return document('leaked', { ...leakedJson(view), ended: [0], outcomes: [], exit: 0 })
  const { record, stopped } = view
  const usage = stopped.find(({ key }) => key !== null)?.key?.usage
  return block(
    [
      ...paragraph(whose(view), look.columns, 0),
      ...(usage && record?.kind !== 'strait'
        ? [
            `spent ${amount(usage.daily)} USD today, ${amount(usage.monthly)} USD this month, ${amount(usage.total)} USD in all`,
          ]
        : []),
      ...endedWords(view, look),
      ...(record ? replacing(record, look) : lost(look)),
    ],
    look.columns,
  )
}

/** `sha256:f01d5260c2f0… is payments/api #3 (payments-team, "checkout", https://...)`. */
function whose({ hash, record, desired, ns, stopped }: LeakedView): string {
  const about = [desired?.owner ?? record?.owner, desired?.purpose && `"${desired.purpose}"`, desired?.link]
  const who = display(about.filter(Boolean).join(', '), { max: 160 })
  const live = stopped[0]?.key?.name ?? ''
  const numbers = ns.map((n) => ` #${n}`).join(',')
  const name = record
    ? `${idIn(stackOf(record.address), record.address)}${numbers}`
    : `"${displayName(parseName(live)?.display ?? live, { max: 60 })}"`
  return `${hash === null ? 'Leaked:' : `sha256:${hash.slice(0, 12)}… is`} ${name}${who === '' ? '' : ` (${who})`}`
}

function endedWords({ record, ns, stopped }: LeakedView, look: Look): readonly string[] {
  const brush = paint(look)
  const waits = record?.compromised?.afterReplacement === true
  if (stopped.length === 0) {
    if (waits) return [brush.change('It works until its successor is delivered, since you asked for that.')]
    return [ns.length === 0 ? 'No secret of it works any more.' : 'It is gone from the API.']
  }
  const did = record && !abilitiesOf(record.kind).disable ? 'Revoked' : 'Disabled'
  const them = stopped.length === 1 ? 'It works' : 'They work'
  return [brush.good(`${did} in ${counted(stopped.length, 'write')}. ${them} nowhere from now on.`)]
}

function replacing(record: KeyRecord, look: Look): readonly string[] {
  if (record.compromised) return ['Replacing it:']
  const active = activeOf(record)
  const why = active ? `#${active.n} is in service and stays.` : 'No key of it is in service.'
  return paragraph(why, look.columns, 0)
}

function lost(look: Look): readonly string[] {
  return [
    'The state does not know this key, so nothing replaces it.',
    `Next: ${paint(look).info('keywright census')}   what else this account holds`,
  ]
}

function stackOf(address: string): string {
  return address.slice(0, address.indexOf('/'))
}

export function renderDisabled(view: { readonly address: string; readonly disabled: number }, look: Look): string {
  if (look.format === 'json') return document('disable', { ...view, held: true })
  const brush = paint(look)
  const id = idIn(stackOf(view.address), view.address)
  return block(
    [
      `${brush.good('Disabled')} ${id}: ${counted(view.disabled, 'live key')} in ${counted(view.disabled, 'write')}. apply leaves it so.`,
      `Next: ${brush.info(`keywright resume ${id}`)}   lets apply enable it again`,
    ],
    look.columns,
  )
}
