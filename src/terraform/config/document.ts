/**
 * A block of HCL as the document of a manifest: the same data, so that the same code reads it, and for each member the path of the
 * attribute it came from. Terraform knows the lines; all it needs from us is the path.
 */
import type { Diagnostic, SourceRange } from '../../core/diagnostic.ts'
import type { SourceDocument } from '../../core/manifest/source.ts'
import type { Path } from '../server/diagnostic.ts'

interface PathRange extends SourceRange {
  readonly path: Path
}

/** A mapping or a sequence under construction, with the paths of its members. */
export class Sheet {
  readonly #paths = new Map<object, Map<string | number, Path>>()

  /** Remembers where a member of `container` was written. */
  mark(container: object, member: string | number, path: Path): void {
    const members = this.#paths.get(container) ?? new Map<string | number, Path>()
    this.#paths.set(container, members.set(member, path))
  }

  document(data: unknown): SourceDocument {
    const range = (container: object, member: string | number): PathRange => {
      const path = this.#paths.get(container)?.get(member) ?? []
      return { file: 'terraform', line: 1, column: 1, length: 1, path }
    }
    return { file: 'terraform', data, range, origin: range }
  }
}

/** The attribute a diagnostic points at; empty when it is about the whole block. */
export function pathOf({ at }: Pick<Diagnostic, 'at'>): Path {
  return isPathRange(at) ? at.path : []
}

function isPathRange(at: SourceRange | undefined): at is PathRange {
  return at !== undefined && 'path' in at
}
