/**
 * The one message of a unary request, out of a half-closed stream. A gRPC message is a flag byte, four bytes of length, and the bytes.
 * The announced length is judged before anything of it is kept, so a hostile prefix costs nothing.
 */
import type { ServerHttp2Stream } from 'node:http2'
import { STATUS, StatusError } from './status.ts'

const PREFIX = 5

/** Throws `StatusError`. Never settles when the client goes away: the caller watches for that. */
export function unaryRequest(stream: ServerHttp2Stream, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      length += chunk.length
      const problem = problemOf(chunks, { length, limit })
      if (problem === null) return
      stream.removeAllListeners('data')
      reject(problem)
    })
    stream.on('end', () => {
      const whole = chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks, length)
      if (length === 0) reject(internal('the request holds no message'))
      else if (length < PREFIX || length < PREFIX + whole.readUInt32BE(1))
        reject(internal('the request ends inside its message'))
      else resolve(whole.subarray(PREFIX))
    })
  })
}

function problemOf(
  chunks: Buffer[],
  { length, limit }: { readonly length: number; readonly limit: number },
): StatusError | null {
  if (length < PREFIX) return null
  // The prefix may come in pieces.
  if ((chunks[0]?.length ?? 0) < PREFIX) chunks.splice(0, chunks.length, Buffer.concat(chunks, length))
  const [head] = chunks
  if (!head) return null
  const announced = head.readUInt32BE(1)
  if (head[0] === 1) return new StatusError(STATUS.unimplemented, 'compressed messages are not taken: send identity')
  if (head[0] !== 0) return internal(`a message begins with the flag ${head[0]}`)
  if (announced > limit)
    return new StatusError(STATUS.resourceExhausted, `a message of ${announced} bytes is over the limit of ${limit}`)
  return length > PREFIX + announced ? internal('a unary request holds more than one message') : null
}

function internal(message: string): StatusError {
  return new StatusError(STATUS.internal, message)
}
