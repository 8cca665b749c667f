/** Guardrails: names of the manifests become ids, and live keys tell which one they have. Asked for only where something names one. */
import type { Diagnostic } from '../core/diagnostic.ts'
import type { DesiredKey, LiveKey } from '../core/key.ts'
import { isLive, type KeyRecord } from '../core/record.ts'
import { didYouMean } from '../core/suggest.ts'
import type { GuardrailView, KeyReader } from '../ports/key-api.ts'
import type { World } from './refresh.ts'

/** Guardrail ids of one provider by scope, then by name and by id; `null` for a name that several carry. */
export type Guardrails = ReadonlyMap<string, ReadonlyMap<string, string | null>>

/** Scopes in which some key has a guardrail by manifest or by record. */
export function guardedScopes(desired: readonly DesiredKey[], records: readonly KeyRecord[]): ReadonlySet<string> {
  const scopes = new Set(desired.flatMap((key) => (key.guardrail === undefined ? [] : [key.scope])))
  for (const { scope, generations } of records)
    if (generations.some((g) => isLive(g) && (g.issued.guardrail ?? g.issued.guardrailClaim) !== undefined))
      scopes.add(scope)
  return scopes
}

/** Reads guardrails and assignments of these scopes, and writes each key's into `keys`. */
export async function readGuardrails(
  reader: KeyReader,
  scopes: ReadonlySet<string>,
  keys: Map<string, LiveKey | null>,
): Promise<Guardrails> {
  const views = await Promise.all(
    [...scopes].map(async (scope) => {
      const [view, held] = await Promise.all([reader.guardrails?.(scope), reader.assignments?.(scope)])
      for (const [id, key] of keys)
        if (key?.scope === scope && held) keys.set(id, { ...key, guardrail: held.get(id) ?? null })
      return [scope, view ? idsOf(view) : new Map<string, string | null>()] as const
    }),
  )
  return new Map(views)
}

function idsOf({ byName, ids, ambiguous }: GuardrailView): ReadonlyMap<string, string | null> {
  const all = new Map<string, string | null>([...ambiguous].map((name) => [name, null]))
  for (const [name, id] of byName) all.set(name, id)
  for (const id of ids) all.set(id, id)
  return all
}

/** Names by id, for those who read a plan. */
export function guardrailNames(views: Iterable<{ readonly guardrails: Guardrails }>): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const { guardrails } of views)
    for (const ids of guardrails.values())
      for (const [name, id] of ids) if (id !== null && id !== name) names.set(id, name)
  return names
}

/** Keys with the ids of their guardrails; a key that names none of its workspace becomes a problem, and is left alone. */
export function resolveGuardrails(
  keys: readonly DesiredKey[],
  guardrails: Guardrails,
): Pick<World, 'desired' | 'problems'> {
  const desired: DesiredKey[] = []
  const problems: Diagnostic[] = []
  for (const key of keys) {
    const id = key.guardrail === undefined ? undefined : guardrails.get(key.scope)?.get(key.guardrail)
    if (key.guardrail === undefined) desired.push(key)
    else if (id) desired.push({ ...key, guardrail: id })
    else problems.push(unknown(key, key.guardrail, [...(guardrails.get(key.scope)?.keys() ?? [])]))
  }
  return { desired, problems }
}

function unknown(key: DesiredKey, name: string, known: readonly string[]): Diagnostic {
  const { file, line, column } = key.sources?.guardrail ?? key.origin
  const isAmbiguous = known.includes(name)
  return {
    severity: 'error',
    code: 'API_GUARDRAIL_UNKNOWN',
    address: key.address,
    message: isAmbiguous
      ? `${key.address} names the guardrail "${name}", and several of its workspace have that name`
      : `${key.address} names the guardrail "${name}", which its workspace does not have.${didYouMean(name, known)}`,
    hint: isAmbiguous
      ? 'guardrail: ID   the id tells them apart'
      : 'create the guardrail in that workspace, or correct the name',
    at: { file, line, column, length: 1 },
  }
}
