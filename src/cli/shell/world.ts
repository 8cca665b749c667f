/**
 * What a command opens: the project, its state, and the way to the key API. `close` frees everything and must be called in a
 * `finally`: a lease that is still renewed keeps the process alive.
 */
import type { Config } from '../../core/config/config.ts'
import { tokenSources } from '../../core/config/sources.ts'
import type { DesiredKey } from '../../core/key.ts'
import { decide } from '../../core/machine/next-step.ts'
import type { Secret } from '../../core/secret.ts'
import { isReadable } from '../../core/sink-kinds.ts'
import { SECOND } from '../../core/time.ts'
import type { ReadContext, WriteContext } from '../../engine/context.ts'
import type { Wanted } from '../../engine/session.ts'
import type { Project } from '../../io/project.ts'
import type { KeyApi, KeyReader } from '../../ports/key-api.ts'
import type { Reporter } from '../../ports/reporter.ts'
import type { Lease, StateStore } from '../../ports/state-store.ts'
import { extractSecret, renderPlace } from '../../sinks/bytes.ts'
import { openStore } from '../../stores/registry.ts'
import { actorOf } from './actor.ts'
import { openApis, type Traffic } from './apis.ts'
import type { Shell } from './command.ts'
import { loadSound, loadStack } from './project.ts'
import { type Selection, selection } from './selection.ts'
import { openSinks } from './sinks.ts'
import { tokensOf } from './tokens.ts'

export { type OpenedAccount, tokenOnlyApi } from './account.ts'

/** A project whose files have no error. */
export interface SoundProject extends Project {
  readonly root: string
  readonly config: Config
}

export interface OpenOptions {
  /** Addresses and globs of the command line: `ID`, `STACK/ID`, `team/*`. None means all. */
  readonly words?: readonly string[]
  /** `--allow-empty`. */
  readonly allowEmpty?: boolean
  /** `--break-freeze`: no key has a freeze in this run. */
  readonly breakFreeze?: boolean
  /** Hears every event of a run, beside `--events`. */
  readonly reporter?: Reporter
}

export interface Files {
  readonly project: SoundProject
  readonly wanted: Wanted
  /** What `words` and `--where` ask for. */
  readonly selection: Selection
}

export interface Opened<C> extends Files {
  readonly context: C
  /** Requests sent to key APIs so far, and how many of them were writes. */
  traffic(): Traffic
  close(): Promise<void>
}

/** The state of the stack without any manifest having to be right; keys are those that could be read. */
export interface OpenedState {
  readonly project: SoundProject
  readonly store: StateStore
  close(): Promise<void>
}

/**
 * For looking and planning: readers only, no sink, no lease, nothing written.
 * Throws `Reported` with every problem of the files when one of them is an error.
 */
export async function openReader(shell: Shell, options: OpenOptions = {}): Promise<Opened<ReadContext>> {
  const base = await openBase(shell, options)
  const { store, apis, stack } = base
  const context: ReadContext = {
    stack,
    store: { location: store.location, read: store.read, stacks: store.stacks },
    clock: shell.clock,
    reader: async (name) => readerOf(await apis.open(name)),
    parallelism: shell.parallelism,
  }
  const close = async (): Promise<void> => {
    await apis.close()
    await store.close()
  }
  return { ...opened(base), context, close }
}

/** The half of a key API that cannot write. */
function readerOf({ capabilities, identify, list, get, isOwn, guardrails, assignments }: KeyApi): KeyReader {
  return {
    capabilities,
    identify,
    list,
    get,
    ...(isOwn ? { isOwn } : {}),
    ...(guardrails ? { guardrails } : {}),
    ...(assignments ? { assignments } : {}),
  }
}

/** For planning from a snapshot: the files alone. Nothing is sent, so hosts and commands need no permission. */
export async function openFiles(shell: Shell, options: OpenOptions = {}): Promise<Files> {
  const project = await loadSound(shell, { allowEmpty: options.allowEmpty ?? false, sends: false })
  return filesOf(shell, project, options)
}

/** For changing: takes the lease (`LOCK_HELD`), opens key APIs and sinks when they are first used. Throws as `openReader`. */
export async function openWriter(shell: Shell, options: OpenOptions = {}): Promise<Opened<WriteContext>> {
  const project = await loadSound(shell, { allowEmpty: options.allowEmpty ?? false, sends: true })
  return openWriterOn(shell, { project, store: await openStoreOf(shell, project) }, options)
}

/** What a writer stands on. */
export interface Ground {
  readonly project: SoundProject
  readonly store: StateStore
}

