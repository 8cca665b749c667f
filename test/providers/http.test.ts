import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { systemClock } from '../../src/io/clock.ts'
import { fingerprintOf, sha256Hex, sha256OfSecret } from '../../src/io/digest.ts'
import { jittered, retryAfterMillis } from '../../src/io/http/backoff.ts'
import { parseHttpDate, skewOf } from '../../src/io/http/date.ts'
import { type HttpClient, type HttpOptions, httpClient } from '../../src/io/http.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function client(serve: RequestListener, tuning: Partial<HttpOptions> = {}): Promise<HttpClient> {
  const server = createServer(serve)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return httpClient({ origin, connections: 2, timeoutMillis: 2_000, ...tuning })
}

const GET = { method: 'GET', path: '/' } as const

describe('the HTTP client', () => {
  it('gives status, headers and text', async () => {
    const http = await client((_, response) => response.writeHead(418, { 'X-Note': 'tea' }).end('short and stout ✓'))
    const answer = await http.send(GET)
    expect(answer).toMatchObject({ kind: 'answer', status: 418, body: 'short and stout ✓' })
    expect(answer.kind === 'answer' && [answer.header('x-note'), answer.header('x-none')]).toEqual(['tea', null])
  })

  it('asks for plain JSON and names itself', async () => {
    const http = await client((request, response) => response.end(JSON.stringify(request.headers)))
    const answer = await http.send({ ...GET, bearer: Secret.of('s3cret') })
    expect(answer.kind === 'answer' && JSON.parse(answer.body)).toMatchObject({
      accept: 'application/json',
      'accept-encoding': 'identity',
      'user-agent': 'keywright',
      authorization: 'Bearer s3cret',
    })
  })

  it('gives up an answer that is too large', async () => {
    const http = await client((_, response) => response.end('x'.repeat(100_001)), { maxBytes: 100_000 })
    expect(await http.send(GET)).toEqual({ kind: 'failed', reason: 'the answer is too large' })
  })

  it('follows no redirect', async () => {
    let requests = 0
    const http = await client((_, response) => {
      requests += 1
      response.writeHead(302, { location: '/elsewhere' }).end()
    })
    expect(await http.send(GET)).toMatchObject({ status: 302 })
    expect(requests).toBe(1)
  })

  it.each<[string, RequestListener]>([
    ['that never begins', () => undefined],
    ['that never ends', (_, response) => void response.writeHead(200).write('{"data":')],
    ['that trickles', (_, response) => trickle(response.writeHead(200))],
  ])('gives up an answer %s', async (_, serve) => {
    const http = await client(serve, { timeoutMillis: 80 })
    expect(await http.send(GET)).toEqual({ kind: 'failed', reason: 'no answer in time' })
  })

  it('keeps connections for later requests', async () => {
    const ports = new Set<number | undefined>()
    const http = await client((request, response) => {
      ports.add(request.socket.remotePort)
      response.end('{}')
    })
    for (let sent = 0; sent < 8; sent++) await http.send(GET)
    expect(ports.size).toBeLessThanOrEqual(2)
  })

  it('tells a failure by its code, without a word of the request', async () => {
    const http = httpClient({ origin: 'http://127.0.0.1:1', connections: 1, timeoutMillis: 1_000 })
    expect(await http.send(GET)).toEqual({ kind: 'failed', reason: 'connection failed (ECONNREFUSED)' })
    const broken = await http.send({ ...GET, bearer: Secret.of('two\nlines') })
    expect(broken).toEqual({ kind: 'failed', reason: 'connection failed (UND_ERR_INVALID_ARG)' })
  })

  it('closes its connections', async () => {
    const http = await client((_, response) => response.end('{}'))
    await http.send(GET)
    await http.close()
    expect((await http.send(GET)).kind).toBe('failed')
  })
})

function trickle(response: { write(text: string): unknown; destroyed: boolean }): void {
  const timer = setInterval(() => (response.destroyed ? clearInterval(timer) : response.write(' ')), 10)
  timer.unref()
}

describe('back-off', () => {
  it('has full jitter below an exponential bound with a cap', () => {
    expect([1, 2, 3, 4].map((attempt) => jittered(attempt, () => 1))).toEqual([500, 1_000, 2_000, 4_000])
    expect(jittered(30, () => 1)).toBe(20_000)
    expect(jittered(4, () => 0.25)).toBe(1_000)
    expect(jittered(4, () => 0)).toBe(0)
  })

  it.each<[string | null, number | null]>([
    [null, null],
    ['', null],
    ['0', 0],
    [' 12 ', 12_000],
    ['0.25', 250],
    ['-1', null],
    ['1e9', null],
    ['Thu, 01 Jan 1970 00:00:09 GMT', 8_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ])('reads Retry-After %j as %s', (header, millis) => {
    expect(retryAfterMillis(header, 1_000)).toBe(millis)
  })
})

describe('the skew of a Date header', () => {
  const date = 'Sun, 22 Nov 2026 10:00:00 GMT'
  const ten = Date.parse('2026-11-22T10:00:00Z')

  it.each([
    ['of the same second', ten + 300, ten + 400, 0],
    ['that may still be ours', ten + 990, ten + 1_500, 0],
    ['ahead', ten - 60_000, ten - 60_000, 60_500],
    ['behind', ten + 60_000, ten + 60_200, -59_600],
  ])('%s is measured in the middle of the request', (_, sentAt, receivedAt, skew) => {
    expect(skewOf({ date, sentAt, receivedAt })).toBe(skew)
  })

  it('is nothing where there is no date', () => {
    expect(skewOf({ date: null, sentAt: 0, receivedAt: 0 })).toBe(0)
    expect(skewOf({ date: '12', sentAt: 0, receivedAt: 0 })).toBe(0)
    expect(parseHttpDate('2026')).toBeNull()
  })
})

describe('digests', () => {
  it('are SHA-256 of the UTF-8 bytes', () => {
    const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    expect(sha256Hex('abc')).toBe(abc)
    expect(sha256OfSecret(Secret.of('abc'))).toBe(abc)
    expect(fingerprintOf(new Uint8Array([97, 98, 99]))).toBe(`sha256:${abc}`)
    expect(fingerprintOf('é')).toBe(fingerprintOf(new Uint8Array([0xc3, 0xa9])))
  })
})

describe('the system clock', () => {
  it('sleeps at least as long as asked', async () => {
    const from = performance.now()
    await systemClock.sleep(15)
    expect(performance.now() - from).toBeGreaterThan(13)
  })

  it('wakes without error when aborted, before and during a sleep of months', async () => {
    await systemClock.sleep(10_000_000_000, AbortSignal.abort())
    const sleeper = new AbortController()
    const slept = systemClock.sleep(10_000_000_000, sleeper.signal)
    sleeper.abort()
    await slept
    expect(sleeper.signal.aborted).toBe(true)
  })

  it('does not wake at once from a sleep longer than a timer can be', async () => {
    const sleeper = new AbortController()
    const slept = systemClock.sleep(2 ** 40, sleeper.signal).then(() => 'awake')
    const pause = new Promise((resolve) => setTimeout(() => resolve('asleep'), 15))
    expect(await Promise.race([slept, pause])).toBe('asleep')
    sleeper.abort()
    await slept
  })
})
