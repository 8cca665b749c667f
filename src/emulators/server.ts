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
import { traffic } from './traffic.ts'

/** A started emulator. It listens on 127.0.0.1 only. */
export interface RunningEmulator {
  /** What `keywright emulate` prints first, as one line of JSON. */
  readonly firstLine: { readonly openrouter: { readonly baseUrl: string; readonly managementKey: string } }
  readonly openrouter: {
    /** `http://127.0.0.1:PORT/api/v1` */
    readonly baseUrl: string
    readonly managementKey: string
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
  const clock = emulatorClock(options.clock ?? 'real')
  const journal = openJournal(options.state)
  const issued = issuedList(options.issued)
  const { api, hooks: openrouter } = startOpenRouter({ options, clock, journal, onIssue: issued.add })
  issued.add(openrouter.managementKey)
  const draw = drawFrom(options.seed ?? Math.floor(Math.random() * 2 ** 32))
  const faults = faultPlan(options.faults ?? [], options.faultRate ?? 0, draw)
  const seen = traffic()
  const hooks: EmulatorHooks = { clock, faults, traffic: seen, openrouter }
  const server = await listen(
    { api, hooks, traffic: seen, draw, ...timing(options), hasControl: options.control ?? false },
    options.port ?? 0,
  )
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const access = { baseUrl: `${origin}${api.prefix}`, managementKey: openrouter.managementKey }
  const close = once(async () => {
    await stop(server)
    journal.close()
    issued.close()
  })
  return {
    firstLine: { openrouter: access },
    openrouter: access,
    controlUrl: `${origin}${CONTROL_PREFIX}`,
    world: hooks,
    close,
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
