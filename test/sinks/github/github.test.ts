import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it, test } from 'vitest'
import type { GithubConfig } from '../../../src/core/git-host-kinds.ts'
import { hookOf } from '../../../src/core/hook-kinds.ts'
import { fingerprint } from '../../../src/sinks/bytes.ts'
import { openHook } from '../../../src/sinks/hooks/registry.ts'
import { put, rotateKey, secretIn, WRITER } from '../../fakes/github/server.ts'
import { contextOf } from '../../fakes/sinks.ts'
import { FIRST, failure, HOME, SECOND, stage } from './stage.ts'

describe('a secret of', () => {
  it.each([
    ['a repository', 'acme/app#K', {}, HOME],
    ['an environment', 'acme/app/production#K', {}, 'repos/acme/app/environments/production/secrets'],
    ['an environment with a slash', 'acme/app/review/one#K', {}, 'repos/acme/app/environments/review/one/secrets'],
    ['an organisation', 'acme#K', {}, 'orgs/acme/actions/secrets'],
    ['Dependabot', 'acme/app#K', { secrets: 'dependabot' as const }, 'repos/acme/app/dependabot/secrets'],
    ['Dependabot of an organisation', 'acme#K', { secrets: 'dependabot' as const }, 'orgs/acme/dependabot/secrets'],
    ['codespaces', 'acme/app#K', { secrets: 'codespaces' as const }, 'repos/acme/app/codespaces/secrets'],
  ])('%s is sealed with the key of that very place, and its date is its version', async (_, text, change, home) => {
    const { github, sink, place } = await stage(change)
    const at = place(text)
    expect(await sink.preflight(at)).toEqual({ version: null })
    const { version } = await sink.write(at, FIRST, null)
    expect(secretIn(github, home, 'K')).toMatchObject({ value: FIRST.expose(), updatedAt: version })
    expect((await sink.preflight(at)).version).toBe(version)
    expect((await sink.write(at, SECOND, version)).version).not.toBe(version)
    expect(secretIn(github, home, 'K')?.value).toBe(SECOND.expose())
    expect(await sink.read(at)).toBe('unreadable')
  })

  it('an organisation is seen by the repositories that saw it before', async () => {
    const { github, sink, place } = await stage({ visibility: 'all' })
    const ids = Array.from({ length: 230 }, (_, i) => i + 1)
    put(github, 'orgs/acme/actions/secrets', { name: 'K', value: 'old', visibility: 'selected', selected: ids })
    await sink.write(place('acme#K'), FIRST, null)
    await sink.write(place('acme#NEW'), FIRST, null)
    expect(secretIn(github, 'orgs/acme/actions/secrets', 'K')).toMatchObject({ visibility: 'selected', selected: ids })
    expect(secretIn(github, 'orgs/acme/actions/secrets', 'NEW')).toMatchObject({ visibility: 'all', selected: [] })
  })
})

test('a public key that is replaced between reading and using it is read again, and the value sealed anew', async () => {
  const { github, sink, place } = await stage()
  let left = 2
  github.before = ({ method }) => {
    if (method === 'PUT' && left-- > 0) rotateKey(github, HOME)
  }
  await sink.write(place('acme/app#K'), FIRST, null)
  expect(secretIn(github, HOME, 'K')?.value).toBe(FIRST.expose())
  expect(github.seen.filter(({ method }) => method === 'PUT')).toHaveLength(3)
})

test('a value that GitHub does not take is refused once, and nothing is said of it', async () => {
  const { github, sink, place } = await stage()
  github.fault = ({ method, body }) => (method === 'PUT' ? { reply: { status: 422, body } } : null)
  expect(await failure(sink.write(place('acme/app#K'), FIRST, null))).toMatchObject({
    code: 'SINK_DENIED',
    message: 'here:acme/app#K: the sink here answered 422: GitHub does not take this secret',
  })
  expect(github.seen.filter(({ method }) => method === 'PUT')).toHaveLength(1)
})

describe('a preflight', () => {
  it('proves the right to write, and leaves nothing behind', async () => {
    const { github, sink, place } = await stage()
    put(github, HOME, { name: 'OTHER', value: 'x' })
    await sink.preflight(place('acme/app#K'))
    expect([...(github.homes.get(HOME)?.keys() ?? [])]).toEqual(['OTHER'])
    expect(github.seen.map(({ method }) => method)).toEqual(['GET', 'DELETE', 'GET'])
  })

  it.each([
    ['that may only read', { secrets: 'read' as const }, 'SINK_DENIED', /cannot write secrets/, /"Secrets: write"/],
    [
      'of a workflow',
      { secrets: 'none' as const },
      'SINK_DENIED',
      /cannot write secrets/,
      /GITHUB_TOKEN of a workflow cannot/,
    ],
    [
      'without single sign-on',
      { secrets: 'write' as const, sso: true },
      'SINK_DENIED',
      /single sign-on of acme/,
      /Configure SSO/,
    ],
  ])('refuses a token %s', async (_, token, code, message, hint) => {
    const { github, sink, place } = await stage({ env: { GH_TOKEN: 'github_pat_other' } })
    github.tokens.set('github_pat_other', token)
    const found = await failure(sink.preflight(place('acme/app#K')))
    expect(found.code).toBe(code)
    expect(found.message).toMatch(message)
    expect(found.hint).toMatch(hint)
  })

  it('sends nothing when it was given the GITHUB_TOKEN of this workflow', async () => {
    const env = { GITHUB_ACTIONS: 'true', GITHUB_TOKEN: 'ghs_of_this_job', GH_TOKEN: 'ghs_of_this_job' }
    const { github, sink, place } = await stage({ env })
    expect(await failure(sink.preflight(place('acme/app#K')))).toMatchObject({
      code: 'SINK_DENIED',
      message: expect.stringContaining('GITHUB_TOKEN of this workflow, which cannot write secrets'),
    })
    expect(github.seen).toEqual([])
  })

  it.each([
    ['repository', 'acme/nowhere#K', 'no such repository'],
    ['environment', 'acme/app/staging#K', 'no such environment'],
    ['organisation', 'nobody#K', 'no such organisation'],
  ])('finds no %s', async (_, text, message) => {
    const { sink, place } = await stage()
    expect(await failure(sink.preflight(place(text)))).toMatchObject({
      code: 'SINK_MISFIT',
      message: expect.stringContaining(message),
    })
  })
})

