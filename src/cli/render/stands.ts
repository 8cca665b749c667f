/** What `pause` and `resume` say. */
import { display } from '../../core/display.ts'
import { at, type Instant, type Millis } from '../../core/time.ts'
import type { Stands } from '../../engine/incident.ts'
import type { Look } from '../shell/command.ts'
import { idIn } from './change.ts'
import { document } from './json.ts'
import { paint } from './paint.ts'
import { block, counted, paragraph } from './text.ts'
import { span, when } from './words.ts'

export interface Paused {
  readonly address: string
  readonly until: Instant
  readonly reason?: string
}

export function renderPaused(paused: readonly Paused[], now: Millis, look: Look): string {
  if (look.format === 'json') return document('pause', { paused })
  const brush = paint(look)
  const ids = paused.map(({ address }) => idOf(address))
  const [first] = paused
  if (!first) return ''
  const reason = first.reason === undefined ? '' : ` (${display(first.reason, { max: 200 })})`
  const until = `${when(first.until, now)}, in ${span(at(first.until) - now)}`
  return block(
    [
      ...ids.map((id) => `${brush.good('Paused')} ${id} until ${until}${reason}`),
      ...paragraph(
        'Nothing is begun there until then; what is half done is finished, and the keys keep working.',
        look.columns,
        0,
      ),
      `Next: ${brush.info(`keywright resume ${ids.join(' ')}`)}   ends it earlier`,
    ],
    look.columns,
  )
}

export interface Resumed extends Stands {
  readonly address: string
}

export function renderResumed(resumed: readonly Resumed[], look: Look): string {
  if (look.format === 'json') return document('resume', { resumed })
  const brush = paint(look)
  const freed = resumed.filter((one) => wordsOf(one).length > 0)
  const lines = resumed.flatMap((one) => {
    const words = wordsOf(one)
    const id = idOf(one.address)
    if (words.length === 0) return [`${id} was not held, paused or pinned; nothing was changed.`]
    return paragraph(`${brush.good('Resumed')} ${id}: ${words.join(' ')}`, look.columns, 0)
  })
  const ids = freed.map(({ address }) => idOf(address)).join(' ')
  const next =
    freed.length === 0 ? [] : [`Next: ${brush.info(`keywright apply ${ids}`)}   makes it what the manifest says`]
  return block([...lines, ...next], look.columns)
}

function wordsOf({ fields, pausedUntil, pinned, issues }: Resumed): readonly string[] {
  return [
    fields.length === 0 ? '' : `${fields.join(', ')} may follow the manifest again. Nothing was sent yet.`,
    pausedUntil === null ? '' : 'It is no longer paused.',
    pinned === null ? '' : `It is no longer pinned to #${pinned}.`,
    issues === 0 ? '' : `${counted(issues, 'issue')} within 24 hours no longer count.`,
  ].filter((text) => text !== '')
}

function idOf(address: string): string {
  return idIn(address.slice(0, address.indexOf('/')), address)
}
