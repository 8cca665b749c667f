import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { Secret } from '../../src/core/secret.ts'
import { type OpenRouterOptions, openRouter } from '../../src/providers/openrouter.ts'
import { leapingClock } from '../fakes/key-apis.ts'

export interface Answer {
  readonly status: number
  /** Objects are sent as JSON, text as it is. */
  readonly body: object | string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

const closers: (() => Promise<void>)[] = []

export async function closeServers(): Promise<void> {
  await Promise.all(closers.splice(0).map((close) => close()))
}

/** A server of our own that answers what it is told, and a provider that calls it. */
export async function scripted(answer: Script, tuning: Partial<OpenRouterOptions> = {}) {
  const { port, seen } = await scriptedServer(answer)
  const clock = leapingClock()
  const api = openRouter({ ...base(port), clock, ...tuning })
  return { api, seen, clock }
}

/** `count` is the number of the request, from 1. */
export type Script = (seen: Seen, count: number) => Answer | Promise<Answer>

export async function scriptedServer(answer: Script): Promise<{ readonly port: number; readonly seen: Seen[] }> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    void bodyOf(request).then(async (body) => {
      const { method = '', url = '', headers } = request
      seen.push({ method, url, headers, body })
      reply(response, await answer({ method, url, headers, body }, seen.length))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(async () => {
    server.closeAllConnections()
    server.close()
  })
  return { port: portOf(server.address()), seen }
}

/** A raw TCP server: `serve` gets each connection, `requests` counts the POST lines that arrived on any of them. */
export async function raw(serve: (socket: Socket, text: string) => void, tuning: Partial<OpenRouterOptions> = {}) {
  let received = ''
  let connections = 0
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      serve(socket, chunk.toString('latin1'))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const api = openRouter({ ...base(portOf(server.address())), clock: leapingClock(), ...tuning })
  const posts = () => received.split('POST /api/v1/keys HTTP/1.1').length - 1
  return { api, posts, connections: () => connections }
}

export const TOKEN = 'sk-or-mgmt-0123456789abcdef0123456789abcdef'

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

function base(port: number): Omit<OpenRouterOptions, 'clock'> {
  const baseUrl = `http://127.0.0.1:${port}/api/v1`
  return { baseUrl, token: Secret.of(TOKEN), random: () => 0, timeoutMillis: 2_000 }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

function reply(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  const isText = typeof body === 'string'
  response.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json', ...headers })
  response.end(isText ? body : JSON.stringify(body))
}

/** A key object of the published contract. */
export function wireKey(hash: string, change: object = {}): object {
  return {
    hash,
    name: 'CI bot',
    label: 'sk-or-v1-0e6...1c96',
    disabled: false,
    limit: 50,
    limit_remaining: 50,
    limit_reset: 'monthly',
    include_byok_in_limit: false,
    usage: 0,
    usage_daily: 0,
    usage_weekly: 0,
    usage_monthly: 0,
    byok_usage: 0,
    byok_usage_daily: 0,
    byok_usage_weekly: 0,
    byok_usage_monthly: 0,
    created_at: '2026-08-24T10:30:00Z',
    updated_at: null,
    expires_at: null,
    creator_user_id: 'user_1',
    workspace_id: '0df9e665-d932-5740-b2c7-b52af166bc11',
    ...change,
  }
}

export function failure(status: number, message = 'no'): Answer {
  return { status, body: { error: { code: status, message } } }
}

/** A hash that differs for each number. */
export function hashOf(number: number): string {
  return number.toString(16).padStart(64, '0')
}
