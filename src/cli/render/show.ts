/** Everything about one address: what is declared and where, what is recorded, what is live, and what comes next. */
import { ATTRIBUTES } from '../../core/attributes.ts'
import { display, displayName } from '../../core/display.ts'
import type { DesiredKey, LiveKey, RotationPolicy } from '../../core/key.ts'
import { isUnread } from '../../core/machine/take-over.ts'
import { type Active, type Generation, isLive, type PlaceState } from '../../core/record.ts'
import { formatDuration, instant, type Millis } from '../../core/time.ts'
import type { Look } from '../shell/command.ts'
import { renderDiagnostics } from './diagnostics.ts'
import type { ShowView } from './faces.ts'
import { document } from './json.ts'
import { type Paint, paint } from './paint.ts'
import { setAside } from './set-aside.ts'
import { block, pad, paragraph, widest } from './text.ts'
import { waitWords } from './waits.ts'
import { ago, day, fieldValue, money, when, windowWords } from './words.ts'

export function renderShow(view: ShowView, look: Look): string {
  if (look.format === 'json') return showJson(view)
  const brush = paint(look)
  const { stop, status } = view
  const sections = [
    [`${brush.strong(display(view.address))}   ${status.standing}`],
    stop ? renderDiagnostics([stop], look, { word: 'stopped' }).trimEnd().split('\n') : [],
    declared(view, look, brush),
    generations(view, brush),
    places(view, look, brush),
    ...setAside({ stack: view.stack, now: view.now, addresses: [view.status], width: 0, look }),
    next(view, look, brush),
  ]
  return block(
    sections.filter((lines) => lines.length > 0).flatMap((lines, i) => (i === 0 ? lines : ['', ...lines])),
    look.columns,
  )
}

type Row = readonly [label: string, value: string, source: string]

function declared({ desired }: ShowView, look: Look, brush: Paint): readonly string[] {
  if (!desired) return [brush.strong('Declared'), '  in no manifest any more']
  const rows = rowsOf(desired)
  const labels = widest(
    rows.map(([label]) => label),
    24,
  )
  const values = widest(
    rows.map(([, value]) => value),
    Math.floor(look.columns / 2),
  )
  const at = `${desired.origin.file}:${desired.origin.line}`
  return [
    `${brush.strong('Declared')}  ${brush.faint(display(at))}`,
    ...rows.map(
      ([label, value, source]) => `  ${brush.faint(pad(label, labels))}  ${pad(value, values)}  ${brush.faint(source)}`,
    ),
  ]
}

function rowsOf(desired: DesiredKey): readonly Row[] {
  const { rotation, sources } = desired
  const from = (...paths: readonly string[]): string => {
    const origin = paths.map((path) => sources?.[path]).find((one) => one !== undefined)
    return origin ? display(`${origin.file}:${origin.line}`) : 'default'
  }
  const optional = (label: string, value: string | undefined): readonly Row[] =>
    value === undefined ? [] : [[label, display(value), from(label)]]
  return [
    ['name', displayName(desired.name), from('name')],
    ...optional('owner', desired.owner),
    ...optional('purpose', desired.purpose),
    ...optional('link', desired.link),
    ['provider', display(desired.provider), from('provider')],
    ['workspaceId', display(desired.scope), from('workspaceId')],
    ...ATTRIBUTES.filter((row) => desired.fields[row.name] !== undefined).map((row): Row => {
      const left = desired.unmanaged.includes(row.name)
      const value = left ? 'left as it is live' : fieldValue(row.name, desired.fields[row.name] ?? null)
      return [row.name, value, from(row.name, ...(left ? ['unmanaged'] : []))]
    }),
    ...(desired.expiresIn === null
      ? []
      : [['expiresIn', formatDuration(desired.expiresIn), from('expiresIn')] as const]),
    [
      'rotation',
      rotation.every === null ? 'manual' : `every ${formatDuration(rotation.every)}`,
      from('rotation.every', 'rotation'),
    ],
    ['grace', formatDuration(rotation.grace), from('rotation.grace', 'rotation')],
    ['hold', formatDuration(rotation.hold), from('rotation.hold', 'rotation')],
    ...(rotation.window === null
      ? []
      : [['window', windowWords(rotation.window), from('rotation.window', 'rotation')] as const]),
    ...(rotation.retire.when === 'unused'
      ? [['retire', retireWords(rotation.retire), from('rotation.retire', 'rotation')] as const]
      : []),
    ...(rotation.budget === 'carry' ? [['budget', 'carry', from('rotation.budget', 'rotation')] as const] : []),
    ...optional('guardrail', desired.guardrail),
    ['protect', desired.protect ? 'yes' : 'no', from('protect')],
    ...desired.places.map(
      (place, i): Row => [
        i === 0 ? 'deliverTo' : '',
        display(place.text, { max: 300 }),
        from('deliverTo', `deliverTo.${i}`),
      ],
    ),
  ]
}

