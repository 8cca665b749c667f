import type { Code } from '../codes/index.ts'
import type { Diagnostic } from '../diagnostic.ts'
import type { Part, SourceDocument } from './source.ts'

/** One member of one container of one file. */
export interface Spot {
  readonly document: SourceDocument
  readonly container: object
  readonly member: string | number
}

export interface Said {
  readonly code: Code
  readonly message: string
  readonly hint: string
  readonly severity?: Diagnostic['severity']
  /** Which side of the colon to point at; the value by default. */
  readonly part?: Part
}

/** A diagnostic that points at a member. */
export function complaint(spot: Spot, { code, message, hint, severity = 'error', part = 'value' }: Said): Diagnostic {
  return { severity, code, message, hint, at: spot.document.range(spot.container, spot.member, part) }
}

/**
 * Members that a schema already refused. Checks of meaning leave them alone, so that one mistake is one diagnostic.
 */
export interface Faults {
  /** Some member of this very container is wrong. */
  in(container: object): boolean
  at(container: object, member: string | number): boolean
}

export const NO_FAULTS: Faults = { in: () => false, at: () => false }

export function faultsOf(spots: Iterable<{ readonly container: object; readonly member: string | number }>): Faults {
  const members = new Map<object, Set<string | number>>()
  for (const { container, member } of spots) {
    const known = members.get(container) ?? new Set()
    members.set(container, known.add(member))
  }
  return {
    in: (container) => members.has(container),
    at: (container, member) => members.get(container)?.has(member) ?? false,
  }
}
