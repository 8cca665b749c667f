/** Places that are files: below the project folder in reality (links followed), and never where git would commit a secret. */
import type { Diagnostic } from '../../core/diagnostic.ts'
import { isKeywrightError, toDiagnostic } from '../../core/diagnostic.ts'
import type { DesiredKey, Place } from '../../core/key.ts'
import { wouldTrack } from '../git.ts'
import { locateInside } from '../inside.ts'

/** One diagnostic per file, at the first key that uses it. Asks git once per repository. */
export async function filePlaceDiagnostics(root: string, keys: readonly DesiredKey[]): Promise<readonly Diagnostic[]> {
  const owners = new Map<string, { readonly key: DesiredKey; readonly kind: string }>()
  for (const key of keys) {
    for (const place of key.places) {
      const kind = fileKind(place)
      const path = place.at.path ?? ''
      if (kind !== null && !owners.has(path)) owners.set(path, { key, kind })
    }
  }
  const found: Diagnostic[] = []
  const plain: string[] = []
  for (const [path, { key, kind }] of owners) {
    const outside = await outsideDiagnostic(root, path, key)
    if (outside !== null) found.push(outside)
    else if (kind !== 'age' && kind !== 'sops') plain.push(path)
  }
  for (const path of await wouldTrack(root, plain)) {
    const key = owners.get(path)?.key
    if (key !== undefined) found.push(tracked(path, key))
  }
  return found
}

function fileKind({ identity }: Place): string | null {
  return /^(dotenv|file|age|sops):/.exec(identity)?.[1] ?? null
}

async function outsideDiagnostic(root: string, path: string, key: DesiredKey): Promise<Diagnostic | null> {
  try {
    await locateInside(root, path)
    return null
  } catch (error) {
    if (!isKeywrightError(error)) throw error
    return { ...toDiagnostic(error, key.id), at: { ...key.origin, length: 1 } }
  }
}

function tracked(path: string, key: DesiredKey): Diagnostic {
  return {
    severity: 'error',
    code: 'SINK_FILE_NOT_IGNORED',
    message: `${path} would receive the secret of "${key.id}", and git would track that file.`,
    hint: `echo ${JSON.stringify(`/${path}`)} >> .gitignore`,
    at: { ...key.origin, length: 1 },
    address: key.id,
  }
}