function retireWords({ quiet, by }: Extract<RotationPolicy['retire'], { when: 'unused' }>): string {
  return `when unused for ${formatDuration(quiet)}, at the latest after ${formatDuration(by)}`
}

function generations({ record, live, now, status }: ShowView, brush: Paint): readonly string[] {
  if (!record || record.generations.length === 0) return [brush.strong('Generations'), '  none yet']
  return [
    `${brush.strong('Generations')}  ${brush.faint(`lineage ${record.lineage}, highest #${record.highest}`)}`,
    ...record.generations.flatMap((g) => {
      const key = isLive(g) ? live?.get(g.id) : undefined
      const wait = status.waiting.find((one) => one.n === g.n)
      const phase = wait ? waitWords(wait, now).replace(/^#\d+ /, '') : phaseWords(g, now)
      const words = [phase, ...liveWords(key, { looked: live !== null, now })]
      return [
        `  #${g.n}  ${words.join(' · ')}`,
        ...(isLive(g) ? [`      ${brush.faint(`hash ${display(g.id, { max: 80 })}`)}`] : []),
      ]
    }),
  ]
}

function phaseWords(g: Generation, now: number): string {
  switch (g.phase) {
    case 'creating':
      return `creating since ${ago(g.claimedAt, now)}`
    case 'delivering':
      return `${g.proven ? 'proven' : 'issued'} ${ago(g.claimedAt, now)}, not everywhere yet`
    case 'active':
      return [`active since ${day(g.activeAt)}`, ...takenWords(g)].join(' · ')
    case 'superseded':
      return g.everActive ? 'superseded' : 'given up before it served'
    case 'disabled':
      return g.why === 'removed' ? 'disabled: left the manifests' : 'disabled'
    default:
      return g satisfies never
  }
}

/** Of a key that was taken over. */
function takenWords({ adopted, asFound }: Active): readonly string[] {
  return [
    ...(asFound === undefined ? [] : ['as it was found: no marker in its name before its first change']),
    ...(adopted === undefined ? [] : ['its secret is unknown until a place of it holds it, or the first rotation']),
  ]
}

function liveWords(
  key: LiveKey | null | undefined,
  { looked, now }: { readonly looked: boolean; readonly now: Millis },
): readonly string[] {
  if (!looked) return []
  if (!key) return [key === null ? 'gone from the API' : 'not seen']
  const { expiresAt, limit, disabled } = key.fields
  const { lastUsedAt } = key
  return [
    ...(lastUsedAt === undefined
      ? [`spent ${money(key.usage.total)} of ${typeof limit === 'number' ? money(limit) : 'unlimited'}`]
      : [lastUsedAt === null ? 'never used' : `last used ${ago(lastUsedAt, now)}`]),
    ...(disabled === true ? ['disabled live'] : []),
    ...(typeof expiresAt === 'string' ? [`expires ${day(expiresAt)}`] : []),
  ]
}

function places({ record }: ShowView, look: Look, brush: Paint): readonly string[] {
  if (!record || record.places.length === 0) return []
  const texts = record.places.map((place) => display(place.text, { max: 300 }))
  const width = widest(texts, Math.floor(look.columns / 2))
  return [
    brush.strong('Places'),
    ...record.places.map(
      (place, i) => `  ${pad(texts[i] ?? '', width)}  ${place.n === 0 ? '' : `#${place.n} `}${placeWords(place)}`,
    ),
  ]
}

function placeWords(place: PlaceState): string {
  return isUnread(place) ? 'was not seen to hold it; gets the next one' : place.status
}

function next({ next, status, stop, now }: ShowView, look: Look, brush: Paint): readonly string[] {
  const words = next.step === null ? 'nothing to do now' : `apply would start with: ${next.step}`
  const why = next.why === null ? '' : ` (${display(next.why)})`
  const until = next.until === null ? '' : `; looks again ${when(next.until, now)}`
  const type = stop
    ? []
    : status.frozen
      ? [`keywright resume ${status.address.slice(status.address.indexOf('/') + 1)}`]
      : next.step === null
        ? []
        : [`keywright apply ${status.address.slice(status.address.indexOf('/') + 1)}`]
  return [
    brush.strong('Next'),
    ...paragraph(`${words}${why}${until}`, look.columns, 2),
    ...type.map((line) => `  ${brush.info(line)}`),
  ]
}

function showJson({ stack, address, now, desired, record, live, status, next, stop }: ShowView): string {
  const keys =
    live === null
      ? null
      : [...live.entries()].map(([id, key]) => (key ? { ...key, label: undefined } : { id, gone: true }))
  return document('show', {
    stack,
    address,
    at: instant(now),
    standing: status.standing,
    desired,
    record,
    live: keys,
    status,
    next,
    stop,
  })
}
