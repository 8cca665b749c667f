/**
 * A key API without a network: one world, any number of handles on it. It exists for simulations (tens of thousands of runs), so
 * every call does its work synchronously inside an async function, sets no timer and hashes nothing.
 *
 * It reads like OpenRouter: a key is born enabled whatever was asked, expiry and creator never change, disabled keys are listed,
 * a deleted key is gone. With `kind: 'strait'` it reads like Strait instead (`memory/strait.ts`). Faults are no matter of this file; tests wrap a handle. Usage windows do not roll over.
 */
import { KeywrightError } from '../core/diagnostic.ts'
import type { Fields, LiveKey } from '../core/key.ts'
import { Secret } from '../core/secret.ts'
import { at, instant } from '../core/time.ts'
import type { Clock } from '../ports/clock.ts'
import type { AccountView, CreateOutcome, CreateRequest, KeyApi } from '../ports/key-api.ts'
import {
  assignmentsIn,
  assignTo,
  guardrailOf,
  guardrailsIn,
  type MemoryGuardrail,
  takeOut,
} from './memory/guardrails.ts'
import { STRAIT_BORN, straitExpiry, straitPart, straitRefusal, touched } from './memory/strait.ts'

export interface MemoryOptions {
  readonly clock: Clock
  /** Which key API it poses as; OpenRouter by default. */
  readonly kind?: 'openrouter' | 'strait'
  /** Workspace ids by slug; `default` is always there. */
  readonly workspaces?: Readonly<Record<string, string>>
  /** Part of every secret, so that two worlds never share one. */
  readonly seed?: string
  /** Id of a key from its secret; by default the number of the key in hex. Give SHA-256 where ids must be OpenRouter's. */
  readonly idOf?: (secret: string) => string
}

/** The account itself. What its methods do comes from outside keywright: a dashboard, another tool, a spending customer. */
export interface MemoryWorld {
  /** One more client. Its clock may differ from the world's: the difference is its `skew`. */
  handle(clock?: Clock): KeyApi
  /** Every live key of all workspaces, oldest first. */
  keys(): readonly LiveKey[]
  key(id: string): LiveKey | null
  /** A key made by somebody else. Returns it with its secret. */
  plant(request: CreateRequest): { readonly key: LiveKey; readonly secret: Secret }
  /** Changes any part of a live key by hand, `updatedAt` included. Does nothing to an absent one. */
  edit(id: string, change: { readonly name?: string; readonly fields?: Fields }): void
  remove(id: string): void
  /** Adds USD to every usage window of a live key. Strait tells no spend: there the use is noted in `lastUsedAt`. */
  spend(id: string, usd: number): void
  /** The secret of a key that lives or ever lived, else `null`. */
  secretOf(id: string): Secret | null
  /** Guardrails by id. Put them in and take them out as a dashboard would. */
  readonly guardrails: Map<string, MemoryGuardrail>
  /** Id of the guardrail that a live key has, else `null`. */
  guardrailOf(id: string): string | null
  /** Gives a key a guardrail by hand, or none. */
  guard(id: string, guardrail: string | null): void
}

const UNTOUCHED = { total: 0, daily: 0, weekly: 0, monthly: 0 } as const
const BORN: Fields = {
  limit: null,
  limitReset: null,
  includeByokInLimit: false,
  disabled: false,
  expiresAt: null,
  creatorUserId: 'user_memory',
}
const PATCHABLE = new Set(['limit', 'limitReset', 'includeByokInLimit', 'disabled'])

export function memoryWorld(options: MemoryOptions): MemoryWorld {
  const world = new World(options)
  return {
    handle: (clock = options.clock) => handleOn(world, clock),
    keys: () => [...world.live.values()],
    key: (id) => world.live.get(id) ?? null,
    plant: (request) => world.issue(request),
    edit: (id, change) => void world.change(id, change),
    remove: (id) => void world.live.delete(id),
    spend: (id, usd) => world.spend(id, usd),
    secretOf: (id) => world.secrets.get(id) ?? null,
    guardrails: world.guardrails,
    guardrailOf: (id) => guardrailOf(world, id),
    guard: (id, guardrail) => {
      if (guardrail === null) world.assigned.delete(id)
      else world.assigned.set(id, guardrail)
    },
  }
}

class World {
  /** By id, oldest first. */
  readonly live = new Map<string, LiveKey>()
  readonly secrets = new Map<string, Secret>()
  /** Id by secret text, deleted keys included. */
  readonly ids = new Map<string, string>()
  readonly guardrails = new Map<string, MemoryGuardrail>()
  /** Guardrail id by key id. */
  readonly assigned = new Map<string, string>()
  readonly scopes: ReadonlyMap<string, string>
  readonly clock: Clock
  readonly kind: 'openrouter' | 'strait'
  readonly #idOf: ((secret: string) => string) | undefined
  readonly #seed: string
  #count = 0

  constructor(options: MemoryOptions) {
    this.clock = options.clock
    this.kind = options.kind ?? 'openrouter'
    this.#idOf = options.idOf
    this.#seed = options.seed ?? 'memory'
    const named = { default: 'workspace-default', ...options.workspaces }
    this.scopes = new Map(Object.entries(named).flatMap(([slug, id]) => [[slug, id] as const, [id, id] as const]))
  }

