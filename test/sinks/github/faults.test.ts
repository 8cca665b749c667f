import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { openGithub } from '../../../src/sinks/github.ts'
import { secretIn, WRITER } from '../../fakes/github/server.ts'
import { contextOf } from '../../fakes/sinks.ts'
import { AUTHORITY } from '../../fakes/vault/certificate.ts'
import { type Answers, meets, outlasts, PASSING, reply, type Scene } from '../rest-faults.ts'
import { FIRST, failure, HOME, stage } from './stage.ts'

const TABLE: Answers = [
  ...PASSING,
  ['400', reply(400), { code: 'SINK_DENIED', message: /answered 400/, hint: /explain/, tries: 1 }],
  ['401', reply(401), { code: 'SINK_DENIED', message: /token is expired/, hint: /another token/, tries: 1 }],
  ['403', reply(403), { code: 'SINK_DENIED', message: /cannot write secrets/, hint: /Secrets: write/, tries: 1 }],
  ['404', reply(404), { code: 'SINK_MISFIT', message: /no such repository/, hint: /Secrets: write/, tries: 1 }],
  ['409', reply(409), { code: 'SINK_DENIED', message: /answered 409/, hint: /explain/, tries: 1 }],
  ['422', reply(422), { code: 'SINK_DENIED', message: /does not take/, hint: /48 KB/, tries: 1 }],
  [
    'a 403 of the primary limit',
    reply(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1764000000' }),
    { code: 'SINK_UNREACHABLE', message: /403: too many/, hint: /apply/, tries: 5 },
  ],
  [
    'a 403 of the secondary limit',
    reply(403, { 'retry-after': '30' }),
    { code: 'SINK_UNREACHABLE', message: /403: too many/, hint: /apply/, tries: 5 },
  ],
]

const scene = async (): Promise<Scene> => {
  const { github, sink, clock, place } = await stage()
  return { server: github, sink, clock, place: place('acme/app#K') }
}

describe('a preflight that meets', () => meets(TABLE, scene))

describe('while GitHub is in trouble', () => {
  outlasts(scene, async ({ sink, place, server }) => {
    await sink.write(place, FIRST, null)
    const github = server as Awaited<ReturnType<typeof stage>>['github']
    expect(secretIn(github, HOME, 'K')?.value).toBe(FIRST.expose())
  })
})

describe('a server with a certificate of its own', () => {
  it('is not trusted, and that is not tried again', async () => {
    const { sink, place, github } = await stage({ web: { secure: true } })
    expect(await failure(sink.preflight(place('acme/app#K')))).toMatchObject({
      code: 'SINK_UNREACHABLE',
      hint: 'caFile: the PEM file of the authority of that server',
    })
    expect(github.seen).toEqual([])
  })

  it('is trusted through its authority', async () => {
    const { github, config, place } = await stage({ web: { secure: true } })
    const root = mkdtempSync(join(tmpdir(), 'kw-github-'))
    writeFileSync(join(root, 'ca.pem'), AUTHORITY)
    const sink = await openGithub({ ...config, caFile: 'ca.pem' }, contextOf(root, { env: { GH_TOKEN: WRITER } }))
    await sink.write(place('acme/app#K'), FIRST, null)
    expect(secretIn(github, HOME, 'K')?.value).toBe(FIRST.expose())
    await sink.close?.()
  })
})

test('a place of another server, or of another store of secrets, is refused before anything is sent', async () => {
  const { sink, github } = await stage()
  const stray = (await stage({ secrets: 'dependabot' })).place('acme/app#K')
  expect((await failure(sink.preflight(stray))).code).toBe('SINK_DENIED')
  expect((await failure(sink.remove(stray, 'x'))).code).toBe('SINK_DENIED')
  expect(github.seen).toEqual([])
})
