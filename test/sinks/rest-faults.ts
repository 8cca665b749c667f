/** What any REST service, or the way to it, can answer, and what every sink over one makes of it. */
import { expect, it } from 'vitest'
import type { PlaceAt, SecretSink } from '../../src/ports/secret-sink.ts'
import type { LeapingClock } from '../fakes/key-apis.ts'
import type { Fault, Web } from '../fakes/web.ts'

export interface Scene {
  readonly server: Web
  readonly sink: SecretSink
  readonly clock: LeapingClock
  readonly place: PlaceAt
}

export type Answers = readonly (readonly [
  string,
  Fault,
  { readonly code: string; readonly message: RegExp; readonly hint: RegExp; readonly tries: number },
])[]

const SAYS = JSON.stringify({ message: 'could not store sk-or-v1-first-0123456789' })
export const reply = (status: number, headers: Record<string, string> = {}): Fault => ({
  reply: { status, body: SAYS, headers },
})

/** The same everywhere: it may get better, so it is tried again, five times in all. */
export const PASSING: Answers = [
  ['429', reply(429), { code: 'SINK_UNREACHABLE', message: /429: too many requests/, hint: /apply/, tries: 5 }],
  [
    '429 for longer than is waited',
    reply(429, { 'retry-after': '3600' }),
    { code: 'SINK_UNREACHABLE', message: /429/, hint: /apply/, tries: 1 },
  ],
  ['500', reply(500), { code: 'SINK_UNREACHABLE', message: /answered 500/, hint: /apply/, tries: 5 }],
  ['503', reply(503), { code: 'SINK_UNREACHABLE', message: /answered 503/, hint: /apply/, tries: 5 }],
  ['a cut', { cut: true }, { code: 'SINK_UNREACHABLE', message: /connection failed/, hint: /apply/, tries: 5 }],
  ['silence', { hang: true }, { code: 'SINK_UNREACHABLE', message: /no answer in time/, hint: /apply/, tries: 5 }],
  [
    '301',
    reply(301, { location: 'https://elsewhere.example/' }),
    { code: 'SINK_MISFIT', message: /moved elsewhere/, hint: /new name/, tries: 1 },
  ],
]

/** Registers a test for each row: the preflight of a new scene meets that answer. */
export function meets(table: Answers, scene: () => Promise<Scene>): void {
  it.each(table)('%s says what happened and what to type, and repeats nothing of it', async (_, fault, expected) => {
    const { server, sink, place } = await scene()
    server.fault = () => fault
    const error = await sink.preflight(place).then(
      () => null,
      (thrown) => thrown,
    )
    expect(error).toMatchObject({
      code: expected.code,
      message: expect.stringMatching(expected.message),
      hint: expect.stringMatching(expected.hint),
    })
    expect(server.seen).toHaveLength(expected.tries)
    expect(`${error.message} ${error.hint} ${error.stack} ${JSON.stringify(error)}`).not.toContain('sk-or-v1')
    expect(server.seen.map(({ url }) => url).join()).not.toContain('sk-or-v1')
  })
}

/** Registers: a fault that passes makes one write of it, and one that stays changes nothing. */
export function outlasts(scene: () => Promise<Scene>, write: (scene: Scene) => Promise<unknown>): void {
  it.each([[reply(500)], [reply(429)], [{ cut: true } as const], [{ cut: true, late: true } as const]])(
    'a write outlasts %j, whether or not it had its effect',
    async (fault) => {
      const one = await scene()
      const faulty = new Map<string, number>()
      one.server.fault = ({ method, path }) => {
        const times = (faulty.get(`${method} ${path}`) ?? 0) + 1
        faulty.set(`${method} ${path}`, times)
        return times <= 2 ? fault : null
      }
      await write(one)
    },
  )

  it('waits as long as it is asked to', async () => {
    const one = await scene()
    let left = 1
    one.server.fault = () => (left-- > 0 ? reply(429, { 'retry-after': '7' }) : null)
    await write(one)
    expect(one.clock.sleeps).toEqual([7000])
  })
}
