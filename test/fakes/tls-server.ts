/** A server whose certificate nobody vouches for. */
import { createServer } from 'node:https'
import { CERTIFICATE, PRIVATE_KEY } from './vault/certificate.ts'

export interface TlsServer {
  readonly address: string
  close(): void
}

export async function tlsServer(): Promise<TlsServer> {
  const server = createServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, (_, response) => void response.end('{}'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  const at = server.address()
  return {
    address: `https://127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}`,
    close: () => server.close(),
  }
}
