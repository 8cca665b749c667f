/** What AWS can answer instead, for both services: one table. */
import { expect, test } from 'vitest'
import { latestText } from '../../fakes/aws/parameters.ts'
import { failed } from '../../fakes/aws/reply.ts'
import { servedText } from '../../fakes/aws/secrets.ts'
import { type Fault, ROOT } from '../../fakes/aws/server.ts'
import { awsSecrets, FIRST, failure, fake, type Stage, ssm } from './stage.ts'

const SINKS = [
  ['aws-secrets-manager', awsSecrets, 'ci/a', 'secretsmanager'],
  ['aws-ssm', ssm, '/ci/a', 'ssm'],
] as const

const html: Fault = { reply: { status: 403, body: '<html>proxy</html>', headers: { 'content-type': 'text/html' } } }

/** An answer, the code of the error, what its message and its hint say, and how often it is asked for. */
const TABLE: readonly (readonly [string, Fault, string, RegExp, RegExp, number])[] = [
  ['401', { reply: failed('UnrecognizedClientException') }, 'SINK_DENIED', /expired or unknown/, /sts get-caller/, 1],
  ['an expired token', { reply: failed('ExpiredTokenException') }, 'SINK_DENIED', /expired/, /sts get-caller/, 1],
  ['a clock that is wrong', { reply: failed('InvalidSignatureException') }, 'SINK_DENIED', /clock/, /date -u/, 1],
  ['403', { reply: failed('AccessDeniedException') }, 'SINK_DENIED', /is not allowed \w+:\w+/, /"Effect": "Allow"/, 1],
  [
    '403 of KMS',
    { reply: failed('AccessDeniedException', 400, 'Access to KMS is not allowed') },
    'SINK_DENIED',
    /KMS key/,
    /kms:Decrypt/,
    1,
  ],
  ['a disabled KMS key', { reply: failed('DecryptionFailure') }, 'SINK_DENIED', /KMS key/, /must be enabled/, 1],
  ['a quota', { reply: failed('LimitExceededException') }, 'SINK_DENIED', /quota/, /service-quotas/, 1],
  ['an error nobody knows', { reply: failed('SomethingNew') }, 'SINK_DENIED', /answered SomethingNew/, /sts/, 1],
  ['429', { reply: failed('ThrottlingException', 400) }, 'SINK_UNREACHABLE', /too many requests/, /later/, 5],
  ['500', { reply: failed('InternalServiceError', 500) }, 'SINK_UNREACHABLE', /answered 500/, /later/, 5],
  ['503', { reply: failed('ServiceUnavailable', 503) }, 'SINK_UNREACHABLE', /answered 503/, /later/, 5],
  ['a proxy', html, 'SINK_UNREACHABLE', /answered 403/, /later/, 5],
  ['a cut', { cut: true }, 'SINK_UNREACHABLE', /connection failed \(ECONNRESET\)/, /later/, 5],
]

for (const [kind, open, path, service] of SINKS) {
  test.each(TABLE)(`${kind} tells %s`, async (_, fault, code, message, hint, times) => {
    const { aws, sink, place } = await open()
    aws.fault = () => fault
    const failures = [
      await failure(sink.preflight(place(path))),
      await failure(sink.write(place(path), FIRST, null)),
      await failure(sink.read(place(path))),
    ]
    for (const one of failures) {
      expect(one).toEqual({ code, message: expect.stringMatching(message), hint: expect.stringMatching(hint) })
      expect(one.message).toContain('here')
    }
    expect(aws.seen).toHaveLength(3 * times)
  })

  test(`${kind} gives up on silence, and tells an authority that is not trusted`, async () => {
    const { aws, sink, place } = await open({ timeoutMillis: 60 })
    aws.fault = () => ({ hang: true })
    expect(await failure(sink.preflight(place(path)))).toMatchObject({
      code: 'SINK_UNREACHABLE',
      message: 'the sink here: no answer in time',
    })
    const { sink: secure } = await open({}, await fake({ secure: true }))
    expect(await failure(secure.preflight(place(path)))).toMatchObject({
      code: 'SINK_UNREACHABLE',
      message: expect.stringMatching(/certificate of the endpoint is not trusted/),
      hint: expect.stringMatching(/NODE_EXTRA_CA_CERTS/),
    })
  })

  test(`${kind} tells a secret key that is wrong`, async () => {
    const { sink, place } = await open({ env: { ...ROOT, AWS_SECRET_ACCESS_KEY: 'wrong' } })
    expect((await failure(sink.preflight(place(path)))).message).toMatch(/refused the signature/)
  })

  test(`${kind} comes through an answer that is lost once at every step`, async () => {
    const { aws, sink, place } = await open()
    const lost = new Set<string>()
    aws.fault = ({ action }) => {
      if (lost.has(action)) return null
      lost.add(action)
      return { cut: true, late: true }
    }
    await sink.preflight(place(path))
    await sink.write(place(path), FIRST, null)
    expect(servedText(aws, path) ?? latestText(aws, path)).toBe(FIRST.expose())
    expect([...lost].every((action) => action.startsWith(`${service}:`))).toBe(true)
  })

  test(`${kind} puts no secret into addresses, errors or itself`, async () => {
    const stage: Stage = await open()
    const { aws, sink, place } = stage
    await sink.write(place(path), FIRST, null)
    aws.fault = ({ body }) => ({ reply: failed('SomethingNew', 400, body) })
    const error = await sink.write(place(path), FIRST, null).catch((thrown: unknown) => thrown)
    const { stack, cause } = error instanceof Error ? error : new Error()
    expect(`${stack} ${cause} ${JSON.stringify(error)} ${JSON.stringify(sink)}`).not.toContain('sk-or')
    expect(aws.seen.map(({ url }) => url).join()).not.toContain('sk-or')
  })
}
