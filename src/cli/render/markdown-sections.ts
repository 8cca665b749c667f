/**
 * Fits a long document into a comment. What matters most gets its room first; what does not fit is counted, never silently left out.
 */
import { counted } from './text.ts'

/** GitHub takes 65,536 characters. */
export const MOST_TEXT = 60_000

export interface Section {
  /** 0 gets its room first. Sections appear in the order in which they are given. */
  readonly rank: number
  readonly head: readonly string[]
  /** Shown from the first on, as many as fit. */
  readonly rows: readonly string[]
  readonly tail: readonly string[]
  /** What a row is: `change`. */
  readonly row: string
  /** Rows that are not even offered, because a list of so many helps nobody. */
  readonly beyond?: number
  /** Characters it takes at most, so that what comes after it has room. */
  readonly most?: number
}

/** For the line that says what was left out, and a blank line between sections. */
const RESERVE = 400

/** Lines of at most `room` characters in all. `link` is where the rest can be read. */
export function fitted(sections: readonly Section[], link: string | null, room = MOST_TEXT): readonly string[] {
  const order = sections.map((_, i) => i).sort((a, b) => (sections[a]?.rank ?? 0) - (sections[b]?.rank ?? 0) || a - b)
  const texts = new Map<number, readonly string[]>()
  let left = room - RESERVE
  let lost = 0
  for (const i of order) {
    const section = sections[i]
    if (section === undefined) continue
    const { lines, size } = taken(section, link, Math.min(left, section.most ?? left))
    if (lines === null) lost += section.rows.length + (section.beyond ?? 0)
    else texts.set(i, lines)
    left -= size
  }
  const whole = sections.flatMap((_, i) => texts.get(i) ?? [])
  return lost === 0 ? whole : [...whole, '', `${counted(lost, 'more change')} not shown here${where(link)}`]
}

interface Taken {
  /** `null`: not even its head fits. */
  readonly lines: readonly string[] | null
  readonly size: number
}

function taken({ head, rows, tail, row, beyond = 0 }: Section, link: string | null, room: number): Taken {
  const frame = sizeOf([...head, ...tail, '', rest(rows.length + beyond, row, link)])
  if (frame > room) return { lines: null, size: 0 }
  let size = frame
  let shown = 0
  for (const line of rows) {
    if (size + line.length + 1 > room) break
    size += line.length + 1
    shown += 1
  }
  const hidden = rows.length - shown + beyond
  const more = hidden === 0 ? [] : ['', rest(hidden, row, link)]
  return { lines: ['', ...head, ...rows.slice(0, shown), ...more, ...tail], size: size + 2 }
}

function rest(count: number, row: string, link: string | null): string {
  return `and ${counted(count, `more ${row}`)}${where(link)}`
}

/** The address is the CI system's own word about this run; anything that could end the link is not taken. */
function where(link: string | null): string {
  if (link === null || !/^https?:\/\/[\w.~:/?#@!$&*+,;=%-]+$/.test(link)) return ': `keywright plan` shows all'
  return `: [all of them](${link})`
}

function sizeOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0)
}
