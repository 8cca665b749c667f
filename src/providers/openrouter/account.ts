/** Whose account this is, which workspaces it has, and what time it is there. */
import { at, instant, parseInstant } from '../../core/time.ts'
import { skewOf } from '../../io/http/date.ts'
import type { AccountView } from '../../ports/key-api.ts'
import type { Call, Line } from './line.ts'
import { badResponse, notManagementKey, refused } from './refusal.ts'
import { isObject, type JsonObject, type Received } from './reply.ts'

const WHO: Call = { method: 'GET', template: '/key', path: '/key' }
const WORKSPACES: Pick<Call, 'method' | 'template'> = { method: 'GET', template: '/workspaces' }
const PAGE = 100

interface Workspace {
  readonly id: string
  readonly slug: string
  readonly createdAt: number
}

/** `origin` is the base URL's. Two requests side by side; one more for each further 100 workspaces. */
export async function identify(line: Line, origin: string): Promise<AccountView> {
  const [who, workspaces] = await Promise.allSettled([line.settle(WHO), listWorkspaces(line)])
  if (who.status === 'rejected') throw who.reason
  const data = managementKey(who.value)
  const creator = typeof data.creator_user_id === 'string' ? data.creator_user_id : null
  if (workspaces.status === 'rejected') throw workspaces.reason
  const account = defaultOf(workspaces.value).id
  return {
    identity: { origin, account, ...(creator === null ? {} : { creator }) },
    scopes: scopesOf(workspaces.value, account),
    skew: skewOf(who.value),
    ...credentialOf(data),
  }
}

/** Its label is the masked secret: another key has another one. Its age is told by nobody. */
function credentialOf({ label, expires_at: end }: JsonObject): Pick<AccountView, 'credential'> {
  if (typeof label !== 'string') return {}
  const millis = typeof end === 'string' ? parseInstant(end) : null
  return { credential: { mark: label.slice(0, 80), expiresAt: millis === null ? null : instant(millis) } }
}

/** Checks the kind of the token first: with an ordinary key the workspaces are refused too, for a reason that helps less. */
function managementKey(reply: Received): JsonObject {
  if (reply.status !== 200) throw refused(WHO, reply)
  const data = reply.json?.data
  if (!isObject(data)) throw badResponse(WHO, 'no data')
  if (data.is_management_key !== true && data.is_provisioning_key !== true)
    throw notManagementKey('the token works, but it is an ordinary key, which cannot manage keys')
  return data
}

async function listWorkspaces(line: Line): Promise<readonly Workspace[]> {
  const found = new Map<string, Workspace>()
  for (let offset = 0, total = 1; offset < total; ) {
    const reply = await line.settle({ ...WORKSPACES, path: `/workspaces?offset=${offset}&limit=${PAGE}` })
    if (reply.status !== 200) throw refused(WORKSPACES, reply)
    const page = Array.isArray(reply.json?.data) ? reply.json.data.map(decode) : [null]
    for (const workspace of page) {
      if (workspace === null) throw badResponse(WORKSPACES, 'not a list of workspaces')
      found.set(workspace.id, workspace)
    }
    if (page.length === 0) break
    offset += page.length
    total = typeof reply.json?.total_count === 'number' ? reply.json.total_count : offset + 1
  }
  return [...found.values()]
}

function decode(value: unknown): Workspace | null {
  const { id, slug, created_at: created }: JsonObject = isObject(value) ? value : {}
  if (typeof id !== 'string' || typeof slug !== 'string') return null
  const millis = typeof created === 'string' ? parseInstant(created) : null
  return { id, slug, createdAt: millis ?? at('9999-12-31T00:00:00Z') }
}

/**
 * The contract of 2026-08-22 marks no workspace as the default one. It is the one with the slug `default`; where somebody renamed that, the
 * oldest, because an account is born with it and it cannot be deleted. Rejected: reading `workspace_id` off a list without a workspace,
 * which costs a request and says nothing while there are no keys.
 */
function defaultOf(workspaces: readonly Workspace[]): Workspace {
  const oldest = [...workspaces].sort((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
  const found = workspaces.find(({ slug }) => slug === 'default') ?? oldest[0]
  if (found === undefined) throw badResponse(WORKSPACES, 'an account without any workspace')
  return found
}

/** Ids win over slugs, so that no slug can pose as the id of another workspace; `default` is always the default one. */
function scopesOf(workspaces: readonly Workspace[], account: string): ReadonlyMap<string, string> {
  const bySlug = workspaces.map(({ slug, id }) => [slug, id] as const)
  const byId = workspaces.map(({ id }) => [id, id] as const)
  return new Map([...bySlug, ...byId, ['default', account]])
}
