/** What `leaked`, `disable` and `resume` say. */

import { parseName } from '../../core/address.ts'
import { display, displayName } from '../../core/display.ts'
import type { DesiredKey, LiveKey } from '../../core/key.ts'
import { activeOf, type KeyRecord } from '../../core/record.ts'
import type { Look } from '../shell/command.ts'
import { idIn } from './change.ts'
import { document } from './json.ts'
import { paint } from './paint.ts'
import { block, counted, paragraph } from './text.ts'
import { amount } from './words.ts'

export interface LeakedView {
  readonly id: string
  readonly key: LiveKey
  /** As saved, when the state knows this key. */
  readonly record: KeyRecord | null
  readonly desired: DesiredKey | null
}

export function renderLeaked(view: LeakedView, look: Look): string {
  const { id, key, record, desired } = view
  if (look.format === 'json')
    return document('leaked', {
      hash: id,
      disabled: true,
      address: record?.address ?? null,
      name: key.name,
      usage: key.usage,
    })
  const brush = paint(look)
  const about = [desired?.owner ?? record?.owner, desired?.purpose && `"${desired.purpose}"`, desired?.link]
  const who = display(about.filter(Boolean).join(', '), { max: 160 })
  const name = record
    ? idIn(stackOf(record.address), record.address)
    : `"${displayName(parseName(key.name)?.display ?? key.name, { max: 60 })}"`
  return block(
    [
      ...paragraph(`sha256:${id.slice(0, 12)}… is ${name}${who === '' ? '' : ` (${who})`}`, look.columns, 0),
      `spent ${amount(key.usage.daily)} USD today, ${amount(key.usage.monthly)} USD this month, ${amount(key.usage.total)} USD in all`,
      brush.good('Disabled in 1 write. It works nowhere from now on.'),
      ...next(record, look),
    ],
    look.columns,
  )
}

function next(record: KeyRecord | null, look: Look): readonly string[] {
  const brush = paint(look)
  if (!record)
    return [
      'The state does not know this key, so nothing replaces it.',
      `Next: ${brush.info('keywright census')}   what else this account holds`,
    ]
  const id = idIn(stackOf(record.address), record.address)
  const working = activeOf(record)
  const what = working
    ? `#${working.n} is in service and stays; the leaked one is deleted by the next apply.`
    : 'Nothing will enable it again. The next apply issues a new one, delivers it everywhere and deletes this one.'
  return [...paragraph(what, look.columns, 0), `Next: ${brush.info(`keywright apply ${id}`)}`]
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

export function renderResumed(
  view: { readonly address: string; readonly fields: readonly string[]; readonly issues: number },
  look: Look,
): string {
  if (look.format === 'json') return document('resume', { ...view, held: false })
  const brush = paint(look)
  const id = idIn(stackOf(view.address), view.address)
  if (view.fields.length === 0 && view.issues === 0)
    return block([`${id} was not held; nothing was changed.`], look.columns)
  const held =
    view.fields.length === 0 ? '' : `${view.fields.join(', ')} may follow the manifest again. Nothing was sent yet.`
  const storm = view.issues === 0 ? '' : `${counted(view.issues, 'issue')} within 24 hours no longer count.`
  return block(
    [
      `${brush.good('Resumed')} ${id}: ${[held, storm].filter(Boolean).join(' ')}`,
      `Next: ${brush.info(`keywright apply ${id}`)}   makes it what the manifest says`,
    ],
    look.columns,
  )
}
