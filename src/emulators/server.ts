import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { emulatorClock } from './clock.ts'
import { faultPlan } from './faults.ts'
import type { EmulatorHooks } from './hooks.ts'
import { issuedList } from './issued.ts'
import { openJournal } from './journal.ts'
import { startOpenRouter } from './openrouter/start.ts'
import type { EmulatorOptions } from './options.ts'
import { drawFrom } from './seeded.ts'
import { CONTROL_PREFIX, type House, serve } from './serve.ts'
import { startStrait } from './strait/start.ts'
import { traffic } from './traffic.ts'

/** A started emulator. It listens on 127.0.0.1 only. */
export interface RunningEmulator {
  /** What `keywright emulate` prints first, as one line of JSON. */
  readonly firstLine: {
    readonly openrouter: { readonly baseUrl: string; readonly managementKey: string }
    readonly strait: { readonly baseUrl: string; readonly token: string; readonly project: string }
  }
  readonly openrouter: {
    /** `http://127.0.0.1:PORT/api/v1` */
    readonly baseUrl: string
    readonly managementKey: string
  }
  readonly strait: {
    /** `http://127.0.0.1:PORT`; its paths begin with `/v1`. */
    readonly baseUrl: string
    /** A key of the project with scope `*`. */
    readonly token: string
    readonly project: string
    /** For `X-Internal-Secret`. */
    readonly internalSecret: string
  }
  /** `http://127.0.0.1:PORT/_emulator`; answers 404 unless started with `control`. */
  readonly controlUrl: string
  readonly world: EmulatorHooks
  /** Cuts open connections and frees port and files. Repeatable. */
  close(): Promise<void>
}

const LONGEST_SLOW_MS = 2000

/**
 * Starts the emulator and resolves when it listens. Rejects when the port is taken or a file cannot be opened; throws RangeError for a
 * clock that is no instant.
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<RunningEmulator> {
  const { house, leave } = furnish(options)
  const server = await listen(house, options.port ?? 0)
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    ...accessTo(house, origin),
    controlUrl: `${origin}${CONTROL_PREFIX}`,
    world: house.hooks,
    close: once(() => leave(stop(server))),
  }
}

/** Everything but the server. `leave` ends what is under way, waits for the server to stop and gives the files back. */
function furnish(options: EmulatorOptions): { house: House; leave: (stopped: Promise<void>) => Promise<void> } {
  const clock = emulatorClock(options.clock ?? 'real')
  const journal = openJournal(options.state)
  const issued = issuedList(options.issued)
  const leaving = new AbortController()
  const parts = { options, clock, journal, onIssue: issued.add, signal: leaving.signal }
  const { api: openRouterApi, hooks: openrouter } = startOpenRouter(parts)
  const { api: straitApi, hooks: strait } = startStrait(parts)
  for (const secret of [openrouter.managementKey, strait.token, strait.internalSecret]) issued.add(secret)
  const draw = drawFrom(options.seed ?? Math.floor(Math.random() * 2 ** 32))
  const faults = faultPlan(options.faults ?? [], options.faultRate ?? 0, draw)
  const seen = traffic()
  const hooks: EmulatorHooks = { clock, faults, traffic: seen, openrouter, strait }
  const apis = [openRouterApi, straitApi] as const
  const leave = async (stopped: Promise<void>): Promise<void> => {
    leaving.abort()
    await stopped
    journal.close()
    issued.close()
  }
  return {
    house: { apis, hooks, traffic: seen, draw, ...timing(options), hasControl: options.control ?? false },
    leave,
  }
}

function accessTo(
  { apis, hooks }: House,
  origin: string,
): Pick<RunningEmulator, 'firstLine' | 'openrouter' | 'strait'> {
  const openrouter = { baseUrl: `${origin}${apis[0].prefix}`, managementKey: hooks.openrouter.managementKey }
  const strait = { baseUrl: origin, token: hooks.strait.token, project: hooks.strait.project }
  return {
    firstLine: { openrouter, strait },
    openrouter,
    strait: { ...strait, internalSecret: hooks.strait.internalSecret },
  }
}

function timing(options: EmulatorOptions): { latencyMs: number; slowMs: number } {
  return { latencyMs: options.latencyMs ?? 0, slowMs: Math.min(options.slowMs ?? LONGEST_SLOW_MS, LONGEST_SLOW_MS) }
}

function listen(house: House, port: number): Promise<Server> {
  // Idle connections stay open until `close`: no client ever meets one that was closed just as it was reused.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    serve(house, request, response).catch(() => request.socket.destroy())
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

function once(effect: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => {
    done ??= effect()
    return done
  }
}
