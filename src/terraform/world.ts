/**
 * The world outside one configured provider: key APIs, sinks, and what is live, looked at once.
 *
 * Terraform asks for each resource by itself and for many at once, so reads share one list per workspace: whoever comes first sends it,
 * the others wait for the same answer. A key that is not listed is asked for by itself. A provider that is configured again (the next
 * walk of the same process) looks anew.
 */
import { type Diagnostic, KeywrightError } from '../core/diagnostic.ts'
import type { LiveKey, Place } from '../core/key.ts'
import type { Guardrails } from '../engine/guardrails.ts'
import { readGuardrails } from '../engine/guardrails.ts'
import type { Clock } from '../ports/clock.ts'
import type { AccountView, KeyApi } from '../ports/key-api.ts'
import type { SecretSink } from '../ports/secret-sink.ts'
import { PROVIDERS } from '../providers/registry.ts'
import { openSink } from '../sinks/registry.ts'
import type { Environment, Setup } from './config/provider.ts'
import { type Crowd, nobody } from './crowd.ts'
import { TERRAFORM_KINDS, type TerraformKind } from './schema/provider.ts'

/** What a provider gets from the process it runs in. */
export interface Surroundings {
  readonly env: Environment
  /** Folder of the configuration: file places stay below it. */
  readonly cwd: string
  readonly clock: Clock
  /** 0 <= x < 1. */
  readonly random: () => number
  /** Eight of `[a-z2-7]`, fresh each time. */
  readonly mint: () => string
}

export interface World extends Surroundings {
  readonly setup: Setup
  /** Ids of live keys that resources were seen to own. */
  readonly claimed: Set<string>
  /** Blocks that were planned. */
  readonly crowd: Crowd
  /** Throws `TERRAFORM_NOT_CONFIGURED`. */
  api(kind: TerraformKind): Promise<KeyApi>
  account(kind: TerraformKind): Promise<AccountView>
  /** Live keys of one workspace by id, listed once. */
  keys(kind: TerraformKind, scope: string): Promise<ReadonlyMap<string, LiveKey>>
  /** Live keys of the workspaces that were listed so far; lists nothing by itself. */
  seen(kind: TerraformKind): Promise<readonly LiveKey[]>
  /** Guardrail ids of one workspace by name and by id. */
  guardrails(kind: TerraformKind, scope: string): Promise<Guardrails>
  /** What a write of ours has changed since that list. */
  note(kind: TerraformKind, keys: ReadonlyMap<string, LiveKey | null>): Promise<void>
  /** The next look at this workspace is a new one. */
  forget(kind: TerraformKind, scope: string): void
  /** Throws `RECORD_UNCONFIGURED` for a name the provider block does not have. */
  sink(name: string): Promise<SecretSink>
  /** What makes a file place unusable, judged once per file. */
  filePlace(place: Place, judge: () => Promise<readonly Diagnostic[]>): Promise<readonly Diagnostic[]>
  close(): Promise<void>
}

