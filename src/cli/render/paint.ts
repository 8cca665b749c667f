/** Colour as an argument: with `color: false` every brush returns its text unchanged. */
import picocolors from 'picocolors'
import type { Look } from '../shell/command.ts'

export type Brush = (text: string) => string

export interface Paint {
  readonly good: Brush
  readonly change: Brush
  readonly bad: Brush
  readonly info: Brush
  readonly loud: Brush
  readonly strong: Brush
  readonly faint: Brush
}

export function paint({ color }: Pick<Look, 'color'>): Paint {
  const { green, yellow, red, cyan, magenta, bold, dim } = picocolors.createColors(color)
  return {
    good: green,
    change: yellow,
    bad: red,
    info: cyan,
    loud: (text) => bold(magenta(text)),
    strong: bold,
    faint: dim,
  }
}
