/** Refresh of one key: what changed outside shows in its attributes. Writes nothing anywhere. */
import { display } from '../../core/display.ts'
import { activeOf, isLive } from '../../core/record.ts'
import { readGuardrails } from '../../engine/guardrails.ts'
import { itemsOf, memberOf, textOf } from '../plain.ts'
import { type Kept, keptOf } from '../record/kept.ts'
import { rebuilt } from '../record/rebuilt.ts'
import { type Look, lookAt, seenOf } from '../record/sight.ts'
import { stateOf } from '../record/state.ts'
import { warning } from '../said.ts'
import type { TerraformKind } from '../schema/provider.ts'
import type { Diagnostic } from '../server/diagnostic.ts'
import type { Value, ValueMap } from '../values/value.ts'
import type { World } from '../world.ts'

export interface ReadKey {
  readonly state: ValueMap
  readonly kept: Kept | null
  readonly diagnostics: readonly Diagnostic[]
}

export async function readKey(
  world: World,
  kind: TerraformKind,
  before: { readonly state: ValueMap; readonly bytes: Uint8Array },
): Promise<ReadKey> {
  const { state } = before
  const kept = keptIn(world, kind, before)
  if (world.setup.unknown.has(kind) || !kept) return { state, kept, diagnostics: [] }
  const look = await lookAt(world, kind, { record: kept.record, identity: kept.identity, scopes: [] })
  const { guardrail, named } = await guardrailOf(world, kind, { kept, look, said: memberOf(state, 'guardrail') })
  const active = activeOf(kept.record)
  const live = active ? (look.keys.get(active.id) ?? null) : null
  const seen = seenOf(look, kept.record, world.clock.now())
  const next: Kept = { ...kept, seen }
  const shown = stateOf({ kind, kept: next, live, said: state, desired: null, scopes: look.scopes })
  const gone = active && !live ? [isGone(state, active.id)] : []
  return { state: named ? { ...shown, guardrail } : shown, kept: next, diagnostics: gone }
}

/** The record beside a state, or one made from it. */
export function keptIn(
  { setup }: Pick<World, 'setup'>,
  kind: TerraformKind,
  { state, bytes }: { readonly state: ValueMap; readonly bytes: Uint8Array | undefined },
): Kept | null {
  const kept = keptOf(bytes)
  if (kept) return kept
  const record = setup.config ? rebuilt(state, { kind, config: setup.config }) : null
  if (!record) return null
  // Without any place of ours, others have delivered it.
  const adopted = itemsOf(memberOf(state, 'places')).length === 0 ? activeOf(record)?.n : undefined
  return { record, entry: '', ...(adopted === undefined ? {} : { adopted }) }
}

interface Guarded {
  readonly kept: Kept
  readonly look: Look
  readonly said: Value
}

/** Asked for only where a guardrail is managed; then live keys tell which one they have. */
async function guardrailOf(
  world: World,
  kind: TerraformKind,
  { kept, look, said }: Guarded,
): Promise<{ readonly guardrail: Value; readonly named: boolean }> {
  const { record } = kept
  const isGuarded = record.generations.some(
    (g) => isLive(g) && (g.issued.guardrail ?? g.issued.guardrailClaim) !== undefined,
  )
  if (!isGuarded && said === null) return { guardrail: null, named: false }
  const scope = record.scope
  const names = (await readGuardrails(await world.api(kind), new Set([scope]), look.keys)).get(scope)
  const active = activeOf(record)
  const found = active ? (look.keys.get(active.id)?.guardrail ?? null) : null
  const isSame = textOf(said) !== null && names?.get(textOf(said) ?? '') === found
  return { guardrail: isSame ? said : found, named: active !== null }
}

function isGone(state: ValueMap, id: string): Diagnostic {
  const name = display(textOf(memberOf(state, 'key_id')) ?? id)
  const message = `The live key of ${name} was deleted outside Terraform; the next apply issues a new secret and delivers it.`
  return warning('API_KEY_UNKNOWN', message)
}