export function openWorld(setup: Setup, around: Surroundings): World {
  const apis = new Map<string, Promise<KeyApi>>()
  const accounts = new Map<string, Promise<AccountView>>()
  const lists = new Map<string, Promise<ReadonlyMap<string, LiveKey>>>()
  const rails = new Map<string, Promise<Guardrails>>()
  const sinks = new Map<string, Promise<SecretSink>>()
  const files = new Map<string, Promise<readonly Diagnostic[]>>()
  const api = (kind: TerraformKind) => once(apis, kind, () => openApi(kind, setup, around))
  const world: World = {
    ...around,
    setup,
    claimed: new Set(),
    crowd: nobody(),
    api,
    account: (kind) => once(accounts, kind, async () => (await api(kind)).identify()),
    keys: (kind, scope) =>
      once(lists, `${kind} ${scope}`, async () => {
        const listed = await (await api(kind)).list(scope)
        return new Map(listed.map((key) => [key.id, key]))
      }),
    async seen(kind) {
      const own = [...lists].filter(([name]) => name.startsWith(`${kind} `))
      const found = await Promise.all(own.map(([, list]) => list.catch(() => new Map<string, LiveKey>())))
      return found.flatMap((list) => [...list.values()])
    },
    guardrails: (kind, scope) =>
      once(rails, `${kind} ${scope}`, async () => {
        const keys = new Map<string, LiveKey | null>(await world.keys(kind, scope))
        const found = await readGuardrails(await api(kind), new Set([scope]), keys)
        lists.set(`${kind} ${scope}`, Promise.resolve(live(keys)))
        return found
      }),
    async note(kind, keys) {
      for (const [name, list] of lists) {
        if (!name.startsWith(`${kind} `)) continue
        const known = await list.then((listed) => new Map(listed)).catch(() => null)
        // Whoever asked for that list hears of it.
        if (known === null) continue
        const scope = name.slice(kind.length + 1)
        for (const [id, key] of keys) if (!key) known.delete(id)
        for (const [id, key] of keys) if (key?.scope === scope) known.set(id, key)
        if (lists.get(name) === list) lists.set(name, Promise.resolve(known))
      }
    },
    forget: (kind, scope) => {
      lists.delete(`${kind} ${scope}`)
      rails.delete(`${kind} ${scope}`)
    },
    sink: (name) => once(sinks, name, () => open(name, setup, around)),
    filePlace: ({ at }, judge) => once(files, at.path ?? '', judge),
    async close() {
      for (const one of [...sinks.values(), ...apis.values()])
        await one.then((it) => it.close?.()).catch(() => undefined)
    },
  }
  return world
}

function live(keys: ReadonlyMap<string, LiveKey | null>): ReadonlyMap<string, LiveKey> {
  return new Map([...keys].flatMap(([id, key]) => (key ? [[id, key] as const] : [])))
}

/** A failure is not kept: whoever asks next tries again. */
function once<T>(known: Map<string, Promise<T>>, name: string, make: () => Promise<T>): Promise<T> {
  const found = known.get(name)
  if (found) return found
  const made = make()
  known.set(name, made)
  made.catch(() => {
    if (known.get(name) === made) known.delete(name)
  })
  return made
}

async function openApi(kind: TerraformKind, setup: Setup, around: Surroundings): Promise<KeyApi> {
  const provider = setup.config?.providers.get(kind)
  const token = setup.tokens.get(kind)
  const variables: Readonly<Record<string, string>> = TERRAFORM_KINDS[kind]
  if (!provider || !token) throw missing(`${kind} has no managing key`, `export ${variables.token ?? ''}=...`)
  const { baseUrl, project, writesPerDay, reserve } = provider
  if (kind === 'strait' && project === NO_PROJECT)
    throw missing('strait has no project', 'strait = { project = "proj_1" }')
  const options = {
    token,
    ...(baseUrl === null ? {} : { baseUrl }),
    ...(project === undefined ? {} : { project }),
    ...(writesPerDay === null ? {} : { writesPerDay }),
    ...(reserve === null ? {} : { reserve }),
  }
  const { clock, random } = around
  return PROVIDERS[kind].open(options, { clock, random })
}

/** Stands for a project that nobody named. */
export const NO_PROJECT = 'unknown'

function missing(what: string, hint: string): KeywrightError {
  return new KeywrightError('TERRAFORM_NOT_CONFIGURED', { message: `The provider block of ${what}.`, hint })
}

async function open(name: string, { config }: Setup, { cwd, env }: Surroundings): Promise<SecretSink> {
  const sink = config?.sinks.get(name)
  if (sink) return openSink(sink, { name, root: cwd, allowExec: env.KEYWRIGHT_ALLOW_EXEC === '1', env })
  throw new KeywrightError('RECORD_UNCONFIGURED', {
    message: `A key has a place in the sink "${name}", which the provider block does not have.`,
    hint: `sinks = { ${name} = { ... } }   until its places are emptied`,
  })
}
