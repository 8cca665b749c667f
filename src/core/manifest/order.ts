import type { Diagnostic } from '../diagnostic.ts'

/** keywright.yaml is at fault for much that follows, so it comes first. */
function rank(file: string): number {
  return file === 'keywright.yaml' ? 0 : 1
}

/** By file, line and column, with exact repetitions left out (a wrong default shows once, not once per key). */
export function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>()
  return diagnostics
    .filter(({ code, message, at }) => {
      const name = `${code} ${at?.file}:${at?.line}:${at?.column} ${message}`
      return !seen.has(name) && seen.add(name)
    })
    .sort(compare)
}

function compare({ at: a }: Diagnostic, { at: b }: Diagnostic): number {
  if (a === undefined || b === undefined) return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1)
  if (a.file !== b.file) return rank(a.file) - rank(b.file) || (a.file < b.file ? -1 : 1)
  return a.line - b.line || a.column - b.column
}
