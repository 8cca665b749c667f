/** Where everything stands: counts, what is stuck and what to type, what waits, what to keep an eye on. */
import { display } from '../../core/display.ts'
import { at, DAY, instant } from '../../core/time.ts'
import type { Proof, Verdict } from '../../engine/prove-places.ts'
import type { AddressStatus, Standing, Waiting } from '../../engine/standing.ts'
import type { Look } from '../shell/command.ts'
import { idIn } from './change.ts'
import { renderDiagnostics } from './diagnostics.ts'
import type { StatusView } from './faces.ts'
import { heldWords } from './held-words.ts'
import { document } from './json.ts'
import { type Paint, paint } from './paint.ts'
import { setAside } from './set-aside.ts'
import { block, counted, dotted, pad, paragraph, widest } from './text.ts'
import { waits } from './waits.ts'
import { ago, when } from './words.ts'

export function renderStatus(view: StatusView, look: Look): string {
  if (look.format === 'json') return statusJson(view)
  const scene = { view, look, brush: paint(look), width: widthOf(view, look) }
  const diagnostics = [...view.problems, ...view.stops]
  const sections = [
    head(scene),
    diagnostics.length === 0 ? [] : renderDiagnostics(diagnostics, look, { word: 'stopped' }).trimEnd().split('\n'),
    stuck(scene),
    held(scene),
    ...setAside({ ...scene, ...view }),
    waits({ ...view, width: scene.width, brush: scene.brush }),
    watched(scene),
    proven(scene),
    blind(scene),
    rotations(scene),
  ]
  return block(
    sections.filter((lines) => lines.length > 0).flatMap((lines, i) => (i === 0 ? lines : ['', ...lines])),
    look.columns,
  )
}

interface Scene {
  readonly view: StatusView
  readonly look: Look
  readonly brush: Paint
  readonly width: number
}

function widthOf({ addresses, stack }: StatusView, { columns }: Look): number {
  const shown = addresses.filter(
    (one) => one.standing !== 'active' || one.pinned || one.requested || one.waiting.length + one.watch.length > 0,
  )
  return Math.max(
    16,
    widest(
      shown.map(({ address }) => idIn(stack, address)),
      Math.floor(columns / 2),
    ),
  )
}

const WORDS: readonly (readonly [Standing, string])[] = [
  ['active', 'active'],
  ['new', 'not issued yet'],
  ['stuck', 'stuck'],
  ['held', 'held'],
  ['paused', 'paused'],
  ['stopped', 'stopped'],
  ['leaving', 'leaving'],
]

function countOf(view: StatusView, standing: Standing): number {
  return view.addresses.filter((one) => one.standing === standing).length
}

function generationsIn(view: StatusView, what: Waiting['for']): number {
  return view.addresses.flatMap((one) => one.waiting).filter((one) => one.for === what).length
}

function onHold(view: StatusView): number {
  return generationsIn(view, 'hold') + generationsIn(view, 'removal')
}

function head({ view, look, brush }: Scene): readonly string[] {
  const { addresses, live, stack } = view
  const counts = WORDS.map(([standing, word]) => {
    const count = countOf(view, standing)
    if (count === 0) return ''
    const text = `${count} ${word}`
    return standing === 'active'
      ? brush.good(text)
      : standing === 'stuck' || standing === 'stopped'
        ? brush.bad(text)
        : brush.change(text)
  })
  const grace = generationsIn(view, 'grace')
  const hold = onHold(view)
  const pinned = addresses.filter((one) => one.pinned !== null).length
  const words = [
    ...counts,
    pinned === 0 ? '' : brush.change(`${pinned} pinned`),
    grace === 0 ? '' : `${grace} in grace`,
    hold === 0 ? '' : `${hold} on hold`,
  ]
  const facts = live
    ? [
        `${counted(live.keys - live.dead, 'key')} live`,
        live.dead === 0 ? '' : `${live.dead} listed and dead`,
        live.unclaimed === 0 ? '' : `${live.unclaimed} unclaimed`,
        pending(live),
        counted(live.requests, 'request'),
      ]
    : ['from the state alone: nobody looked at the live keys']
  return [
    ...dotted([`${brush.strong(display(stack))}: ${counted(addresses.length, 'key')}`, ...words], look.columns, 2),
    ...dotted(facts, look.columns, 2).map(brush.faint),
  ]
}

function pending({ changes, open }: NonNullable<StatusView['live']>): string {
  const waits = open === 0 ? '' : `${open} open`
  if (changes === 0) return open === 0 ? 'nothing to apply' : `nothing to apply now, ${waits} (keywright plan)`
  return `${counted(changes, 'change')} to apply${open === 0 ? '' : `, ${waits}`} (keywright plan)`
}

function stuck({ view, look, brush, width }: Scene): readonly string[] {
  const rows = view.addresses.filter((one) => one.standing === 'stuck')
  if (rows.length === 0) return []
  return [
    brush.strong('Stuck'),
    ...rows.flatMap((one) => {
      const id = idIn(view.stack, one.address)
      const last = one.lastChange ? `   (last change ${ago(one.lastChange.at, view.now)}: ${one.lastChange.what})` : ''
      return [
        `  ${brush.bad('!')} ${brush.strong(pad(id, width))}${brush.faint(last)}`,
        ...one.troubles.flatMap((text) => paragraph(display(text, { max: 400 }), look.columns, 6)),
        `      Next: ${brush.info('keywright apply')}   or ${brush.info(`keywright show ${id}`)}`,
      ]
    }),
  ]
}

