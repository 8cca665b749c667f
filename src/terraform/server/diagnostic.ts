/** What a person is told, with the place in their configuration that it is about. */
import type { Received, Sent } from '../wire/shape.ts'

/** An attribute by name, an element of a list by number, an element of a map by its key, in this order from the outside. */
export type Step = string | number | { readonly key: string }
export type Path = readonly Step[]

export interface Diagnostic {
  readonly severity: 'error' | 'warning'
  /** One line. */
  readonly summary: string
  /** What, why and what to type. */
  readonly detail: string
  /** terraform shows the line of it. Absent: about the whole block. */
  readonly path?: Path
}

export function diagnosticMessage({ severity, summary, detail, path }: Diagnostic): Sent<'Diagnostic'> {
  return { severity, summary, detail, ...(path && { attribute: pathMessage(path) }) }
}

export function pathMessage(path: Path): Sent<'AttributePath'> {
  return { steps: path.map(stepMessage) }
}

function stepMessage(step: Step): Sent<'Step'> {
  if (typeof step === 'string') return { attributeName: step }
  return typeof step === 'number' ? { elementKeyInt: step } : { elementKeyString: step.key }
}

export function pathOf({ steps }: Received<'AttributePath'>): Path {
  return steps.map(
    ({ attributeName, elementKeyString, elementKeyInt }) =>
      attributeName ?? (elementKeyString === undefined ? (elementKeyInt ?? 0) : { key: elementKeyString }),
  )
}
