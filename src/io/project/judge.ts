/** A parsed file against its JSON Schema, by generated code that is loaded when first needed. */
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { Spot } from '../../core/manifest/complaint.ts'
import { schemaFindings } from '../../core/manifest/schema-findings.ts'
import type { SourceDocument } from '../../core/manifest/source.ts'

export interface Judgement {
  readonly diagnostics: readonly Diagnostic[]
  /** Members the schema refused. */
  readonly spots: readonly Spot[]
}

export async function judge(document: SourceDocument, kind: 'config' | 'manifest'): Promise<Judgement> {
  const { [kind]: validate } = await import('../schemas.generated.js')
  if (validate(document.data)) return { diagnostics: [], spots: [] }
  return schemaFindings(document, validate.errors ?? [], kind)
}