function held({ view, brush, width }: Scene): readonly string[] {
  const rows = view.addresses.flatMap((one) => (one.frozen ? [{ ...one, frozen: one.frozen }] : []))
  if (rows.length === 0) return []
  return [
    brush.strong('Held'),
    ...rows.flatMap(({ address, frozen }) => [
      `  ${brush.change('!')} ${brush.strong(pad(idIn(view.stack, address), width))}  ${heldWords(frozen.fields)}, since ${when(frozen.since, view.now)}`,
      `      Next: ${brush.info(`keywright resume ${idIn(view.stack, address)}`)}   lets apply change it again`,
    ]),
  ]
}

function watched({ view, brush, width }: Scene): readonly string[] {
  const rows = view.addresses.flatMap((one) => one.watch.map((text) => ({ address: one.address, text })))
  if (rows.length === 0) return []
  return [
    brush.strong('Watch'),
    ...rows.map(
      ({ address, text }) => `  ${brush.change('·')} ${pad(idIn(view.stack, address), width)}  ${display(text)}`,
    ),
  ]
}

const VERDICTS: Readonly<Record<Verdict, string>> = {
  holds: 'holds the live key',
  older: 'holds an older generation',
  leaving: 'holds the key that is leaving',
  empty: 'is empty',
  other: 'holds something else',
  unreadable: 'cannot be read',
  failed: 'failed',
}

function proven({ view, brush, look }: Scene): readonly string[] {
  const { proofs } = view
  if (proofs === null) return []
  const readable = proofs.filter(({ verdict }) => verdict !== 'unreadable' && verdict !== 'leaving')
  const good = readable.filter((proof) => proof.verdict === 'holds')
  const mark = good.length === readable.length ? brush.good : brush.bad
  const blind = proofs.filter(({ verdict }) => verdict === 'unreadable').length
  const width = widest(
    proofs.map((proof) => display(proof.place)),
    Math.floor(look.columns / 2),
  )
  return [
    brush.strong('Places'),
    ...proofs.map(
      (proof) =>
        `  ${proofMark(proof, brush)} ${pad(display(proof.place, { max: 300 }), width)}  ${proofWords(proof, view.stack)}`,
    ),
    `  ${mark(`${good.length} of ${readable.length}`)} readable places hold the live key (SHA-256 == hash, 0 writes)${blind === 0 ? '' : `; ${counted(blind, 'place')} cannot be read`}`,
  ]
}

/** Blind places shown by name. */
const MOST_BLIND = 10

/** Without `--prove`, which says the same place by place. */
function blind({ view, brush, width }: Scene): readonly string[] {
  if (view.proofs !== null) return []
  const rows = view.addresses.flatMap((one) =>
    one.unverifiable.map((place) => ({ id: idIn(view.stack, one.address), place })),
  )
  if (rows.length === 0) return []
  const more = rows.length - MOST_BLIND
  return [
    brush.strong('Unverifiable (these places cannot be read back)'),
    ...rows
      .slice(0, MOST_BLIND)
      .map(({ id, place }) => `  ${brush.faint('?')} ${pad(id, width)}  ${display(place, { max: 300 })}`),
    ...(more > 0 ? [`  and ${more} more; keywright status --prove lists them all`] : []),
  ]
}

function proofMark({ verdict }: Proof, brush: Paint): string {
  return verdict === 'holds'
    ? brush.good('✓')
    : verdict === 'unreadable' || verdict === 'leaving'
      ? brush.faint('?')
      : brush.bad('✗')
}

function proofWords({ verdict, n, address, code }: Proof, stack: string): string {
  const which = n === null ? '' : ` #${n}`
  return `${VERDICTS[verdict]}${code === undefined ? '' : ` (${code})`}: ${idIn(stack, address)}${which}`
}

function rotations({ view, brush }: Scene): readonly string[] {
  const due = view.addresses
    .flatMap((one) =>
      one.nextRotation === null ? [] : [{ id: idIn(view.stack, one.address), time: one.nextRotation }],
    )
    .filter(({ time }) => at(time) - view.now < 7 * DAY)
    .sort((a, b) => at(a.time) - at(b.time))
  const first = due[0]
  return first
    ? [brush.faint(`next 7 days: ${counted(due.length, 'rotation')}, first ${when(first.time, view.now)} ${first.id}`)]
    : []
}

function statusJson(view: StatusView): string {
  const { stack, now, addresses, stops, problems, live, proofs } = view
  const counts = Object.fromEntries(WORDS.map(([standing]) => [standing, countOf(view, standing)]))
  return document('status', {
    stack,
    at: instant(now),
    counts: { ...counts, inGrace: generationsIn(view, 'grace'), onHold: onHold(view) },
    live,
    keys: addresses satisfies readonly AddressStatus[],
    stops,
    problems,
    ...(proofs === null ? {} : { proofs }),
  })
}
