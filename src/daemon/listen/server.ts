/**
 * A small read-only server: page, status, health, metrics; and one way in, the signed webhook, which can only say "look now".
 *
 * Answers are made from the view of the last round; no request causes one at the key API. On this machine's own addresses, names of others
 * are refused in `Host`, so that no web page can read them through a name that leads here.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isLoopback } from '../../core/config/url.ts'
import { KeywrightError } from '../../core/diagnostic.ts'
import type { View } from '../loop.ts'
import { metrics } from './metrics.ts'
import { answer, type Reply } from './routes.ts'
import type { ListenAt, Window, WindowOptions } from './window.ts'

const MOST_BODY = 1 << 20

export async function listen(options: WindowOptions & ListenAt): Promise<Window> {
  const { shell, waker, log, host, port, ref } = options
  const gauges = await metrics(shell.version)
  let view: View | null = null
  let secretSources: Parameters<typeof answer>[1]['webhook'] = null
  const isLocal = isLoopback(host.includes(':') ? `[${host}]` : host)
  const server = createServer((request, response) => {
    void respond(request, response).catch(() => response.destroy())
  })
  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (isLocal && !isOwnName(request.headers.host))
      return send(response, { status: 421, type: 'text/plain', body: 'wrong host\n' })
    const body = await bodyOf(request)
    const reply = await answer(
      {
        method: request.method ?? 'GET',
        path: (request.url ?? '/').split('?')[0] ?? '/',
        headers: request.headers,
        body,
      },
      { view, now: shell.clock.now(), gauges, webhook: secretSources, ref, wake: waker.wake },
    )
    send(response, reply)
  }
  server.headersTimeout = 10_000
  server.requestTimeout = 20_000
  const bound = await bind(server, host, port)
  log.info('listening', { at: `http://${host.includes(':') ? `[${host}]` : host}:${bound}/` })
  if (!isLocal) log.warn('everybody who can reach this address sees names, owners and spend of all keys')
  return {
    show(next, ended) {
      view = next
      gauges.note(next, ended)
      const project = ended.past.project
      secretSources = project
        ? { sources: project.config.loop.webhookSecret, around: { root: project.root, env: shell.env } }
        : null
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

function isOwnName(header: string | undefined): boolean {
  const name = (header ?? '').replace(/:\d+$/, '').toLowerCase()
  return isLoopback(name)
}

function bind(server: Server, host: string, port: number): Promise<number> {
  return new Promise((done, fail) => {
    server.once('error', () =>
      fail(
        new KeywrightError('LOOP_LISTEN', {
          message: `nothing can listen at ${host}:${port}`,
          hint: 'keywright reconcile --listen 127.0.0.1:0   takes a free port',
        }),
      ),
    )
    server.listen(port, host, () => {
      const address = server.address()
      done(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}

/** `null` when it is too long. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  if (request.method !== 'POST') return Buffer.alloc(0)
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue
    size += chunk.length
    if (size > MOST_BODY) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function send(response: ServerResponse, { status, type, body, headers }: Reply): void {
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    ...headers,
  })
  response.end(response.req.method === 'HEAD' ? undefined : body)
}
