/** What the sink does to a SOPS file, seen by a decrypter and a check of the seal that are not its own. The real sops was not run. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ConfigOf } from '../../../src/core/places.ts'
import { Secret } from '../../../src/core/secret.ts'
import type { SecretSink } from '../../../src/ports/secret-sink.ts'
import { fingerprint } from '../../../src/sinks/bytes.ts'
import { openSops } from '../../../src/sinks/sops.ts'
import { contextOf, placeOf } from '../../fakes/sinks.ts'
import { sopsYaml } from '../../fakes/sops/encrypt.ts'
import { decrypted, isSealIntact } from '../../fakes/sops/independent.ts'

const FIRST = Secret.of('sk-or-v1-first-0123456789')
const SECOND = Secret.of('sk-or-v1-second: "quoted" #9876')
const NOW = Date.UTC(2027, 0, 2, 3, 4, 5, 678)

let identity = ''
let config: ConfigOf<'sops'>
beforeAll(async () => {
  identity = await generateIdentity()
  config = {
    kind: 'sops',
    recipients: [await identityToRecipient(identity), await identityToRecipient(await generateIdentity())],
  }
})

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'kw-sops-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const open = (secret = identity): Promise<SecretSink> =>
  openSops(config, contextOf(root, { env: { SOPS_AGE_KEY: `# created: today\n${secret}\n` } }), {
    now: () => NOW,
    sleep: async () => undefined,
  })
const at = (text: string) => placeOf(`here:${text}`, config)
const put = (name: string, text: string): void => writeFileSync(join(root, name), text)
const text = (name: string): string => readFileSync(join(root, name), 'utf8')
const failure = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error) => `${error.code}: ${error.message}`,
  )

/** As sops writes it: comments, lists, numbers, what is left plain, a block of many lines. */
const TEMPLATE = `#ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAA,type:comment]
db:
    # the port, for people
    port: ENC(db.port|5432)
    ratio: ENC(db.ratio|0.5)
    tls: ENC(db.tls|true)
    hosts:
        - ENC(db.hosts[0]|"a.internal")
        - name: ENC(db.hosts[1].name|"b.internal")
note_unencrypted: plain text   # stays readable
count_unencrypted: 3
on_unencrypted: false
empty: ""
nothing: null
`
const ORDER = ['db.port', 'db.ratio', 'db.tls', 'db.hosts[0]', 'db.hosts[1].name', 'plain text', '3', 'False']

