/** What a pull request says about keywright.yaml, next to what is used instead. */
import { display, markdown } from '../../core/display.ts'
import type { Look } from '../shell/command.ts'
import type { PlanView } from '../shell/faces.ts'
import { paint } from './paint.ts'
import { counted, pad, widest } from './text.ts'

/** More than this is a rewrite: read the diff. */
const MOST = 40

export function trustLines({ trust }: PlanView, look: Look): readonly string[] {
  if (trust === null) return []
  const brush = paint(look)
  const from = `${display(trust.ref, { max: 80 })} (${trust.commit.slice(0, 7)})`
  if (trust.unreadable) return [brush.change(`keywright.yaml is that of ${from}; the one in this tree cannot be read.`)]
  if (trust.changes.length === 0) return [`keywright.yaml is that of ${from}, and the same in this tree.`]
  const rows = trust.changes
    .slice(0, MOST)
    .map(({ path, from: old, to }) => ({ path: shownPath(path), text: moved(old, to) }))
  const width = widest(
    rows.map(({ path }) => path),
    Math.floor(look.columns / 2),
  )
  return [
    brush.strong(`keywright.yaml is that of ${from}. This tree changes it; shown, not used:`),
    ...rows.map(({ path, text }) => `  ${brush.loud('!')} ${pad(path, width)}  ${text}`),
    ...more(trust.changes.length),
  ]
}

/** One line where keywright.yaml is the same; `rows` are what a tree would change, so many that a rewrite cannot push anything else out. */
export function trustMarkdown({ trust }: PlanView): {
  readonly head: readonly string[]
  readonly rows: readonly string[]
} {
  if (trust === null) return { head: [], rows: [] }
  const from = `${markdown(trust.ref, { max: 80 })} at ${markdown(trust.commit.slice(0, 12))}`
  if (trust.unreadable)
    return { head: [`keywright.yaml is read from ${from}; **the one in this tree cannot be read**.`], rows: [] }
  if (trust.changes.length === 0)
    return { head: [`keywright.yaml is read from ${from}; this tree does not change it.`], rows: [] }
  const rows = trust.changes.map(
    ({ path, from: old, to }) =>
      `- ${markdown(shownPath(path), { max: 200 })} ${markdown(moved(old, to), { max: 300 })}`,
  )
  return { head: [`#### Changes to keywright.yaml: shown, not used (it is read from ${from})`, ''], rows }
}

function shownPath(path: string): string {
  return display(path, { max: 120 })
}

function moved(from: string | null, to: string | null): string {
  if (from === null) return `added: ${display(to ?? '')}`
  return to === null ? `removed: ${display(from)}` : `${display(from)} -> ${display(to)}`
}

function more(count: number): readonly string[] {
  return count > MOST ? [`and ${counted(count - MOST, 'more change')}`] : []
}