/** The same on a project and a store that are open already; `close` closes that store. */
export async function openWriterOn(
  shell: Shell,
  ground: Ground,
  options: OpenOptions = {},
): Promise<Opened<WriteContext>> {
  const base = baseOn(shell, ground, options)
  const { store, apis, project, stack } = base
  const sinks = openSinks(shell, project.config, project.root)
  const lease = await takeLease(shell, store, stack)
  shell.holdSignals()
  const context: WriteContext = {
    stack,
    store,
    lease,
    clock: shell.clock,
    api: apis.open,
    sink: sinks.open,
    hook: sinks.hook,
    bytes: { render: renderPlace, extract: extractSecret },
    reporter: both(shell.events, options.reporter),
    decide,
    actor: actorOf(shell.env),
    signal: shell.signal,
    parallelism: shell.parallelism,
  }
  const close = async (): Promise<void> => {
    await sinks.close()
    await apis.close()
    await lease.release()
    await store.close()
  }
  return { ...opened(base), context, close }
}

/** For `state`: needs a keywright.yaml that names a stack and a store; manifests may be broken. Takes no lease. */
export async function openState(shell: Shell): Promise<OpenedState> {
  const project = await loadStack(shell)
  const store = await openStoreOf(shell, project)
  return { project, store, close: () => store.close() }
}

/** Long enough to survive a busy machine, short enough to wait for when its holder died elsewhere. */
const LEASE_TTL = 30 * SECOND
const NOTICE_AFTER = 2 * SECOND

/** Takes the lease of a stack as commands do: waits `--lock-timeout`, then `LOCK_HELD`. Release it in a `finally`. */
export async function takeLease(shell: Shell, store: StateStore, stack: string): Promise<Lease> {
  const patience = new AbortController()
  void shell.clock.sleep(NOTICE_AFTER, patience.signal).then(() => {
    if (!patience.signal.aborted) shell.stderr(`Another run holds the lease of ${stack}; waiting for it.\n`)
  })
  try {
    const waitMillis = shell.lockTimeout
    return await store.lease(stack, {
      ttlMillis: shell.leaseTtl ?? store.pace?.leaseMillis ?? LEASE_TTL,
      waitMillis,
      command: shell.commandLine,
    })
  } finally {
    patience.abort()
  }
}

interface Base {
  readonly shell: Shell
  readonly options: OpenOptions
  readonly project: SoundProject
  readonly stack: string
  readonly store: StateStore
  readonly apis: ReturnType<typeof openApis>
}

async function openBase(shell: Shell, options: OpenOptions): Promise<Base> {
  const project = await loadSound(shell, { allowEmpty: options.allowEmpty ?? false, sends: true })
  return baseOn(shell, { project, store: await openStoreOf(shell, project) }, options)
}

function baseOn(shell: Shell, { project, store }: Ground, options: OpenOptions): Base {
  const { config, root } = project
  return { shell, options, project, stack: config.stack, store, apis: openApis({ shell, config, root }) }
}

/** Opens the store of a project and nothing else. */
export function openStoreOf(shell: Shell, { config, root }: SoundProject): Promise<StateStore> {
  return openConfiguredStore(shell, config.store, root)
}

/** Opens a store with what this machine has to offer: its clock, environment and sources of credentials. */
export function openConfiguredStore(
  { clock, env }: Shell,
  { kind, options }: Pick<Config['store'], 'kind' | 'options'>,
  root: string,
): Promise<StateStore> {
  const secretOf = async (written: unknown): Promise<Secret | null> => {
    for await (const found of tokensOf(tokenSources(written), { root, env })) return found
    return null
  }
  return openStore({ ...options, kind }, { root, clock, env, secretOf })
}

function opened(base: Base): Omit<Opened<never>, 'context' | 'close'> {
  return { ...filesOf(base.shell, base.project, base.options), traffic: base.apis.traffic }
}

function filesOf(shell: Shell, project: SoundProject, { words = [], breakFreeze = false }: OpenOptions): Files {
  const { config, keys, moved, handedOver, adopted } = project
  return {
    project,
    wanted: {
      keys: breakFreeze ? keys.map(thawed) : keys,
      moved,
      adopted,
      handedOver: handedOver.map(({ id }) => id),
      declaredStacks: config.stacks,
      blindSinks: blindSinks(config.sinks),
    },
    selection: selection({ stack: config.stack, words, where: shell.where }),
  }
}

function thawed(key: DesiredKey): DesiredKey {
  return { ...key, rotation: { ...key.rotation, freezes: [] } }
}

function blindSinks(sinks: SoundProject['config']['sinks']): ReadonlySet<string> {
  const blind = [...sinks].filter(([, sink]) => !isReadable(sink))
  return new Set(blind.map(([name]) => name))
}

function both(first: Reporter, second: Reporter | undefined): Reporter {
  if (second === undefined) return first
  return {
    event(event) {
      first.event(event)
      second.event(event)
    },
  }
}
