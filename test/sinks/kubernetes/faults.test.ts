import { expect, test } from 'vitest'
import { status } from '../../fakes/kubernetes/secrets.ts'
import { type Fault, textAt } from '../../fakes/kubernetes/server.ts'
import { FIRST, failure, fake, stage } from './stage.ts'

const says = (code: number, headers = {}): Fault => ({ reply: { ...status(code, 'Fault', 'sk-or-v1-echo'), headers } })

/** An answer, the code of the error, what its message and its hint say, and how often it is asked for. */
const TABLE: readonly (readonly [string, Fault, string, RegExp, RegExp, number])[] = [
  ['400', says(400), 'SINK_DENIED', /answered 400/, /describe secret/, 1],
  ['401', says(401), 'SINK_DENIED', /does not know the login/, /kubectl auth whoami/, 2],
  ['403', says(403), 'SINK_DENIED', /may not get/, /create role/, 1],
  ['409', says(409), 'SINK_DENIED', /answered 409/, /describe secret/, 1],
  ['422', says(422), 'SINK_DENIED', /answered 422/, /describe secret/, 1],
  ['302', says(302, { location: 'https://elsewhere.example/' }), 'SINK_MISFIT', /no API server/, /cluster-info/, 1],
  ['429', says(429), 'SINK_UNREACHABLE', /answered 429/, /readyz/, 5],
  ['429 for longer than is waited', says(429, { 'retry-after': '3600' }), 'SINK_UNREACHABLE', /429/, /readyz/, 1],
  ['500', says(500), 'SINK_UNREACHABLE', /answered 500/, /readyz/, 5],
  ['503', says(503), 'SINK_UNREACHABLE', /answered 503/, /readyz/, 5],
  ['a cut', { cut: true }, 'SINK_UNREACHABLE', /connection failed/, /readyz/, 5],
  ['something else', { reply: { status: 200, body: '{}' } }, 'SINK_MISFIT', /unlike an API server/, /cluster-info/, 1],
]

test.each(TABLE)('tells %s', async (_, fault, code, message, hint, times) => {
  const { kube, sink, place } = await stage()
  kube.fault = () => fault
  const failures = [
    await failure(sink.preflight(place('ci/keys#k'))),
    await failure(sink.write(place('ci/keys#k'), FIRST, null)),
    await failure(sink.read(place('ci/keys#k'))),
  ]
  for (const one of failures) {
    expect(one).toEqual({ code, message: expect.stringMatching(message), hint: expect.stringMatching(hint) })
    expect(`${one.message} ${one.hint}`).not.toContain('sk-or')
  }
  expect(kube.seen).toHaveLength(3 * times)
})

test('gives up on silence, and tells an authority that is not trusted', async () => {
  const { kube, sink, place } = await stage({ timeoutMillis: 60 })
  kube.fault = () => ({ hang: true })
  expect((await failure(sink.read(place('ci/keys#k')))).message).toBe('the sink here: no answer in time')
  const { sink: secure } = await stage({}, await fake({ secure: true }))
  expect(await failure(secure.read(place('ci/keys#k')))).toMatchObject({
    code: 'SINK_UNREACHABLE',
    message: expect.stringMatching(/connection failed \(UNABLE_TO_VERIFY/),
    hint: 'certificate-authority: in the kubeconfig, or caFile',
  })
})

test('comes through an answer that is lost once at every step', async () => {
  const { kube, sink, place } = await stage()
  const lost = new Set<string>()
  kube.fault = ({ method, body }) => {
    const step = `${method} ${body}`
    if (lost.has(step)) return null
    lost.add(step)
    return { cut: true, late: true }
  }
  await sink.write(place('ci/keys#k'), FIRST, null)
  expect(textAt(kube, 'ci/keys', 'k')).toBe(FIRST.expose())
})

test('puts no secret into addresses or into itself', async () => {
  const { kube, sink, place } = await stage()
  await sink.write(place('ci/keys#k'), FIRST, null)
  const all = `${kube.seen.map(({ url }) => url).join()} ${JSON.stringify(sink)}`
  expect(all).not.toMatch(/sk-or|c2stb3It/)
})
