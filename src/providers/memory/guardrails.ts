/** Guardrails of the memory world. They enforce nothing: what counts is which key has which. */
import { KeywrightError } from '../../core/diagnostic.ts'
import type { LiveKey } from '../../core/key.ts'
import type { GuardrailView } from '../../ports/key-api.ts'

export interface MemoryGuardrail {
  readonly name: string
  readonly scope: string
}

/** The part of a world that knows about guardrails. */
export interface Guarded {
  readonly live: ReadonlyMap<string, LiveKey>
  /** By id. */
  readonly guardrails: ReadonlyMap<string, MemoryGuardrail>
  /** Guardrail id by key id. Entries of keys and guardrails that are gone count for nothing. */
  readonly assigned: Map<string, string>
}

export function guardrailsIn({ guardrails }: Guarded, scope: string): GuardrailView {
  const byName = new Map<string, string>()
  const ids = new Set<string>()
  const ambiguous = new Set<string>()
  for (const [id, guardrail] of guardrails) {
    if (guardrail.scope !== scope) continue
    ids.add(id)
    if (byName.has(guardrail.name)) ambiguous.add(guardrail.name)
    byName.set(guardrail.name, id)
  }
  for (const name of ambiguous) byName.delete(name)
  return { byName, ids, ambiguous }
}

/** The guardrail of a live key, or `null`. */
export function guardrailOf({ live, guardrails, assigned }: Guarded, id: string): string | null {
  const guardrail = assigned.get(id)
  return guardrail !== undefined && live.has(id) && guardrails.has(guardrail) ? guardrail : null
}

export function assignmentsIn(world: Guarded, scope: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const id of world.assigned.keys()) {
    const guardrail = world.live.get(id)?.scope === scope ? guardrailOf(world, id) : null
    if (guardrail !== null) found.set(id, guardrail)
  }
  return found
}

/** A key has at most one guardrail: assigning moves it. Throws `API_REJECTED` unless both exist in one scope. */
export function assignTo(world: Guarded, id: string, guardrail: string): void {
  const key = world.live.get(id)
  const scope = world.guardrails.get(guardrail)?.scope
  if (key === undefined || scope !== key.scope) throw notAssigned()
  world.assigned.set(id, guardrail)
}

export function takeOut({ assigned }: Guarded, id: string, guardrail: string): void {
  if (assigned.get(id) === guardrail) assigned.delete(id)
}

function notAssigned(): KeywrightError {
  return new KeywrightError('API_REJECTED', {
    message: 'no such key and guardrail in one workspace; nothing was assigned',
    hint: 'name a guardrail of the workspace of the key in its manifest, then: keywright apply',
  })
}
