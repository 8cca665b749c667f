/** Keys that others made: imported by hash, address or name, or moved from OpenRouter's own provider. Nothing is written or issued. */
import { isId, parseName } from '../../core/address.ts'
import { type Attribute, attributesOf } from '../../core/attributes.ts'
import type { LiveKey } from '../../core/key.ts'
import { Secret } from '../../core/secret.ts'
import { sha256OfSecret } from '../../io/digest.ts'
import { snake } from '../names.ts'
import { memberOf, textOf } from '../plain.ts'
import { attributesOfFields, fieldOf } from '../record/fields.ts'
import { problem, warning } from '../said.ts'
import { keySchema } from '../schema/key.ts'
import type { TerraformKind } from '../schema/provider.ts'
import type { Diagnostic } from '../server/diagnostic.ts'
import type { Value, ValueMap } from '../values/value.ts'
import type { World } from '../world.ts'
import { findOne } from './find.ts'

export interface Imported {
  readonly state: ValueMap
  readonly diagnostics: readonly Diagnostic[]
}

/** A state with everything that the live key tells. What asks for a place or a rotation is for the configuration to say. */
export async function importKey(world: World, kind: TerraformKind, text: string): Promise<Imported> {
  const key = await findOne(world, kind, text)
  const stack = world.setup.config?.stack ?? ''
  const owner = parseName(key.name)?.marker
  const isOthers = owner !== undefined && owner.stack !== stack
  return { state: stateOfLive(kind, key, stack), diagnostics: isOthers ? [ofOthers(owner)] : [] }
}

function ofOthers({ stack, id }: { readonly stack: string; readonly id: string }): Diagnostic {
  const message = `This live key carries the marker of ${stack}/${id}; the next apply writes that of this stack over it.`
  return warning('TERRAFORM_IMPORT', message, `take ${id} out of ${stack} first, without ending it`)
}

function stateOfLive(kind: TerraformKind, key: LiveKey, stack: string): ValueMap {
  const parsed = parseName(key.name)
  const marker = parsed && parsed.marker.stack === stack ? parsed.marker : null
  const name = parsed?.display ?? key.name
  return {
    ...blank(kind),
    ...attributesOfFields(kind, key.fields, null),
    key_id: marker?.id ?? idFrom(name),
    name,
    ...(kind === 'openrouter' ? { workspace_id: key.scope, hash: key.id } : {}),
    id: key.id,
    label: key.label,
    lineage: marker?.lineage ?? null,
    generation: marker?.n ?? 1,
    fingerprint: kind === 'openrouter' ? `sha256:${key.id}` : null,
    created_at: key.createdAt,
    pending: false,
  }
}

function blank(kind: TerraformKind): Record<string, Value> {
  const nulls = keySchema(kind).attributes.map(({ name }) => [name, null])
  return { ...Object.fromEntries(nulls), places: [], retiring: [] }
}

/** An id that resembles the name: the generated configuration needs one. */
function idFrom(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+|-+$/g, '')
    .slice(0, 40)
  return isId(plain) ? plain : 'imported'
}

export interface MoveAsked {
  readonly sourceProviderAddress: string
  readonly sourceTypeName: string
  readonly json: Uint8Array | undefined
}

export interface Moved {
  readonly state: ValueMap | null
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * `moved { from = openrouter_api_key.x, to = keywright_openrouter_key.x }`. The plaintext of the old state is hashed here and goes nowhere
 * else. Terraform asks before anything is configured, so all of it comes from the old state; the refresh that follows sees what is live.
 */
export function moveKey({ sourceProviderAddress, sourceTypeName, json }: MoveAsked): Moved {
  const isTheirs = sourceTypeName === 'openrouter_api_key' && /\/openrouter$/.test(sourceProviderAddress)
  if (!isTheirs) return unmovable(`${sourceTypeName} of ${sourceProviderAddress} cannot; openrouter_api_key can.`)
  const old = parsed(json)
  if (!old) return unmovable('its old state cannot be read.')
  const secret = textOf(memberOf(old, 'key'))
  const digest = secret === null ? null : sha256OfSecret(Secret.of(secret))
  const hash = hashOf(old) ?? digest
  if (hash === null) return unmovable('its old state names no hash.')
  const isIts = digest === null || digest === hash
  const state: ValueMap = {
    ...blank('openrouter'),
    ...movedFields(old),
    name: textOf(memberOf(old, 'name')),
    workspace_id: textOf(memberOf(old, 'workspace_id')),
    id: hash,
    hash,
    label: textOf(memberOf(old, 'label')),
    generation: 1,
    fingerprint: `sha256:${hash}`,
    created_at: textOf(memberOf(old, 'created_at')),
    pending: false,
  }
  const other = isIts
    ? []
    : [warning('TERRAFORM_IMPORT', 'The plaintext in the old state is not the secret of that key; it was left out.')]
  const plain =
    secret === null
      ? []
      : [
          warning(
            'TERRAFORM_MOVED_PLAINTEXT',
            'Earlier versions of this state hold the secret of the moved key in plain text.',
            'rotation = { rotate_when = "moved" }   once its places are declared, then delete the old versions',
          ),
        ]
  return { state, diagnostics: [...other, ...plain] }
}

function unmovable(why: string): Moved {
  const message = `Nothing can be moved to this keywright_openrouter_key: ${why}`
  return { state: null, diagnostics: [problem('TERRAFORM_IMPORT', message, 'import { to = ..., id = "HASH" }')] }
}

function hashOf(old: ValueMap): string | null {
  const hash = textOf(memberOf(old, 'hash')) ?? textOf(memberOf(old, 'id'))
  return hash !== null && /^[0-9a-f]{64}$/.test(hash) ? hash : null
}

/** What another version of that provider keeps in another form is left to the refresh. */
function movedFields(old: ValueMap): Record<string, Value> {
  const rows = attributesOf('openrouter')
  const fields = Object.fromEntries(
    rows.map((row) => {
      const value = memberOf(old, snake(row.name))
      return [row.name, fits(row, value) ? fieldOf(row, value) : null]
    }),
  )
  return attributesOfFields('openrouter', fields, null)
}

function fits({ type }: Attribute, value: Value): boolean {
  if (type === 'usd') return typeof value === 'number'
  return type === 'boolean' ? typeof value === 'boolean' : typeof value === 'string'
}

function parsed(json: Uint8Array | undefined): ValueMap | null {
  if (json === undefined) return null
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(json))
    return isState(value) ? value : null
  } catch {
    return null
  }
}

function isState(value: unknown): value is ValueMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
