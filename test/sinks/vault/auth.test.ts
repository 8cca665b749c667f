import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { VaultAuth } from '../../../src/core/vault-kind.ts'
import { AUTHORITY } from '../../fakes/vault/certificate.ts'
import { fieldsOf, ROOT } from '../../fakes/vault/server.ts'
import { asked, FIRST, FULL, failure, fake, type Stage, stage, tokenFor } from './stage.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kw-vault-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const POLICY = { 'secret/data/ci/*': FULL }

async function delivers({ sink, place, vault }: Stage): Promise<void> {
  await sink.preflight(place)
  await sink.write(place, FIRST, null)
  expect(fieldsOf(vault, 'ci/openrouter')).toEqual({ api_key: FIRST.expose() })
}

describe('a login', () => {
  it.each<[string, VaultAuth, string, object]>([
    [
      'approle',
      { kind: 'approle', roleId: 'role-1', secretId: { env: 'CREDENTIAL' } },
      'approle',
      { role_id: 'role-1', secret_id: 'credential-0123' },
    ],
    ['jwt', { kind: 'jwt', role: 'ci', token: { env: 'CREDENTIAL' } }, 'jwt', { role: 'ci', jwt: 'credential-0123' }],
    ['jwt, default role', { kind: 'jwt', token: { file: 'token' } }, 'jwt', { jwt: 'credential-0123' }],
    [
      'kubernetes',
      { kind: 'kubernetes', role: 'ci', token: { file: 'token' }, mount: 'k8s/prod' },
      'k8s/prod',
      { role: 'ci', jwt: 'credential-0123' },
    ],
  ])('by %s sends what that method wants, once, and its token is revoked at the end', async (_, auth, at, body) => {
    writeFileSync(join(root, 'token'), 'credential-0123\n')
    const vault = await fake()
    let sent: object | null = null
    vault.logins.set(at, (given) => {
      sent = given
      return POLICY
    })
    const staged = await stage({ auth, root, env: { CREDENTIAL: 'credential-0123' } }, vault)
    await delivers(staged)
    expect(sent).toEqual(body)
    expect(asked(vault).filter((line) => line.includes('/login'))).toEqual([`POST auth/${at}/login`])
    await staged.sink.close?.()
    expect([...vault.tokens.keys()]).toEqual([ROOT])
  })

  it('that is refused says which, without the credential', async () => {
    const vault = await fake()
    const auth: VaultAuth = { kind: 'jwt', role: 'ci', token: { env: 'JWT' } }
    const { sink, place } = await stage({ auth, env: { JWT: 'eyJ-very-secret' } }, vault)
    const failed = await failure(sink.preflight(place))
    expect(failed).toMatchObject({
      code: 'SINK_DENIED',
      message: 'the sink here refused the login at auth/jwt/login (status 400)',
    })
    expect(JSON.stringify(failed)).not.toContain('very-secret')
  })

  it.each<[string, VaultAuth]>([
    ['the variable VAULT_TOKEN', { kind: 'token' }],
    ['the file tokens/ci', { kind: 'token', token: { file: 'tokens/ci' } }],
    ['the variable SECRET_ID', { kind: 'approle', roleId: 'r', secretId: { env: 'SECRET_ID' } }],
  ])('without its credential names %s', async (where, auth) => {
    const { sink, place } = await stage({ auth, root, env: {} })
    expect((await failure(sink.preflight(place))).message).toBe(`the sink here finds no credential in ${where}`)
  })

  it('is made anew before its token runs out', async () => {
    const vault = await fake()
    vault.leaseSeconds = 90
    vault.logins.set('jwt', () => 'root')
    const auth: VaultAuth = { kind: 'jwt', token: { env: 'JWT' } }
    const { sink, place, clock } = await stage({ auth, env: { JWT: 'j' } }, vault)
    const logins = () => asked(vault).filter((line) => line.includes('/login')).length
    await sink.read(place)
    clock.advance(59_000)
    await sink.read(place)
    expect(logins()).toBe(1)
    clock.advance(1_000)
    await sink.read(place)
    expect(logins()).toBe(2)
  })
})

describe('a token that died', () => {
  it('is replaced by one new login, and the request is sent again', async () => {
    const vault = await fake()
    vault.logins.set('jwt', () => 'root')
    const auth: VaultAuth = { kind: 'jwt', token: { env: 'JWT' } }
    const staged = await stage({ auth, env: { JWT: 'j' } }, vault)
    await staged.sink.preflight(staged.place)
    for (const token of [...vault.tokens.keys()].filter((one) => one !== ROOT)) vault.tokens.delete(token)
    await delivers(staged)
    expect(asked(vault).filter((line) => line.includes('/login'))).toHaveLength(2)
  })

  it.each(['died', 'ran out'])('is replaced once, however many requests find that it %s', async (how) => {
    const vault = await fake()
    vault.leaseSeconds = 90
    vault.logins.set('jwt', () => 'root')
    const auth: VaultAuth = { kind: 'jwt', token: { env: 'JWT' } }
    const { sink, place, clock } = await stage({ auth, env: { JWT: 'j' } }, vault)
    await sink.read(place)
    if (how === 'ran out') clock.advance(60_000)
    else for (const token of [...vault.tokens.keys()].filter((one) => one !== ROOT)) vault.tokens.delete(token)
    await Promise.all(Array.from({ length: 6 }, () => sink.read(place)))
    expect(asked(vault).filter((line) => line.includes('/login'))).toHaveLength(2)
  })

  it('of a file is read again', async () => {
    const vault = await fake()
    writeFileSync(join(root, 'token'), 'hvs.old')
    const staged = await stage({ auth: { kind: 'token', token: { file: 'token' } }, root }, vault)
    vault.tokens.set('hvs.old', { policy: 'root', hasDefault: true })
    await staged.sink.preflight(staged.place)
    vault.tokens.delete('hvs.old')
    writeFileSync(join(root, 'token'), `${ROOT}\n`)
    await delivers(staged)
  })

  it('without another one is an error, never an unreadable place', async () => {
    const { sink, place } = await stage({ env: { VAULT_TOKEN: 'hvs.revoked' } })
    const expected = { code: 'SINK_DENIED', message: 'the token of the sink here is expired, revoked or unknown' }
    expect(await failure(sink.read(place))).toMatchObject(expected)
    expect(await failure(sink.write(place, FIRST, null))).toMatchObject(expected)
  })

  it('without another one is an error for all who ask at once', async () => {
    const { sink, place } = await stage({ env: { VAULT_TOKEN: 'hvs.revoked' } })
    const reads = Array.from({ length: 6 }, () => failure(Promise.resolve(sink.read(place))))
    expect(new Set((await Promise.all(reads)).map(({ code }) => code))).toEqual(new Set(['SINK_DENIED']))
  })

  it('that cannot be told from a missing right makes no place unreadable', async () => {
    const vault = await fake()
    const { sink, place } = await stage({ env: tokenFor(vault, {}, false) }, vault)
    expect((await failure(sink.read(place))).message).toContain('may not read, or its token is expired')
  })

  it('is not suspected for each right that is missing: no second login', async () => {
    const vault = await fake()
    vault.logins.set('jwt', () => ({ 'secret/data/*': ['create', 'update', 'read'] }))
    const auth: VaultAuth = { kind: 'jwt', token: { env: 'JWT' } }
    const { sink, place } = await stage({ auth, env: { JWT: 'j' } }, vault)
    await sink.write(place, FIRST, null)
    await sink.remove(place, 'sha256:other')
    expect(asked(vault).filter((line) => line.includes('/login'))).toHaveLength(1)
  })
})

describe('a namespace', () => {
  it('is named in every request, the login included', async () => {
    const vault = await fake()
    vault.logins.set('jwt', () => 'root')
    const auth: VaultAuth = { kind: 'jwt', token: { env: 'JWT' } }
    const { sink, place } = await stage({ auth, namespace: 'team-a', env: { JWT: 'j' } }, vault)
    await sink.write(place, FIRST, null)
    expect(new Set(vault.seen.map(({ namespace }) => namespace))).toEqual(new Set(['team-a']))
    expect(fieldsOf(vault, 'ci/openrouter', 'team-a/secret')).toEqual({ api_key: FIRST.expose() })
    expect(fieldsOf(vault, 'ci/openrouter')).toBeNull()
  })
})

describe('a server with a certificate of its own authority', () => {
  it('is trusted through caFile alone', async () => {
    writeFileSync(join(root, 'ca.pem'), AUTHORITY)
    const vault = await fake({ secure: true })
    await delivers(await stage({ caFile: 'ca.pem', root }, vault))
  })

  it('is refused without it, at once and before the token is sent', async () => {
    const vault = await fake({ secure: true })
    const { sink, place, clock } = await stage({}, vault)
    expect(await failure(sink.preflight(place))).toMatchObject({
      code: 'SINK_UNREACHABLE',
      message: expect.stringMatching(/^the sink here: connection failed \([A-Z_]+\)$/),
      hint: expect.stringContaining('caFile'),
    })
    expect([vault.seen, clock.sleeps]).toEqual([[], []])
  })

  it('is not opened with a caFile that is not there', async () => {
    expect(await failure(stage({ caFile: 'nowhere.pem', root }))).toMatchObject({ code: 'SINK_DENIED' })
  })
})
