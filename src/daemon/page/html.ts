/** Markup in which nothing that is put in can become markup. */
import { html as safe } from '../../core/display.ts'

export interface Html {
  readonly text: string
}

type Part = string | number | null | Html | readonly Html[]

/** Texts are made safe to show and escaped, also inside quoted attributes; `null` is nothing; markup stays. */
export function html(pieces: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { text: pieces.reduce((all, piece, i) => all + markup(parts[i - 1] ?? null) + piece) }
}

function markup(part: Part): string {
  if (part === null) return ''
  if (typeof part === 'string' || typeof part === 'number') return safe(`${part}`, { max: 500 })
  return 'text' in part ? part.text : part.map(({ text }) => text).join('\n')
}
