/** Addresses that a human set aside or is waited for at: paused, pinned by a rollback, asked to rotate; and shared limits. */
import { display } from '../../core/display.ts'
import { at, type Millis } from '../../core/time.ts'
import type { AddressStatus } from '../../engine/standing.ts'
import type { Look } from '../shell/command.ts'
import { idIn } from './change.ts'
import { type Paint, paint } from './paint.ts'
import { pad, paragraph } from './text.ts'
import { ago, cap, span, when } from './words.ts'

interface Scene {
  readonly stack: string
  readonly now: Millis
  readonly addresses: readonly AddressStatus[]
  readonly width: number
  readonly look: Look
}

/** Sections with a head each; empty ones are left out by the caller. */
export function setAside(scene: Scene): readonly (readonly string[])[] {
  const brush = paint(scene.look)
  return [
    section('Paused', scene, (one) => pauseLines(one, scene, brush)),
    section('Pinned', scene, (one) => pinLines(one, scene, brush)),
    section('Asked to rotate', scene, (one) => requestLines(one, scene, brush)),
    section('Shared limits', scene, (one) => shareLines(one, scene)),
  ]
}

function section(
  head: string,
  { addresses, look }: Scene,
  linesOf: (one: AddressStatus) => readonly string[],
): readonly string[] {
  const lines = addresses.flatMap(linesOf)
  return lines.length === 0 ? [] : [paint(look).strong(head), ...lines]
}

function idCell({ address }: AddressStatus, { stack, width }: Scene): string {
  return pad(idIn(stack, address), width)
}

function pauseLines(one: AddressStatus, scene: Scene, brush: Paint): readonly string[] {
  if (!one.paused) return []
  const { until, reason } = one.paused
  const left = span(at(until) - scene.now)
  return [
    `  ${brush.change('!')} ${brush.strong(idCell(one, scene))}  until ${when(until, scene.now)}, ${left} more${because(reason)}`,
    `      Next: ${brush.info(`keywright resume ${idIn(scene.stack, one.address)}`)}   ends it earlier`,
  ]
}

function pinLines(one: AddressStatus, scene: Scene, brush: Paint): readonly string[] {
  if (!one.pinned) return []
  const { n, reason, notRestored } = one.pinned
  const serves = one.n === n ? '' : `; #${one.n} is in service`
  return [
    `  ${brush.change('!')} ${brush.strong(idCell(one, scene))}  to #${n}${because(reason)}${serves}`,
    ...notRestored.flatMap(({ place, why }) =>
      paragraph(`not restored: ${display(place, { max: 300 })}: ${display(why)}`, scene.look.columns, 6),
    ),
    `      Next: ${brush.info(`keywright resume ${idIn(scene.stack, one.address)}`)}   follows the manifest again`,
  ]
}

function requestLines(one: AddressStatus, scene: Scene, brush: Paint): readonly string[] {
  if (one.requested === null || one.leaked !== null) return []
  const id = idIn(scene.stack, one.address)
  return [
    `  · ${idCell(one, scene)}  ${ago(one.requested, scene.now)}`,
    `      Next: ${brush.info(`keywright apply ${id}`)}   goes on with it`,
  ]
}

/** `50 USD a month: #3 30 USD, #4 20 USD`. */
function shareLines(one: AddressStatus, scene: Scene): readonly string[] {
  if (!one.shares) return []
  const { limit, reset, caps, gone } = one.shares
  const parts = caps.map((part) => `#${part.n} ${typeof part.cap === 'number' ? `${part.cap} USD` : 'unlimited'}`)
  const past = gone === 0 ? [] : [`${gone} USD spent by keys that are gone`]
  return [`  · ${idCell(one, scene)}  ${cap(limit, reset)}: ${[...parts, ...past].join(', ')}`]
}

function because(reason: string | null): string {
  return reason === null ? '' : ` (${display(reason, { max: 200 })})`
}
