/** A server of ours on a Unix socket, and two clients of it: the official one for Node, and bare HTTP/2 for what that one would never send. */
import { mkdtemp, rm } from 'node:fs/promises'
import { type ClientHttp2Session, connect, createServer } from 'node:http2'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, credentials, type ServiceError } from '@grpc/grpc-js'
import { type GrpcMethod, type GrpcServer, grpcServer, HTTP2_OPTIONS } from '../../src/terraform/grpc/server.ts'

export interface Peer {
  readonly server: GrpcServer
  readonly client: Client
  readonly socket: string
  /** What the server called its own fault. */
  readonly faults: string[]
  raw(): ClientHttp2Session
  remove(): Promise<void>
}

export async function startPeer(methods: Readonly<Record<string, GrpcMethod>>, limit = 1024 * 1024): Promise<Peer> {
  const folder = await mkdtemp(join(tmpdir(), 'kw-grpc-'))
  const socket = join(folder, 's')
  const http2 = createServer(HTTP2_OPTIONS)
  const faults: string[] = []
  const server = grpcServer(http2, {
    method: (path) => methods[path] ?? null,
    limit,
    onFault: (path, error) => faults.push(`${path}: ${String(error)}`),
  })
  await new Promise<void>((resolve) => http2.listen(socket, resolve))
  const sizes = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 }
  const client = new Client(`unix://${socket}`, credentials.createInsecure(), sizes)
  const sessions: ClientHttp2Session[] = []
  return {
    server,
    client,
    socket,
    faults,
    raw: () => {
      const session = connect('http://localhost', { createConnection: () => createConnection(socket) })
      session.on('error', () => {})
      sessions.push(session)
      return session
    },
    async remove() {
      client.close()
      for (const session of sessions) session.destroy()
      await server.close(100)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export type Answer = { readonly status: number; readonly message: string; readonly body: Buffer | null }

const SAME = (bytes: Buffer): Buffer => bytes

/** `millis`: deadline. */
export function ask(client: Client, path: string, body: Buffer, millis?: number): Promise<Answer> {
  const options = millis === undefined ? {} : { deadline: Date.now() + millis }
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, SAME, SAME, body, options, (error: ServiceError | null, value?: Buffer) =>
      resolve({ status: error?.code ?? 0, message: error?.details ?? '', body: value ?? null }),
    )
  })
}

export interface RawAnswer {
  readonly http: number
  readonly status: number | null
  readonly message: string
  readonly body: Buffer
}

/** Bytes as they are, in the pieces given, on a stream of their own. */
export function send(
  session: ClientHttp2Session,
  path: string,
  pieces: readonly Buffer[],
  headers = {},
): Promise<RawAnswer> {
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  })
  return new Promise((resolve) => {
    let seen: Record<string, unknown> = {}
    const chunks: Buffer[] = []
    stream.on('error', () => {})
    stream.on('response', (head) => {
      seen = { ...seen, ...head }
    })
    stream.on('trailers', (tail) => {
      seen = { ...seen, ...tail }
    })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('close', () =>
      resolve({
        http: Number(seen[':status'] ?? 0),
        status: seen['grpc-status'] === undefined ? null : Number(seen['grpc-status']),
        message: decodeURIComponent(String(seen['grpc-message'] ?? '')),
        body: Buffer.concat(chunks),
      }),
    )
    for (const piece of pieces) stream.write(piece)
    stream.end()
  })
}

export function framed(body: Buffer, flag = 0, announced = body.length): Buffer {
  const head = Buffer.alloc(5)
  head[0] = flag
  head.writeUInt32BE(announced, 1)
  return Buffer.concat([head, body])
}
