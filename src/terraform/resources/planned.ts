/** The planned object: what was written, defaults where nothing was, and a mark on whatever an apply may change. Pure. */
import { attribute, attributesOf } from '../../core/attributes.ts'
import type { DesiredKey } from '../../core/key.ts'
import { camel, snake } from '../names.ts'
import { itemsOf, memberOf, sameValue } from '../plain.ts'
import { attributesOfFields, fieldsOfState, isSame } from '../record/fields.ts'
import { keySchema } from '../schema/key.ts'
import type { TerraformKind } from '../schema/provider.ts'
import { UNKNOWN, type Value, type ValueMap } from '../values/value.ts'
import type { Outlook } from './outlook.ts'

const ROWS = { openrouter: keySchema('openrouter').attributes, strait: keySchema('strait').attributes }

const RESULTS: Readonly<Record<TerraformKind, readonly string[]>> = {
  openrouter: namesOf('openrouter', 'computed'),
  strait: namesOf('strait', 'computed'),
}

function namesOf(kind: TerraformKind, mode: string): readonly string[] {
  return ROWS[kind].filter((row) => row.mode === mode).map(({ name }) => name)
}

export interface Plan {
  readonly kind: TerraformKind
  readonly config: ValueMap
  readonly prior: ValueMap | null
  /** `null` while something in the block is not known. */
  readonly desired: DesiredKey | null
}

/** What is not computed: as written, or filled in. Fields in `held` stay as they are live. */
export function plannedInputs(plan: Plan, held: readonly string[]): Record<string, Value> {
  const { kind, config, prior, desired } = plan
  const values: Record<string, Value> = {}
  for (const { name, mode } of ROWS[kind]) {
    if (mode === 'computed') continue
    const written = memberOf(config, name)
    values[name] = written === null && mode === 'optional+computed' ? filledIn(name, plan) : written
  }
  if (desired === null || prior === null) return values
  return { ...values, ...unchanged(plan, values), ...asLive(kind, prior, held) }
}

function filledIn(name: string, { kind, config, prior, desired }: Plan): Value {
  const row = attributesOf(kind).find((one) => snake(one.name) === name)
  if (name === 'name') return memberOf(config, 'key_id')
  if (name === 'workspace_id') return prior ? memberOf(prior, name) : UNKNOWN
  if (desired === null) return UNKNOWN
  if (name === 'unlimited')
    return isUnmanaged(config, 'limit') ? live(prior, name) : desired.fields.limit === null ? true : null
  if (isUnmanaged(config, name)) return live(prior, name)
  if (!row || row.absent === 'unmanaged') return live(prior, name)
  if (name === 'expires_at' && desired.expiresIn !== null) return live(prior, name)
  return attributesOfFields(kind, desired.fields, null)[name] ?? null
}

function live(prior: ValueMap | null, name: string): Value {
  return prior ? memberOf(prior, name) : UNKNOWN
}

function isUnmanaged(config: ValueMap, name: string): boolean {
  return itemsOf(memberOf(config, 'unmanaged')).includes(name)
}

/** What means the same as before keeps the form it had. */
function unchanged({ kind, prior, config }: Plan, values: ValueMap): Record<string, Value> {
  const kept: Record<string, Value> = {}
  if (!prior) return kept
  const fields = fieldsOfState(kind, prior)
  for (const [name, value] of Object.entries(values)) {
    const row = attribute(camel(name))
    const before = memberOf(prior, name)
    if (!row || before === null || value === null || memberOf(config, name) === null) continue
    if (isSame(row, value, fields[row.name] ?? null)) kept[name] = before
  }
  const isScoped = kind === 'openrouter' && memberOf(config, 'workspace_id') === null
  if (isScoped) kept.workspace_id = memberOf(prior, 'workspace_id')
  return kept
}

function asLive(kind: TerraformKind, prior: ValueMap, held: readonly string[]): Record<string, Value> {
  const names = held.includes('limit') && kind === 'openrouter' ? [...held, 'unlimited'] : held
  return Object.fromEntries(names.map((name) => [snake(name), memberOf(prior, snake(name))]))
}

/** Everything computed that an apply may change is not known yet. */
export function plannedResults({ kind, prior }: Plan, outlook: Outlook | null): Record<string, Value> {
  const values: Record<string, Value> = {}
  for (const name of RESULTS[kind]) values[name] = prior && !changes(name, outlook) ? memberOf(prior, name) : UNKNOWN
  return values
}

const OF_GENERATION: ReadonlySet<string> = new Set([
  'id',
  'hash',
  'label',
  'generation',
  'fingerprint',
  'created_at',
  'rotated_at',
  'next_rotation_at',
  'pending',
])

function changes(name: string, outlook: Outlook | null): boolean {
  if (outlook === null) return true
  if (name === 'places') return outlook.places
  if (name === 'retiring') return outlook.retires
  return OF_GENERATION.has(name) && outlook.issues
}

/** What only the API says of a new generation: its end where ends are renewed, its creator, its workspace where none is written. */
export function withWhatIsTold(
  values: Record<string, Value>,
  { kind, config, desired }: Plan,
  outlook: Outlook,
): Record<string, Value> {
  if (!outlook.issues) return values
  const isRenewed = desired?.expiresIn != null
  const names = attributesOf(kind)
    .filter(
      ({ name, absent }) =>
        absent === 'unmanaged' || isUnmanaged(config, snake(name)) || (isRenewed && name === 'expiresAt'),
    )
    .map(({ name }) => snake(name))
  const open = [...names, 'workspace_id', ...(names.includes('limit') ? ['unlimited'] : [])]
  const unwritten = open.filter((name) => name in values && memberOf(config, name) === null)
  return { ...values, ...Object.fromEntries(unwritten.map((name) => [name, UNKNOWN])) }
}

export function isDifferent(a: ValueMap, b: ValueMap): boolean {
  return !sameValue(a, b)
}
