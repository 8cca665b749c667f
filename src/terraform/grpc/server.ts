/**
 * gRPC over HTTP/2, server side: unary methods, and streams that are held open until the end. It knows bytes and statuses, and nothing
 * of Terraform or of keys.
 *
 * Every stream ends with a status, whatever comes in: a method that is not there, bad frames, a message over the limit or none at all,
 * a deadline that passes, an exception. A client that resets its stream aborts the signal of its method. Flow control is Node's own: a
 * large answer waits in the stream for the client's window, and requests are read as they come, up to the limit.
 *
 * Not taken: @grpc/grpc-js. terraform starts the provider three to six times for each command, and that package takes as long to load as all
 * the rest. It is the peer in the tests.
 */
import type { Http2Server, IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import { constants } from 'node:http2'
import type { Server } from 'node:net'
import { defectWords } from '../../core/defect.ts'
import { STATUS, StatusError } from './status.ts'
import { millisOf } from './timeout.ts'
import { unaryRequest } from './unary-request.ts'

export interface UnaryCall {
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** `unary`: one message in, one out; a thrown `StatusError` is the answer. `held`: open, silent, and ended with OK by `close()`. */
export type GrpcMethod = UnaryMethod | { readonly kind: 'held' }

interface UnaryMethod {
  readonly kind: 'unary'
  readonly run: (request: Buffer, call: UnaryCall) => Promise<Uint8Array>
}

export interface GrpcOptions {
  /** By path, `/package.Service/Method`; `null` when there is none. */
  readonly method: (path: string) => GrpcMethod | null
  /** Most bytes of one message, either way. */
  readonly limit: number
  /** Told of what is the program's own fault, with its stack. */
  readonly onFault: (path: string, error: unknown) => void
  /** Where connections come from, when the HTTP/2 server does not listen itself. */
  readonly listener?: Server
}

export interface GrpcServer {
  /** Ends held streams, lets calls that run finish, and closes all connections; after `patience` ms they are cut. */
  close(patience: number): Promise<void>
}

/** Room for answers that wait in the window of a slow client; Node's default of 10 MB turns new calls away. */
export const HTTP2_OPTIONS = {
  maxSessionMemory: 1024,
  settings: { initialWindowSize: 4 * 1024 * 1024, maxConcurrentStreams: 1000, enablePush: false },
}

const ANSWER = { ':status': 200, 'content-type': 'application/grpc' } as const

export function grpcServer(server: Http2Server, options: GrpcOptions): GrpcServer {
  const sessions = new Set<ServerHttp2Session>()
  const held = new Set<ServerHttp2Stream>()
  server.on('session', (session) => {
    sessions.add(session)
    session.on('error', () => {})
    session.on('close', () => sessions.delete(session))
  })
  server.on('sessionError', () => {})
  server.on('stream', (stream, headers) => {
    // A reset is told by `close`.
    stream.on('error', () => {})
    const refusal = httpRefusal(headers)
    if (refusal !== null) return refuse(stream, refusal)
    void serve(stream, { path: headers[':path'] ?? '', timeout: headers['grpc-timeout'], options, held })
  })
  return { close: (patience) => close({ listener: options.listener ?? server, sessions, held, patience }) }
}

/** What is not gRPC at all is answered in HTTP. */
function httpRefusal(headers: IncomingHttpHeaders): number | null {
  if (headers[':method'] !== 'POST') return 405
  return /^application\/grpc(?:$|[+;])/.test(headers['content-type'] ?? '') ? null : 415
}

function refuse(stream: ServerHttp2Stream, status: number): void {
  stream.respond({ ':status': status }, { endStream: true })
  stopReading(stream)
}

function hold(stream: ServerHttp2Stream, held: Set<ServerHttp2Stream>): void {
  held.add(stream)
  stream.on('close', () => held.delete(stream))
  stream.respond(ANSWER, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.resume()
}

interface Call {
  readonly path: string
  readonly timeout: string | string[] | undefined
  readonly options: GrpcOptions
  readonly held: Set<ServerHttp2Stream>
}

async function serve(stream: ServerHttp2Stream, call: Call): Promise<void> {
  const { path, options } = call
  try {
    const method = options.method(path)
    if (method === null) throw new StatusError(STATUS.unimplemented, `there is no method ${path}`)
    if (method.kind === 'held') hold(stream, call.held)
    else await answer(stream, method.run, call)
  } catch (error) {
    if (!(error instanceof StatusError)) options.onFault(path, error)
    end(stream, error)
  }
}

async function answer(stream: ServerHttp2Stream, run: UnaryMethod['run'], { timeout, options }: Call): Promise<void> {
  const gone = departure()
  stream.on('close', gone.happens)
  const timer = deadline(timeout, () => {
    end(stream, new StatusError(STATUS.deadlineExceeded, 'the deadline of the call passed'))
    gone.happens()
  })
  try {
    const request = await unaryRequest(stream, options.limit)
    const response = await run(request, gone)
    if (response.length > options.limit)
      throw new StatusError(
        STATUS.resourceExhausted,
        `an answer of ${response.length} bytes is over the limit of ${options.limit}`,
      )
    succeed(stream, response)
  } finally {
    clearTimeout(timer)
  }
}

/** A signal costs more than all the rest of a short call: it is made for who asks, and an aborted one only while the call runs. */
function departure(): UnaryCall & { happens(): void } {
  let controller: AbortController | undefined
  let isGone = false
  return {
    get signal() {
      controller ??= new AbortController()
      if (isGone) controller.abort()
      return controller.signal
    },
    happens() {
      isGone = true
      controller?.abort()
    },
  }
}

function deadline(timeout: string | string[] | undefined, onPassed: () => void): NodeJS.Timeout | undefined {
  const millis = millisOf(`${timeout ?? ''}`)
  return millis === null ? undefined : setTimeout(onPassed, millis)
}

function isOver(stream: ServerHttp2Stream): boolean {
  return stream.closed || stream.destroyed || stream.headersSent
}

function succeed(stream: ServerHttp2Stream, response: Uint8Array): void {
  if (isOver(stream)) return
  stream.respond(ANSWER, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(response.length, 1)
  if (response.length < 16_384) stream.end(Buffer.concat([prefix, response]))
  else {
    stream.write(prefix)
    stream.end(response)
  }
}

/** Only trailers, which is how gRPC says that there is no answer. */
function end(stream: ServerHttp2Stream, error: unknown): void {
  if (isOver(stream)) return
  const status = error instanceof StatusError ? error.status : STATUS.internal
  const message = error instanceof StatusError ? error.message : `a defect of this provider: ${defectWords(error)}`
  stream.respond(
    { ...ANSWER, 'grpc-status': `${status}`, 'grpc-message': percentEncoded(message) },
    { endStream: true },
  )
  stopReading(stream)
}

/** Tells a client that still sends that nobody reads on. */
function stopReading(stream: ServerHttp2Stream): void {
  if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR)
}

/** All but printable ASCII, and `%` itself; cut, since headers have a limit too. */
function percentEncoded(message: string): string {
  const text = message.slice(0, 1000).replace(/\p{Surrogate}/gu, '?')
  return text.replace(/[^\x20-\x24\x26-\x7e]+/g, encodeURIComponent)
}

interface Closing {
  readonly listener: Server
  readonly sessions: ReadonlySet<ServerHttp2Session>
  readonly held: ReadonlySet<ServerHttp2Stream>
  readonly patience: number
}

function close({ listener, sessions, held, patience }: Closing): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      for (const session of sessions) session.destroy()
    }, patience)
    listener.close(() => {
      clearTimeout(timer)
      resolve()
    })
    for (const stream of held) stream.end()
    for (const session of sessions) session.close()
  })
}