describe('a removal', () => {
  it('happens only while the secret has the date of our own last write', async () => {
    const { github, sink, place } = await stage()
    const at = place('acme/app#K')
    const { version } = await sink.write(at, FIRST, null)
    expect(await sink.remove(at, fingerprint(FIRST))).toBe(false)
    put(github, HOME, { name: 'K', value: 'of somebody' })
    expect(await sink.remove({ ...at, written: version }, fingerprint(FIRST))).toBe(false)
    expect(secretIn(github, HOME, 'K')?.value).toBe('of somebody')
    const again = await sink.write(at, FIRST, null)
    expect(await sink.remove({ ...at, written: again.version }, fingerprint(FIRST))).toBe(true)
    expect(secretIn(github, HOME, 'K')).toBeUndefined()
    expect(await sink.remove({ ...at, written: again.version }, fingerprint(FIRST))).toBe(true)
  })

  it('is not possible where nobody said when it was written', async () => {
    const { github, sink, place } = await stage()
    const at = place('acme/app#K')
    github.fault = ({ method, path }) => (method === 'GET' && path.endsWith('/K') ? { cut: true } : null)
    const { version } = await sink.write(at, FIRST, null)
    github.fault = () => null
    expect(secretIn(github, HOME, 'K')?.value).toBe(FIRST.expose())
    expect(await sink.remove({ ...at, written: version }, fingerprint(FIRST))).toBe(false)
  })
})

describe('an app', () => {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString()
  const auth = { kind: 'app', appId: 'Iv1.abc', privateKey: { env: 'APP_KEY' } } as const

  it('gets one token for each owner, renews it before its hour is over, and revokes it at the end', async () => {
    const { github, sink, place, clock } = await stage({ auth, env: { APP_KEY: privateKey } })
    github.app = { id: 'Iv1.abc', publicKey, installed: ['acme'] }
    const given = () => github.seen.filter(({ path }) => path.endsWith('/access_tokens')).length
    await sink.preflight(place('acme/app#K'))
    await sink.write(place('acme/app#K'), FIRST, null)
    await sink.write(place('acme#K'), FIRST, null)
    expect(given()).toBe(1)
    clock.advance(55 * 60_000)
    await sink.write(place('acme/app#K'), SECOND, null)
    expect(given()).toBe(2)
    await sink.close?.()
    expect([...github.tokens.keys()].filter((name) => name.startsWith('ghs_'))).toHaveLength(1)
  })

  it('that is not installed there, or whose key is none, is refused with what to do', async () => {
    const { github, sink, place } = await stage({ auth, env: { APP_KEY: privateKey } })
    github.app = { id: 'Iv1.abc', publicKey, installed: [] }
    expect((await failure(sink.preflight(place('acme/app#K')))).hint).toMatch(/^install it/)
    const broken = await stage({ auth, env: { APP_KEY: privateKey.replace(/[A-Za-z]{20}/, 'x') } })
    expect((await failure(broken.sink.preflight(broken.place('acme/app#K')))).message).toMatch(/cannot sign/)
    const none = await stage({ auth, env: { APP_KEY: 'not a key' } })
    expect((await failure(none.sink.preflight(none.place('acme/app#K')))).message).toMatch(/no credential/)
  })
})

describe('a dispatch', () => {
  const hook = hookOf('github-dispatch', 'here', { repository: 'acme/app', event: 'go' })
  const run = async (config: GithubConfig, token: string): Promise<void> => {
    const context = contextOf('/nowhere', { env: { GH_TOKEN: token } })
    const opened = await openHook({ hook, config, context })
    await opened.run({ id: 'k3v7x2ab-4-x', address: 'acme-7f3a/bot', n: 4 })
  }

  it('is an event with the address and generation, and no secret', async () => {
    const { github, config } = await stage()
    github.tokens.set('github_pat_dispatch', { secrets: 'none', contents: 'write' })
    await run(config, 'github_pat_dispatch')
    expect(github.dispatched).toEqual([
      { repository: 'acme/app', event: 'go', payload: { id: 'k3v7x2ab-4-x', address: 'acme-7f3a/bot', generation: 4 } },
    ])
  })

  it('without the right to it says which one is missing', async () => {
    const { config } = await stage()
    expect(await failure(run(config, WRITER))).toMatchObject({
      code: 'SINK_DENIED',
      hint: expect.stringContaining('Contents: write'),
    })
  })
})
