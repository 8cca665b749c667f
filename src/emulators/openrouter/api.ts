import { type ApiCall, type EmulatedApi, json, type Reply } from '../exchange.ts'
import { sha256 } from '../seeded.ts'
import { inferenceView } from './apply.ts'
import { failure } from './envelope.ts'
import { pageFault } from './foreign.ts'
import { quotaRefusal } from './quota.ts'
import { findRoute, type Route } from './routes.ts'
import { currentKeyObject, isExpired, labelOf, newerCurrentKeyFields, type StoredKey } from './stored-key.ts'
import type { World } from './world.ts'

type Caller = { readonly kind: 'management' } | { readonly kind: 'inference'; readonly key: StoredKey }

export interface OpenRouterSettings {
  readonly writeQuota: number | null
  readonly onIssue: (secret: string) => void
}

/** OpenRouter's key API, and what keys belong to, as the published contract of 2026-08-22 describes them. */
export function openRouterApi(world: World, settings: OpenRouterSettings): EmulatedApi {
  const managementHash = sha256(world.account.managementKey)
  return {
    prefix: '/api/v1',
    handle(call, fault) {
      const found = findRoute(call)
      if (found === undefined && !isCurrentKey(call)) return failure(404)
      const caller = authenticate(world, managementHash, call.authorization)
      if (caller === null) return unauthorised(call)
      if (found === undefined) return currentKey(world, caller, call)
      const { route, params } = found
      if (caller.kind !== 'management') return refuseInferenceKey(world, route)
      const refusal = route.isWrite === true && settings.writeQuota !== null && quotaRefusal(world, settings.writeQuota)
      if (refusal) return refusal
      if (fault === 'page-shift' || fault === 'page-gap') pageFault(world, fault, call.query.get('workspace_id'))
      return route.handle({ world, call, fault, params, onIssue: settings.onIssue })
    },
    template: (call) => (isCurrentKey(call) ? call.path : (findRoute(call)?.route.template ?? null)),
    suits: (kind, call) => suits(kind, call),
    failure: (status, headers = {}) => failure(status, { headers }),
  }
}

/** Paging faults need a list; those that move keys between pages need a later page of it. Admission is another API's. */
function suits(kind: string, call: ApiCall): boolean {
  if (kind.startsWith('admission-')) return false
  if (kind !== 'page-shift' && kind !== 'page-gap' && kind !== 'page-size') return true
  const isList = call.method === 'GET' && call.path === '/keys'
  return isList && (kind === 'page-size' || Number(call.query.get('offset') ?? 0) > 0)
}

function isCurrentKey(call: ApiCall): boolean {
  return call.method === 'GET' && call.path === '/key'
}

/** null without a bearer, or with one that is unknown, deleted, disabled or expired. A spent or zero limit authenticates all the same. */
function authenticate(world: World, managementHash: string, header: string | undefined): Caller | null {
  const bearer = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1]
  if (bearer === undefined) return null
  const hash = sha256(bearer)
  if (hash === managementHash) return { kind: 'management' }
  const stored = world.keys.get(hash)
  if (stored === undefined) return null
  const now = world.clock.now()
  const key = inferenceView(world, stored, now)
  const isUnborn = Date.parse(key.created_at) + world.readings.birthMs > now && world.readings.birthMs > 0
  return key.disabled || isExpired(key, now) || isUnborn ? null : { kind: 'inference', key }
}

function unauthorised(call: ApiCall): Reply {
  return call.authorization === undefined ? failure(401) : failure(401, { message: 'User not found.' })
}

function refuseInferenceKey(world: World, route: Route): Reply {
  const isCreate = route.method === 'POST' && route.template === '/keys'
  if (isCreate || world.readings.inferenceKeyOnManagement === 403) return failure(403, { userId: world.account.userId })
  return failure(401, { message: 'Invalid management key', userId: world.account.userId })
}

function currentKey(world: World, caller: Caller, call: ApiCall): Reply {
  const isManagement = caller.kind === 'management'
  const key = caller.kind === 'management' ? managementKeyRecord(world) : caller.key
  const shape = world.readings.currentKeyShape
  const isNewer = shape === 'newer' || (shape === 'by-client' && call.userAgent.includes('@openrouter/sdk'))
  const data = currentKeyObject(key, isManagement, world.clock.now())
  return json(200, { data: isNewer ? { ...data, ...newerCurrentKeyFields(key) } : data })
}

/** The management key is no key of the account: it is in no list and has no hash there. */
function managementKeyRecord(world: World): StoredKey {
  return {
    sequence: 0,
    hash: '',
    label: labelOf(world.account.managementKey),
    workspace_id: world.account.workspaces[0].id,
    creator_user_id: world.account.userId,
    created_at: world.account.workspaces[0].created_at,
    expires_at: null,
    origin: 'birth',
    name: 'management',
    limit: null,
    limit_reset: null,
    include_byok_in_limit: false,
    disabled: false,
    updated_at: null,
    spend: null,
  }
}
