/** A server on a real socket, with faults on demand and a memory of what it was asked. What it answers is for the service to say. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { CERTIFICATE, PRIVATE_KEY } from './vault/certificate.ts'

export interface Reply {
  readonly status: number
  /** JSON text, or nothing. */
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Asked {
  readonly method: string
  /** Decoded by the service, not here. */
  readonly path: string
  readonly query: URLSearchParams
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** Parsed; empty for none. */
  readonly json: Record<string, unknown>
}

/** What happens instead of an answer, or (`late`) after the request had its effect. */
export type Fault =
  | { readonly reply: Reply; readonly late?: boolean }
  | { readonly cut: true; readonly late?: boolean }
  | { readonly hang: true }

export interface Web {
  readonly origin: string
  readonly seen: Asked[]
  /** Asked for each request with its number, from 1. */
  fault: (asked: Asked, count: number) => Fault | null
  /** Between a request and its work, for races. */
  before: (asked: Asked) => void
  close(): void
}

export interface WebOptions {
  readonly secure?: boolean
  readonly port?: number
}

export const json = (status: number, value: unknown, headers?: Reply['headers']): Reply => ({
  status,
  body: JSON.stringify(value),
  ...(headers ? { headers } : {}),
})
export const NOTHING: Reply = { status: 204, body: '' }

/** On a free port of the loopback interface unless told. */
export async function web(
  answer: (asked: Asked) => Reply | Promise<Reply>,
  { secure = false, port = 0 }: WebOptions = {},
): Promise<Web> {
  const listener: RequestListener = (request, response) => void serve(server, answer, { request, response })
  const socket = secure ? createSecureServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, listener) : createServer(listener)
  await new Promise<void>((resolve) => socket.listen(port, '127.0.0.1', resolve))
  const at = socket.address()
  const bound = typeof at === 'object' && at !== null ? at.port : 0
  const server: Web = {
    origin: `${secure ? 'https' : 'http'}://127.0.0.1:${bound}`,
    seen: [],
    fault: () => null,
    before: () => undefined,
    close() {
      socket.closeAllConnections()
      socket.close()
    },
  }
  return server
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

async function serve(
  server: Web,
  answer: (asked: Asked) => Reply | Promise<Reply>,
  { request, response }: Exchange,
): Promise<void> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  const { method = '', url = '', headers } = request
  const { pathname: path, searchParams: query } = new URL(url, 'http://fake')
  const asked: Asked = { method, path, query, url, headers, body, json: parsed(body) }
  server.seen.push(asked)
  const fault = server.fault(asked, server.seen.length)
  if (fault !== null && 'hang' in fault) return
  server.before(asked)
  const reply = fault === null || fault.late === true ? await answer(asked) : null
  if (fault !== null && 'cut' in fault) response.destroy()
  else send(response, fault !== null && 'reply' in fault ? fault.reply : (reply ?? json(500, {})))
}

function parsed(body: string): Record<string, unknown> {
  try {
    const value = JSON.parse(body)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

function send(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(body)
}