describe('a file that sops wrote', () => {
  it('gets a value among its neighbours, whose ciphertext, comments and order stay byte for byte', async () => {
    put('a.sops.yaml', await sopsYaml(TEMPLATE, { identity }, ORDER))
    const before = text('a.sops.yaml')
    expect(await isSealIntact(before, identity)).toBe(true)
    const sink = await open()
    await sink.write(at('a.sops.yaml#openrouter.apiKey'), FIRST, null)
    await sink.write(at('a.sops.yaml#db.password'), SECOND, null)
    const after = text('a.sops.yaml')
    expect(await decrypted(after, identity, 'yaml')).toMatchObject({
      db: {
        port: 5432,
        ratio: 0.5,
        tls: true,
        hosts: ['a.internal', { name: 'b.internal' }],
        password: SECOND.expose(),
      },
      note_unencrypted: 'plain text',
      openrouter: { apiKey: FIRST.expose() },
    })
    expect(await isSealIntact(after, identity)).toBe(true)
    const added = after.split('\n').filter((line) => !before.split('\n').includes(line))
    expect(added.map((line) => line.replace(/: .*/, ''))).toEqual([
      '    password',
      'openrouter:',
      '    apiKey',
      '    lastmodified',
      '    mac',
    ])
    expect(after).toContain('lastmodified: "2027-01-02T03:04:05Z"')
    expect(after).not.toMatch(/sk-or/)
  })

  it('is the same again once the values are taken out, but for seal and time', async () => {
    put('a.sops.yaml', await sopsYaml(TEMPLATE, { identity }, ORDER))
    const bare = (): string => text('a.sops.yaml').replace(/^ {4}(?:mac|lastmodified): .*$/gm, '')
    const before = bare()
    const sink = await open()
    for (const place of ['openrouter.a.b', 'db.password']) await sink.write(at(`a.sops.yaml#${place}`), FIRST, null)
    for (const place of ['openrouter.a.b', 'db.password'])
      expect(await sink.remove(at(`a.sops.yaml#${place}`), fingerprint(FIRST))).toBe(true)
    expect(bare()).toBe(before)
    expect(await isSealIntact(text('a.sops.yaml'), identity)).toBe(true)
  })

  it('has a value replaced where it stands, also one of many lines', async () => {
    put(
      'a.sops.yaml',
      await sopsYaml('a: ENC(a|"x")  # mine\nb: >-\n    ENC(b|"y")\nc: ENC(c|"z")\n', { identity }, ['a', 'b', 'c']),
    )
    const sink = await open()
    for (const name of ['a', 'b']) {
      const place = at(`a.sops.yaml#${name}`)
      const { version } = await sink.preflight(place)
      await sink.write(place, SECOND, version)
    }
    const after = text('a.sops.yaml')
    expect(await decrypted(after, identity, 'yaml')).toEqual({ a: SECOND.expose(), b: SECOND.expose(), c: 'z' })
    expect(after).toMatch(/^a: ENC\S+ {2}# mine\nb: ENC\S+\nc: ENC/)
    expect(await isSealIntact(after, identity)).toBe(true)
  })

  it('whose seal covers encrypted values only gets a seal of that kind', async () => {
    const meta = { mac_only_encrypted: true }
    put('a.sops.yaml', await sopsYaml('a: ENC(a|"x")\nb_unencrypted: y\n', { identity, meta }, ['a']))
    await (await open()).write(at('a.sops.yaml#k'), FIRST, null)
    put('a.sops.yaml', text('a.sops.yaml').replace('b_unencrypted: y', 'b_unencrypted: z'))
    expect(await isSealIntact(text('a.sops.yaml'), identity)).toBe(true)
    expect(await decrypted(text('a.sops.yaml'), identity, 'yaml')).toMatchObject({ k: FIRST.expose() })
  })

  it.each([
    [
      'a changed plain value',
      (file: string) => file.replace('plain text', 'other text'),
      'seal (mac) that does not fit',
    ],
    [
      'two values that changed places',
      (file: string) => file.replace(/port: (\S+)\n {4}ratio: (\S+)/, 'port: $2\n    ratio: $1'),
      'does not open',
    ],
    [
      'a value that was taken out',
      (file: string) => file.replace(/ {4}tls: \S+\n/, ''),
      'seal (mac) that does not fit',
    ],
    [
      'an alias',
      (file: string) =>
        file.replace('plain text', '&a plain text').replace('count_unencrypted: 3', 'count_unencrypted: *a'),
      'alias',
    ],
    ['no sops', () => 'a: 1\n', 'is not encrypted'],
    ['no YAML', () => 'a: [\n', 'is no YAML mapping'],
    ['no mapping', () => '- a\n', 'is no YAML mapping'],
    [
      'a key split among groups',
      (file: string) => file.replace('    pgp: []', '    key_groups: [{ age: [] }]'),
      'splits its key',
    ],
  ])('with %s is left alone', async (_, change, message) => {
    put('a.sops.yaml', change(await sopsYaml(TEMPLATE, { identity }, ORDER)))
    const before = text('a.sops.yaml')
    const sink = await open()
    const place = at('a.sops.yaml#k')
    const works = [() => sink.preflight(place), () => sink.write(place, FIRST, null), () => sink.read(place)]
    for (const work of works)
      expect(await failure(work())).toMatch(
        new RegExp(`^SINK_FILE_UNREADABLE: a\\.sops\\.yaml .*${message.replaceAll(/[()]/g, '.')}`),
      )
    expect(text('a.sops.yaml')).toBe(before)
  })

  it.each([
    [{ encrypted_regex: '^(data|stringData)$' }, 'k', true],
    [{ encrypted_regex: '^(data|stringData)$' }, 'data.k', false],
    [{ unencrypted_regex: '^meta' }, 'metadata.k', true],
    [{ encrypted_suffix: '_secret' }, 'k', true],
    [{ encrypted_suffix: '_secret' }, 'k_secret', false],
    [{}, 'k_unencrypted', true],
    [{ unencrypted_comment_regex: 'x' }, 'k', true],
  ])('with the rule %j takes %s: refused is %s', async (meta, field, isRefused) => {
    put('a.sops.yaml', await sopsYaml('data:\n    a: ENC(data.a|"x")\n', { identity, meta }, ['data.a']))
    const said = await failure((await open()).write(at(`a.sops.yaml#${field}`), FIRST, null))
    expect(said === 'done').toBe(!isRefused)
    if (isRefused) expect(said).toMatch(/unencrypted by its own rules|decides by comments/)
  })

  it('for somebody else is refused, before a key is minted', async () => {
    put('a.sops.yaml', await sopsYaml('a: ENC(a|"x")\n', { identity: await generateIdentity() }, ['a']))
    const said = await failure((await open()).preflight(at('a.sops.yaml#k')))
    expect(said).toBe('SINK_FILE_UNREADABLE: a.sops.yaml is not encrypted for the identity of the sink here')
  })
})

describe.each(['yaml', 'json'] as const)('a %s file that is not there yet', (type) => {
  const name = `d/new.sops.${type}`

  it('is made for all recipients, sealed, and goes with its last value', async () => {
    const sink = await open()
    await sink.preflight(at(`${name}#openrouter.apiKey`))
    expect(existsSync(join(root, 'd'))).toBe(false)
    await sink.write(at(`${name}#openrouter.apiKey`), FIRST, null)
    await sink.write(at(`${name}#openrouter.other`), SECOND, null)
    expect(await decrypted(text(name), identity, type)).toEqual({
      openrouter: { apiKey: FIRST.expose(), other: SECOND.expose() },
    })
    expect(await isSealIntact(text(name), identity)).toBe(true)
    expect(text(name).match(/BEGIN AGE/g)).toHaveLength(2)
    expect(statSync(join(root, name)).mode & 0o777).toBe(0o600)
    expect(await sink.remove(at(`${name}#openrouter.apiKey`), fingerprint(FIRST))).toBe(true)
    expect(await isSealIntact(text(name), identity)).toBe(true)
    expect(await sink.remove(at(`${name}#openrouter.other`), fingerprint(SECOND))).toBe(true)
    expect(existsSync(join(root, name))).toBe(false)
  })

  it('has one key whoever makes it first', async () => {
    const sinks = await Promise.all([open(), open(), open()])
    await Promise.all(sinks.map((sink, n) => sink.write(at(`${name}#k${n}`), Secret.of(`sk-${n}`), null)))
    expect(await decrypted(text(name), identity, type)).toEqual({ k0: 'sk-0', k1: 'sk-1', k2: 'sk-2' })
    expect(await isSealIntact(text(name), identity)).toBe(true)
  })
})

it('an identity that is missing or wrong is said before anything is read', async () => {
  expect(await failure(openSops(config, contextOf(root, { env: {} })))).toBe(
    'SINK_DENIED: the sink here finds no credential in the variable SOPS_AGE_KEY',
  )
  expect(await failure(open('AGE-SECRET-KEY-1NONSENSE'))).toMatch(
    /^SINK_DENIED: the identity of the sink here is no age identity/,
  )
})

it('no error shows a secret or an identity', async () => {
  put('a.sops.yaml', (await sopsYaml(TEMPLATE, { identity }, ORDER)).replace('plain text', 'sk-or-v1-leaked'))
  const error = await (await open()).write(at('a.sops.yaml#k'), FIRST, null).catch((thrown: unknown) => thrown)
  expect(error instanceof Error ? `${error.stack} ${JSON.stringify(error)}` : '').toContain('SINK_FILE_UNREADABLE')
  expect(error instanceof Error ? `${error.stack} ${JSON.stringify(error)} ${String(error.cause)}` : '').not.toMatch(
    /sk-or|AGE-SECRET/,
  )
})
