/**
 * An input file after parsing: plain data, and where each member of it was written.
 *
 * Positions hang on containers, not on paths: a resolved value remembers the container and the member it came from, and the
 * range is computed only when somebody asks. The syntax tree is gone by then.
 */
import type { SourceRange } from '../diagnostic.ts'
import type { Origin } from '../key.ts'

export type Part = 'key' | 'value'

export interface SourceDocument {
  /** Path as shown to people: below the project folder, with slashes. */
  readonly file: string
  /** Mappings are plain objects, sequences arrays; all scalars are JSON scalars. */
  readonly data: unknown
  /** Where a member of `container` stands. A container of another document, or an absent member, gives the start of the file. */
  range(container: object, member: string | number, part: Part): SourceRange
  /** As `range`, without excerpt. */
  origin(container: object, member: string | number): Origin
}

export type Mapping = Readonly<Record<string, unknown>>

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isSequence(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}

/** An own member, or `undefined`; never something inherited from a prototype. */
export function member(container: unknown, name: string): unknown {
  return isMapping(container) && Object.hasOwn(container, name) ? container[name] : undefined
}

/** A member that is a mapping, else an empty one. */
export function mappingAt(container: unknown, name: string): Mapping {
  const value = member(container, name)
  return isMapping(value) ? value : {}
}

/** A member that is a sequence, else an empty one. */
export function sequenceAt(container: unknown, name: string): readonly unknown[] {
  const value = member(container, name)
  return isSequence(value) ? value : []
}
