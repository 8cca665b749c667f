/** The transport against the official client, and against bytes that no client sends. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { GrpcMethod } from '../../src/terraform/grpc/server.ts'
import { STATUS, StatusError } from '../../src/terraform/grpc/status.ts'
import { millisOf } from '../../src/terraform/grpc/timeout.ts'
import { ask, framed, type Peer, send, startPeer } from './grpc-peer.ts'

const MIB = 1024 * 1024
const LIMIT = 8 * MIB
const aborted: string[] = []

const unary = (run: Extract<GrpcMethod, { kind: 'unary' }>['run']): GrpcMethod => ({ kind: 'unary', run })

const METHODS: Readonly<Record<string, GrpcMethod>> = {
  '/t/Echo': unary(async (request) => request),
  '/t/Large': unary(async (request) => Buffer.alloc(request.readUInt32BE(0), 7)),
  '/t/Refuse': unary(async () => {
    throw new StatusError(STATUS.invalidArgument, 'no: 100 % "späße"\n\ud800')
  }),
  '/t/Fault': unary(async () => {
    throw new TypeError('no key, but sk-or-v1-0123456789abcdef')
  }),
  '/t/Never': unary(
    (request, { signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          aborted.push(request.toString())
          resolve(request)
        })
      }),
  ),
  '/t/Held': { kind: 'held' },
}

let peer: Peer
beforeAll(async () => {
  peer = await startPeer(METHODS, LIMIT)
})
afterAll(() => peer.remove())

describe('with the official client', () => {
  test('carries messages of every size up to the limit, many at once', async () => {
    const sizes = [0, 1, 5, 16_383, 16_384, 65_535, 65_536, MIB, LIMIT]
    const answers = await Promise.all(sizes.map((size) => ask(peer.client, '/t/Echo', Buffer.alloc(size, size % 251))))
    answers.forEach(({ status, body }, n) => {
      expect(status).toBe(0)
      expect(body?.equals(Buffer.alloc(sizes[n] ?? 0, (sizes[n] ?? 0) % 251))).toBe(true)
    })
  })

  test('refuses a request and an answer over the limit, and goes on', async () => {
    expect(await ask(peer.client, '/t/Echo', Buffer.alloc(LIMIT + 1))).toMatchObject({
      status: STATUS.resourceExhausted,
    })
    const size = Buffer.alloc(4)
    size.writeUInt32BE(LIMIT + 1)
    expect(await ask(peer.client, '/t/Large', size)).toMatchObject({ status: STATUS.resourceExhausted })
    expect(await ask(peer.client, '/t/Echo', Buffer.from('on'))).toMatchObject({ status: 0 })
  })

  test('answers an unknown method with UNIMPLEMENTED, and an exception with INTERNAL', async () => {
    expect(await ask(peer.client, '/t/Newer', Buffer.from('x'))).toMatchObject({ status: STATUS.unimplemented })
    expect(await ask(peer.client, '/t/Fault', Buffer.from('x'))).toMatchObject({
      status: STATUS.internal,
      message: 'a defect of this provider: TypeError',
    })
    expect(peer.faults).toEqual(['/t/Fault: TypeError: no key, but sk-or-v1-0123456789abcdef'])
  })

  test('carries a message of any characters in a status', async () => {
    expect(await ask(peer.client, '/t/Refuse', Buffer.from('x'))).toMatchObject({
      status: STATUS.invalidArgument,
      message: 'no: 100 % "späße"\n?',
    })
  })

  test('ends a call at its deadline and tells the method', async () => {
    const { status } = await ask(peer.client, '/t/Never', Buffer.from('deadline'), 50)
    expect(status).toBe(STATUS.deadlineExceeded)
    await expect.poll(() => aborted).toContain('deadline')
  })

  test('tells a method that its caller went away', async () => {
    const call = peer.client.makeUnaryRequest(
      '/t/Never',
      (b: Buffer) => b,
      (b: Buffer) => b,
      Buffer.from('cancelled'),
      () => {},
    )
    await new Promise((resolve) => setTimeout(resolve, 50))
    call.cancel()
    await expect.poll(() => aborted).toContain('cancelled')
  })

  test('holds a stream open until the server closes, and ends it with OK', async () => {
    const other = await startPeer(METHODS)
    const call = other.client.makeServerStreamRequest(
      '/t/Held',
      (b: Buffer) => b,
      (b: Buffer) => b,
      Buffer.from('x'),
    )
    call.on('data', () => {})
    const status = new Promise((resolve) => call.on('status', ({ code }) => resolve(code)))
    await new Promise((resolve) => call.on('metadata', resolve))
    await other.server.close(1000)
    expect(await status).toBe(0)
    await other.remove()
  })

  test('lets a call that runs finish when the server closes', async () => {
    let release = (): void => {}
    const waiting = new Promise<void>((resolve) => {
      release = resolve
    })
    const other = await startPeer({
      '/t/Slow': unary(async (request) => {
        await waiting
        return request
      }),
    })
    const answer = ask(other.client, '/t/Slow', Buffer.from('late'))
    await new Promise((resolve) => setTimeout(resolve, 50))
    const closed = other.server.close(5000)
    release()
    expect(await answer).toMatchObject({ status: 0 })
    await closed
    await other.remove()
  })
})

describe('with bytes that no client sends', () => {
  const cases: readonly (readonly [what: string, pieces: readonly Buffer[], status: number])[] = [
    ['no message at all', [], STATUS.internal],
    ['half a prefix', [Buffer.from([0, 0])], STATUS.internal],
    ['a message that ends early', [framed(Buffer.from('abc'), 0, 10)], STATUS.internal],
    ['two messages', [framed(Buffer.from('a')), framed(Buffer.from('b'))], STATUS.internal],
    ['a compressed message', [framed(Buffer.from('abc'), 1)], STATUS.unimplemented],
    ['a flag that does not exist', [framed(Buffer.from('abc'), 2)], STATUS.internal],
    ['a length of four gigabytes', [framed(Buffer.from('abc'), 0, 0xffffffff)], STATUS.resourceExhausted],
    ['a prefix in pieces', [...framed(Buffer.from('ok'))].map((byte) => Buffer.from([byte])), STATUS.ok],
  ]
  test.each(cases)('%s', async (_, pieces, status) => {
    expect(await send(peer.raw(), '/t/Echo', pieces)).toMatchObject({ http: 200, status })
  })

  test('refuses in HTTP what is no gRPC', async () => {
    expect(await send(peer.raw(), '/t/Echo', [], { 'content-type': 'text/html' })).toMatchObject({ http: 415 })
    expect(await send(peer.raw(), '/t/Echo', [], { ':method': 'PUT' })).toMatchObject({ http: 405 })
  })

  test('stops reading a message that is too long, instead of taking it in', async () => {
    const session = peer.raw()
    const stream = session.request({ ':method': 'POST', ':path': '/t/Echo', 'content-type': 'application/grpc' })
    stream.on('error', () => {})
    const status = new Promise((resolve) => stream.on('response', (head) => resolve(head['grpc-status'])))
    stream.write(framed(Buffer.alloc(0), 0, LIMIT + 1))
    expect(await status).toBe(`${STATUS.resourceExhausted}`)
    await new Promise((resolve) => stream.on('close', resolve))
  })

  test('gives every stream a status, whatever bytes come in, and still answers afterwards', async () => {
    const session = peer.raw()
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }), async (pieces) => {
        const { http, status } = await send(
          session,
          '/t/Echo',
          pieces.map((piece) => Buffer.from(piece)),
        )
        expect(http).toBe(200)
        expect([STATUS.ok, STATUS.internal, STATUS.unimplemented, STATUS.resourceExhausted]).toContain(status)
      }),
      { numRuns: process.env.SLOW === '1' ? 5000 : 300 },
    )
    expect(await ask(peer.client, '/t/Echo', Buffer.from('still'))).toMatchObject({ status: 0 })
  })

  test('survives connections that are no HTTP/2', async () => {
    const { createConnection } = await import('node:net')
    const shot = (bytes: Uint8Array): Promise<void> =>
      new Promise((resolve) => {
        const socket = createConnection(peer.socket, () => socket.end(bytes))
        socket.on('error', () => {})
        socket.resume()
        socket.on('close', () => resolve())
      })
    const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), fc.boolean(), async (bytes, isGreeted) => {
        await shot(isGreeted ? Buffer.concat([preface, bytes]) : bytes)
      }),
      { numRuns: process.env.SLOW === '1' ? 3000 : 200 },
    )
    expect(await ask(peer.client, '/t/Echo', Buffer.from('still'))).toMatchObject({ status: 0 })
  })
})

test('reads deadlines in every unit, and none that are no deadlines', () => {
  expect(['1H', '2M', '3S', '4m', '5000u', '99999999n', '99999999H'].map(millisOf)).toEqual([
    3_600_000,
    120_000,
    3000,
    4,
    5,
    100,
    2 ** 31 - 1,
  ])
  expect(['', '5', 'S', '-1S', '123456789S', '1x', '1S,2S'].map(millisOf)).toEqual(Array(7).fill(null))
})
