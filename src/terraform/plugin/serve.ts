/** What answers behind the handshake line: HTTP/2, gRPC, the services of a plugin and the methods of a provider. */
import { createSecureServer, createServer } from 'node:http2'
import type { Server, Socket } from 'node:net'
import { type GrpcServer, grpcServer, HTTP2_OPTIONS } from '../grpc/server.ts'
import { providerMethods } from '../server/dispatch.ts'
import type { Log, Provider } from '../server/provider.ts'
import { panicText } from './log.ts'
import { pluginServices } from './services.ts'

/** PEM of both sides: terraform's certificate is the only one that is taken. */
export interface Tls {
  readonly cert: string
  readonly key: string
  readonly ca: string
}

export interface Serving {
  /** Takes connections, and keeps them from being read until `connected` has them. */
  readonly listener: Server
  readonly tls: Tls | null
  readonly log: Log
  readonly onShutdown: () => void
}

export interface Served extends GrpcServer {
  connected(socket: Socket): void
}

export type Serve = (serving: Serving) => Served

export const MESSAGE_LIMIT = 256 * 1024 * 1024

export function serve(provider: Provider, { listener, tls, log, onShutdown }: Serving): Served {
  const server = tls
    ? createSecureServer({ ...HTTP2_OPTIONS, ...tls, requestCert: true, rejectUnauthorized: true, allowHTTP1: false })
    : createServer(HTTP2_OPTIONS)
  const stopping = new AbortController()
  const methods = new Map([
    ...providerMethods(provider, { stopping: stopping.signal, log }),
    ...pluginServices({ onShutdown, onStop: () => stopping.abort() }),
  ])
  const { close } = grpcServer(server, {
    listener,
    method: (path) => methods.get(path) ?? null,
    limit: MESSAGE_LIMIT,
    onFault: (path, error) => log('error', `${path}: ${panicText(error)}`),
  })
  return {
    close,
    connected(socket) {
      server.emit('connection', socket)
      // TLS begins to read by itself.
      if (!tls) socket.resume()
    },
  }
}
