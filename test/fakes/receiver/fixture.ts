import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { join } from 'node:path'
import type { HttpConfig } from '../../../src/core/http-kind.ts'
import { openSink } from '../../../src/sinks/registry.ts'
import { contextOf, folder, placeOf, type SinkFixture } from '../sinks.ts'

export const KEY = 'whsec_b25seSBmb3IgdGVzdHMsIG5vdCBhIHNlY3JldCE='

export interface RunningReceiver {
  readonly url: string
  /** What it keeps, by `path#field`. */
  kept(): Record<string, string>
  /** An outsider's hand. */
  put(name: string, text: string): void
  close(): void
}

/** The receiver of the examples, on a free port. */
export async function startReceiver(): Promise<RunningReceiver> {
  const example = '../../../examples/sinks/http/receiver.mjs'
  const { receiver }: { receiver: (parts: { key: string; file: string }) => Server } = await import(example)
  const root = folder()
  const file = join(root, 'secrets.json')
  const server = receiver({ key: KEY, file })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const at = server.address()
  const kept = (): Record<string, string> => {
    try {
      return JSON.parse(readFileSync(file, 'utf8'))
    } catch {
      return {}
    }
  }
  return {
    url: `http://127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}/keep`,
    kept,
    put: (name, text) => writeFileSync(file, JSON.stringify({ ...kept(), [name]: text })),
    close() {
      server.closeAllConnections()
      server.close()
      rmSync(root, { recursive: true })
    },
  }
}

/** Fields of one path, beside one that is nobody's business. */
export async function httpFixture(): Promise<SinkFixture> {
  const running = await startReceiver()
  const config: HttpConfig = { kind: 'http', url: running.url, readable: true, conditional: true }
  running.put('ci/keys#neighbour', 'stays')
  return {
    config,
    open: () => openSink(config, contextOf('/nowhere', { env: { KEYWRIGHT_WEBHOOK_KEY: KEY } })),
    place: (n) => placeOf(`here:ci/keys#k${n}`, config),
    dump: () => JSON.stringify(running.kept()),
    peek: async (n) => running.kept()[`ci/keys#k${n}`] ?? null,
    poke: async (n, text) => running.put(`ci/keys#k${n}`, text),
    close: () => running.close(),
  }
}
