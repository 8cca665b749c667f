import type { Diagnostic } from '../diagnostic.ts'
import { complaint } from './complaint.ts'
import { looksSecret } from './looks-secret.ts'
import type { Part, SourceDocument } from './source.ts'

type Code = 'CONFIG_LOOKS_SECRET' | 'MANIFEST_LOOKS_SECRET'

/** Every name and text of a file that looks like a credential. Aliased parts are looked at once. */
export function secretsIn(document: SourceDocument, code: Code): readonly Diagnostic[] {
  const found: Diagnostic[] = []
  const seen = new Set<unknown>()
  const waiting: unknown[] = [document.data]
  for (let container = waiting.pop(); container !== undefined; container = waiting.pop()) {
    if (typeof container !== 'object' || container === null || seen.has(container)) continue
    seen.add(container)
    for (const [name, value] of Object.entries(container)) {
      const spot = { document, container, member: Array.isArray(container) ? Number(name) : name }
      if (looksSecret(name)) found.push(complaint(spot, said(code, 'key')))
      if (typeof value === 'string' && looksSecret(value)) found.push(complaint(spot, said(code, 'value')))
      else if (typeof value === 'object') waiting.push(value)
    }
  }
  return found
}

function said(code: Code, part: Part) {
  const message = 'This looks like an API key or another credential. It is not shown here.'
  return {
    code,
    message,
    hint: 'revoke it, remove it from the file and its history, and name a source: { env: NAME }',
    part,
  } as const
}
