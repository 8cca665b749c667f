/** Data sources. Live names are hostile text; they are data here, and only messages show them. */
import { parseName } from '../../core/address.ts'
import { KeywrightError } from '../../core/diagnostic.ts'
import type { LiveKey } from '../../core/key.ts'
import { memberOf, textOf } from '../plain.ts'
import { attributesOfFields } from '../record/fields.ts'
import type { TerraformKind } from '../schema/provider.ts'
import type { Value, ValueMap } from '../values/value.ts'
import type { World } from '../world.ts'
import { displayName, findOne, listLive, newestOf } from './find.ts'

export async function readData(world: World, typeName: string, config: ValueMap): Promise<ValueMap> {
  switch (typeName) {
    case 'keywright_openrouter_key':
      return await oneKey(world, config)
    case 'keywright_openrouter_keys':
      return await manyKeys(world, 'openrouter', config)
    case 'keywright_strait_keys':
      return await manyKeys(world, 'strait', config)
    case 'keywright_current_key':
      return await account(world)
    default:
      throw new RangeError(`there is no data source ${typeName}`)
  }
}

async function oneKey(world: World, config: ValueMap): Promise<ValueMap> {
  const [hash, keyId, name] = ['hash', 'key_id', 'name'].map((one) => textOf(memberOf(config, one)))
  const scope = textOf(memberOf(config, 'workspace_id'))
  const named = [hash, keyId, name].filter((one) => one !== null && one !== undefined)
  if (named.length !== 1) throw lookup()
  if (hash) return keyValues('openrouter', await findOne(world, 'openrouter', hash), config)
  if (name) return keyValues('openrouter', await findOne(world, 'openrouter', `${scope ?? 'default'}/${name}`), config)
  const address = `${world.setup.config?.stack ?? ''}/${keyId ?? ''}`
  const newest = newestOf(await listLive(world, 'openrouter', scope), address)
  return keyValues('openrouter', newest ?? (await findOne(world, 'openrouter', address)), config)
}

function lookup(): KeywrightError {
  return new KeywrightError('TERRAFORM_IMPORT', {
    message: 'A key is looked up by exactly one of hash, key_id and name.',
    hint: 'key_id = "platform/ci-bot"',
  })
}

/** Its own attributes, those it was looked up by included. */
function keyValues(kind: TerraformKind, key: LiveKey, config: ValueMap | null): ValueMap {
  const marker = parseName(key.name)?.marker
  const { unlimited: _, ...fields } = attributesOfFields(kind, key.fields, null)
  const { total, daily, weekly, monthly } = key.usage
  const owner = {
    stack: marker?.stack ?? null,
    key_id: marker?.id ?? null,
    generation: marker?.n ?? null,
    lineage: marker?.lineage ?? null,
  }
  const seen = {
    id: key.id,
    name: displayName(key.name),
    label: key.label,
    created_at: key.createdAt,
    ...owner,
    ...fields,
  }
  if (kind === 'strait') return { ...seen, expires_at: endOf(key), last_used_at: key.lastUsedAt ?? null }
  const spend = { usage: total, usage_daily: daily, usage_weekly: weekly, usage_monthly: monthly }
  const scope = textOf(memberOf(config ?? {}, 'workspace_id')) ?? key.scope
  const keyId = textOf(memberOf(config ?? {}, 'key_id')) ?? owner.key_id
  return { ...seen, ...spend, hash: key.id, workspace_id: scope, key_id: keyId, updated_at: key.updatedAt }
}

function endOf({ fields }: LiveKey): Value {
  return typeof fields.expiresAt === 'string' ? fields.expiresAt : null
}

async function manyKeys(world: World, kind: TerraformKind, config: ValueMap): Promise<ValueMap> {
  const scope = textOf(memberOf(config, 'workspace_id'))
  const stack = textOf(memberOf(config, 'stack'))
  const keys = await listLive(world, kind, scope)
  const wanted = keys.filter(({ name }) => stack === null || parseName(name)?.marker.stack === stack)
  return { ...config, keys: wanted.map((key) => keyValues(kind, key, null)) }
}

async function account(world: World): Promise<ValueMap> {
  const { identity, scopes } = await world.account('openrouter')
  const slugs = [...scopes].filter(([slug, id]) => slug !== id)
  return {
    origin: identity.origin,
    default_workspace_id: identity.account,
    creator_user_id: identity.creator ?? null,
    workspaces: Object.fromEntries(slugs),
  }
}
