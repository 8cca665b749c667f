/**
 * Stands between a process under test and the emulator and tells when a write passes: once when the whole request is on its way to
 * the emulator, and once when the emulator has answered, before the client hears of it. What was sent is carried out even if the
 * client is gone by then. Cut connections are passed on as such. A 429 that names no time is passed on as one that names a second: a
 * client that takes it for a minute is right, and no test waits that long.
 */
import {
  Agent,
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

export type Edge = 'sent' | 'answered'
/** `n` counts the writes since `watch` was called, from 1. `write`: method and path. */
export type Watcher = (edge: Edge, n: number, write: string) => void

export interface WriteProxy {
  readonly origin: string
  /** Writes since `watch` that the client sent and got no answer to yet. */
  openWrites(): number
  /** What comes from now on waits here until the returned function is called: nobody gets further than to the next request. */
  hold(): () => void
  /** Hears about writes from now on, instead of whoever did before, and counts them anew. */
  watch(watcher: Watcher | null): void
  close(): Promise<void>
}

interface Tally {
  readonly watcher: Watcher | null
  sent: number
  answered: number
  open: number
}

const tallyFor = (watcher: Watcher | null): Tally => ({ watcher, sent: 0, answered: 0, open: 0 })

export async function startProxy(upstream: string): Promise<WriteProxy> {
  const agent = new Agent({ keepAlive: true })
  let tally = tallyFor(null)
  let held: Promise<void> = Promise.resolve()
  const server = createServer({ keepAliveTimeout: 0 }, (from, to) => {
    carry(from, to, { upstream, agent, tally, held }).catch(() => from.socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    openWrites: () => tally.open,
    hold() {
      let release = (): void => undefined
      held = new Promise((resolve) => {
        release = resolve
      })
      return () => release()
    },
    watch(watcher) {
      tally = tallyFor(watcher)
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      agent.destroy()
      await closed
    },
  }
}

interface Way {
  readonly upstream: string
  readonly agent: Agent
  readonly tally: Tally
  readonly held: Promise<void>
}

async function carry(from: IncomingMessage, to: ServerResponse, way: Way): Promise<void> {
  const isWrite = from.method !== 'GET'
  const body = await whole(from)
  if (isWrite) way.tally.open += 1
  try {
    await way.held
    await forward(body, from, { ...way, to, isWrite })
  } finally {
    if (isWrite) way.tally.open -= 1
  }
}

interface Passage extends Way {
  readonly to: ServerResponse
  readonly isWrite: boolean
}

async function forward(body: Buffer, from: IncomingMessage, passage: Passage): Promise<void> {
  const { upstream, agent, tally, to, isWrite } = passage
  const write = `${from.method} ${from.url}`
  const onward = request(`${upstream}${from.url}`, { method: from.method, headers: from.headers, agent })
  const arrived = new Promise<IncomingMessage>((resolve, reject) => {
    onward.once('response', resolve).once('error', reject)
  })
  onward.end(body)
  if (isWrite) tally.watcher?.('sent', ++tally.sent, write)
  const answer = await arrived
  const bytes = await whole(answer)
  if (isWrite) tally.watcher?.('answered', ++tally.answered, write)
  to.writeHead(answer.statusCode ?? 502, patient(answer)).end(bytes)
}

function patient({ statusCode, headers }: IncomingMessage): OutgoingHttpHeaders {
  return statusCode === 429 ? { 'retry-after': '1', ...headers } : headers
}

async function whole(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