  issue(request: CreateRequest): { readonly key: LiveKey; readonly secret: Secret } {
    const digits = (++this.#count).toString(16).padStart(16, '0')
    const text = `sk-${this.#seed}-${digits}`
    const id = this.#idOf?.(text) ?? `id-${this.#seed}-${digits}`
    const key: LiveKey = {
      id,
      name: request.name,
      scope: request.scope,
      fields: this.#fieldsOf(request),
      createdAt: instant(this.clock.now()),
      updatedAt: null,
      label: `sk-...${digits.slice(-4)}`,
      usage: UNTOUCHED,
      ...(this.kind === 'strait' ? { lastUsedAt: null } : {}),
    }
    const secret = Secret.of(text)
    this.live.set(id, key)
    this.secrets.set(id, secret)
    this.ids.set(text, id)
    return { key, secret }
  }

  #fieldsOf(request: CreateRequest): Fields {
    if (this.kind === 'openrouter') return { ...BORN, ...request.fields, disabled: false }
    return { ...STRAIT_BORN, ...request.fields, expiresAt: straitExpiry(request, this.clock.now()) }
  }

  change(id: string, change: { readonly name?: string; readonly fields?: Fields }): LiveKey | null {
    const before = this.live.get(id)
    if (before === undefined) return null
    const after: LiveKey = {
      ...before,
      name: change.name ?? before.name,
      fields: { ...before.fields, ...change.fields },
      updatedAt: instant(this.clock.now()),
    }
    this.live.set(id, after)
    return after
  }

  spend(id: string, usd: number): void {
    const key = this.live.get(id)
    if (key === undefined) return
    if (this.kind === 'strait') return void this.live.set(id, touched(key, this.clock.now()))
    const { total, daily, weekly, monthly } = key.usage
    const usage = { total: total + usd, daily: daily + usd, weekly: weekly + usd, monthly: monthly + usd }
    this.live.set(id, { ...key, usage })
  }

  idOfSecret(secret: Secret): string | undefined {
    return this.ids.get(secret.expose())
  }

  authenticates(secret: Secret): boolean {
    const key = this.live.get(this.idOfSecret(secret) ?? '')
    if (key === undefined || key.fields.disabled === true) return false
    const ends = [key.fields.expiresAt, key.graceEndsAt]
    return ends.every((end) => typeof end !== 'string' || at(end) > this.clock.now())
  }

  /** Authenticates and, where the API notes that, leaves a trace of it. */
  use(secret: Secret): boolean {
    const works = this.authenticates(secret)
    if (works && this.kind === 'strait') this.spend(this.idOfSecret(secret) ?? '', 0)
    return works
  }
}

function handleOn(world: World, clock: Clock): KeyApi {
  const shared = {
    identify: async () => accountOf(world, clock),
    list: async (scope: string) => newestFirst(world, scope),
    get: async (id: string) => world.live.get(id) ?? null,
    create: async (request: CreateRequest) => create(world, request),
    remove: async (id: string) => void world.live.delete(id),
    prove: async (secret: Secret) => (world.use(secret) ? ('works' as const) : ('refused' as const)),
  }
  return world.kind === 'strait'
    ? {
        ...shared,
        ...straitPart(world),
        matches: async (secret, id) => world.idOfSecret(secret) === id && world.use(secret),
      }
    : { ...shared, ...openRouterPart(world) }
}

function openRouterPart(world: World): Omit<KeyApi, 'identify' | 'list' | 'get' | 'create' | 'remove' | 'prove'> {
  return {
    capabilities: { update: true, disable: true, matchesOffline: true },
    update: async (id, fields) => update(world, id, fields),
    matches: async (secret, id) => world.idOfSecret(secret) === id,
    guardrails: async (scope) => guardrailsIn(world, scope),
    assignments: async (scope) => assignmentsIn(world, scope),
    assign: async (id, guardrail) => assignTo(world, id, guardrail),
    unassign: async (id, guardrail) => takeOut(world, id, guardrail),
  }
}

function accountOf(world: World, clock: Clock): AccountView {
  const account = world.scopes.get('default') ?? ''
  const identity = { origin: 'memory:', account, creator: 'user_memory' }
  return { identity, scopes: world.scopes, skew: world.clock.now() - clock.now() }
}

function newestFirst(world: World, scope: string): readonly LiveKey[] {
  const found: LiveKey[] = []
  for (const key of world.live.values()) if (key.scope === scope) found.push(key)
  return found.reverse()
}

function create(world: World, request: CreateRequest): CreateOutcome {
  const reason = refusal(world, request)
  if (reason !== null) return { kind: 'rejected', status: 400, reason }
  return { kind: 'created', ...world.issue(request) }
}

function refusal(world: World, { name, scope, fields }: CreateRequest): string | null {
  if (name === '') return 'a key needs a name'
  if (world.scopes.get(scope) !== scope) return 'no such workspace'
  const born = world.kind === 'strait' ? STRAIT_BORN : BORN
  const unknown = Object.keys(fields).find((field) => !Object.hasOwn(born, field))
  if (unknown !== undefined) return `a key has no field ${unknown}`
  return world.kind === 'strait' ? straitRefusal(fields) : null
}

function update(world: World, id: string, { name, ...fields }: Fields): LiveKey | null {
  const fixed = Object.keys(fields).find((field) => !PATCHABLE.has(field))
  if (fixed !== undefined) throw notPatchable(fixed)
  return world.change(id, typeof name === 'string' ? { name, fields } : { fields })
}

function notPatchable(field: string): KeywrightError {
  return new KeywrightError('API_REJECTED', {
    message: `${field} of an existing key cannot be changed`,
    hint: 'raise rotation.serial of the key in its manifest, then: keywright apply',
  })
}
