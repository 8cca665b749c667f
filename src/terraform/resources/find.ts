/** Looks for live keys as people name them. Exactly one, or a diagnostic that says what else there is. */
import { parseName } from '../../core/address.ts'
import { KeywrightError } from '../../core/diagnostic.ts'
import { display } from '../../core/display.ts'
import type { LiveKey } from '../../core/key.ts'
import type { TerraformKind } from '../schema/provider.ts'
import type { World } from '../world.ts'

/** Every live key of these workspaces (slugs or ids), or of all of them. */
export async function listLive(world: World, kind: TerraformKind, only: string | null): Promise<readonly LiveKey[]> {
  const { scopes } = await world.account(kind)
  const wanted = only === null ? [...new Set(scopes.values())] : [scopes.get(only)].filter((one) => one !== undefined)
  if (wanted.length === 0) throw unknownWorkspace(only ?? '', [...scopes.keys()])
  const lists = await Promise.all(wanted.map((scope) => world.keys(kind, scope)))
  return lists.flatMap((list) => [...list.values()]).sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1))
}

function unknownWorkspace(name: string, known: readonly string[]): KeywrightError {
  const slugs = known.filter((one) => !one.includes('-') || one.length < 36)
  return new KeywrightError('API_WORKSPACE_UNKNOWN', {
    message: `The account has no workspace "${display(name)}"; it has ${slugs.map((one) => display(one)).join(', ')}.`,
    hint: `workspace_id = "${slugs[0] ?? 'default'}"`,
  })
}

/**
 * By hash or id, by address (`STACK/KEY_ID`, the highest generation), or by `WORKSPACE/NAME`. Throws `TERRAFORM_IMPORT` unless it is
 * exactly one, and without a word of the text where it is a secret.
 */
export async function findOne(world: World, kind: TerraformKind, text: string): Promise<LiveKey> {
  if (looksSecret(text)) throw aSecret()
  const id = /^(?:sha256:)?([0-9a-f]{64})$/.exec(text)?.[1] ?? (text.includes('/') ? null : text)
  if (id !== null) return one(await byId(world, kind, id), text)
  const stack = world.setup.config?.stack ?? ''
  const slash = text.indexOf('/')
  const [first, rest] = [text.slice(0, slash), text.slice(slash + 1)]
  const { scopes } = await world.account(kind)
  if (first === stack) {
    const newest = newestOf(await listLive(world, kind, null), text)
    if (newest || !scopes.has(first)) return one(newest ? [newest] : [], text)
  }
  const all = await listLive(world, kind, kind === 'strait' ? null : first)
  return one(
    all.filter(({ name }) => name === rest || displayName(name) === rest),
    text,
  )
}

function looksSecret(text: string): boolean {
  return /(?:^|\/)(?:sk-or-|strait_)[\w-]{8,}$/.test(text)
}

function aSecret(): KeywrightError {
  return new KeywrightError('TERRAFORM_IMPORT', {
    message:
      'What is given as an id is the secret of a key itself; it does not belong into a configuration or a state.',
    hint: 'keywright hash   reads a secret from stdin and prints the id',
  })
}

async function byId(world: World, kind: TerraformKind, id: string): Promise<readonly LiveKey[]> {
  const found = await (await world.api(kind)).get(id)
  return found ? [found] : []
}

export function displayName(name: string): string {
  return parseName(name)?.display ?? name
}

/** The highest generation with the marker of an address; `null` when there is none. */
export function newestOf(keys: readonly LiveKey[], address: string): LiveKey | null {
  const marked = keys.flatMap((key) => {
    const marker = parseName(key.name)?.marker
    return marker && `${marker.stack}/${marker.id}` === address ? [{ key, n: marker.n }] : []
  })
  return marked.sort((a, b) => b.n - a.n)[0]?.key ?? null
}

function one(found: readonly LiveKey[], text: string): LiveKey {
  const [only, ...more] = found
  if (only && more.length === 0) return only
  const ids = found.slice(0, 5).map(({ id }) => id)
  throw new KeywrightError('TERRAFORM_IMPORT', {
    message: only
      ? `${found.length} live keys are called "${display(text)}".`
      : `There is no live key "${display(text)}".`,
    hint: only
      ? `id = "${ids[0] ?? ''}"   or one of ${ids.slice(1).join(', ')}`
      : 'id = "HASH", "STACK/KEY_ID" or "WORKSPACE/NAME"',
  })
}
