/** A server that takes whatever is sent and keeps it: a Slack webhook, a receiver of signed requests, a heartbeat. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Got {
  readonly path: string
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Receiver {
  readonly origin: string
  readonly got: Got[]
  /** Status of the next answers. */
  status: number
  /** Bodies that came to a path. */
  at(path: string): readonly string[]
  close(): Promise<void>
}

const open = new Set<Receiver>()

export async function aReceiver(): Promise<Receiver> {
  const got: Got[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { url = '', method = '', headers } = request
      got.push({ path: url, method, headers, body: Buffer.concat(chunks).toString('utf8') })
      response.writeHead(receiver.status).end('ok')
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const receiver: Receiver = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    got,
    status: 200,
    at: (path) => got.filter((one) => one.path === path).map(({ body }) => body),
    close: () =>
      new Promise((done) => {
        open.delete(receiver)
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
  open.add(receiver)
  return receiver
}

export async function closeReceivers(): Promise<void> {
  for (const one of open) await one.close()
}
