/** A parsed file against its JSON Schema, by generated code that is loaded when first needed. */
import type { Diagnostic } from '../../core/diagnostic.ts'
import { type SchemaError, schemaFindings } from '../../core/manifest/schema-findings.ts'
import type { Spot } from '../../core/manifest/complaint.ts'
import type { SourceDocument } from '../../core/manifest/source.ts'

export interface Judgement {
  readonly diagnostics: readonly Diagnostic[]
  /** Members the schema refused. */
  readonly spots: readonly Spot[]
}

interface Validate {
  (data: unknown): boolean
  errors?: readonly SchemaError[] | null
}

export async function judge(document: SourceDocument, kind: 'config' | 'manifest'): Promise<Judgement> {
  const generated = await import('../schemas.generated.js')
  const validate: Validate = generated[kind]
  if (validate(document.data)) return { diagnostics: [], spots: [] }
  return schemaFindings(document, validate.errors ?? [], kind)
}
