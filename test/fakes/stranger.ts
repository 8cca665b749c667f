/** Somebody who listens on this machine and should hear nothing. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

export interface Stranger {
  readonly port: number
  readonly url: string
  /** Bytes and connections that came, ever. */
  heard(): { readonly connections: number; readonly bytes: number }
  close(): Promise<void>
}

export async function stranger(): Promise<Stranger> {
  const sockets = new Set<Socket>()
  const tally = { connections: 0, bytes: 0 }
  const server = createServer((socket) => {
    tally.connections += 1
    sockets.add(socket)
    socket.on('data', (chunk) => {
      tally.bytes += chunk.length
      // A friendly answer, so that whoever calls goes on talking.
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}')
    })
    socket.on('error', () => undefined)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    heard: () => ({ ...tally }),
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
