import { describe, expect, test } from 'vitest'
import { resolveConfig } from '../../src/core/config/resolve.ts'
import { trustDiagnostics } from '../../src/core/trust.ts'
import { parseDocument } from '../../src/io/yaml.ts'
import { short } from '../fakes/sources.ts'

async function trusted(rest: string, allowHosts?: string, allowExec?: string): Promise<readonly string[]> {
  const text = `version: 1\nstack: s\n${rest}`
  const { document } = await parseDocument(Buffer.from(text), { area: 'CONFIG', file: 'keywright.yaml' })
  if (document === null) throw new Error('not YAML')
  const { config } = resolveConfig(document, null)
  if (config === null) throw new Error('no config')
  return trustDiagnostics(config, { allowHosts, allowExec }, document).map(short)
}

const at = (url: string): string => `providers:\n  o: { kind: openrouter, token: { env: T }, baseUrl: "${url}" }`
const REFUSED = (host: string): string =>
  `keywright.yaml:4:54 CONFIG_HOST_NOT_ALLOWED The provider o would send its credential to ${host}, which nobody outside this repository has allowed.`

describe('a host that gets a credential', () => {
  test.each([
    'https://openrouter.ai/api/v1',
    'https://OPENROUTER.ai/another/path',
    'https://openrouter.ai:443',
    'http://127.0.0.1:9',
    'http://localhost:9',
    'https://[::1]:9',
  ])('may be the default of its kind or this machine: %s', async (url) => {
    expect(await trusted(at(url))).toEqual([])
  })

  test.each([
    ['https://evil.com', 'evil.com'],
    ['https://openrouter.ai:8443', 'openrouter.ai:8443'],
    ['https://openrouter.ai.evil.com', 'openrouter.ai.evil.com'],
    ['https://api.openrouter.ai', 'api.openrouter.ai'],
    ['https://localhost.evil.com', 'localhost.evil.com'],
    ['https://10.0.0.1', '10.0.0.1'],
  ])('is refused otherwise: %s', async (url, host) => {
    expect(await trusted(at(url))).toEqual([REFUSED(host)])
  })

  test('has the default of its own kind, not of another', async () => {
    const strait = (url: string): string =>
      `providers:\n  o: { kind: strait, project: p, token: { env: T }, baseUrl: "${url}" }`
    expect(await trusted(strait('https://api.strait.dev'))).toEqual([])
    expect(await trusted(strait('https://openrouter.ai'))).toHaveLength(1)
    expect(await trusted(at('https://api.strait.dev'))).toEqual([REFUSED('api.strait.dev')])
  })

  test('may be listed outside the repository, with or without its port', async () => {
    expect(await trusted(at('https://Proxy.corp'), 'a.corp, PROXY.corp ,b.corp')).toEqual([])
    expect(await trusted(at('https://proxy.corp:8443'), 'proxy.corp:8443')).toEqual([])
    expect(await trusted(at('https://proxy.corp:443'), 'proxy.corp:443')).toEqual([])
  })

  test.each(['evil.com', 'https://proxy.corp', '*.corp', 'corp', 'proxy.corp:8443', 'proxy.corp.', ''])(
    'is not allowed by the entry "%s" when it is https://proxy.corp',
    async (entry) => {
      expect(await trusted(at('https://proxy.corp'), entry)).toEqual([REFUSED('proxy.corp')])
    },
  )

  test('is not allowed on another port by its name alone', async () => {
    expect(await trusted(at('https://proxy.corp:8443'), 'proxy.corp')).toEqual([REFUSED('proxy.corp:8443')])
  })
})

describe('a sink that sends a credential', () => {
  const sink = (address: string): string =>
    `providers: { o: { kind: memory } }\nsinks:\n  v: { kind: vault, address: "${address}" }`

  test.each(['http://127.0.0.1:8200', 'https://localhost'])('may send it to this machine: %s', async (address) => {
    expect(await trusted(sink(address))).toEqual([])
  })

  test('may send it to a host that is listed outside the repository, and to no other', async () => {
    const refused = [
      'keywright.yaml:5:30 CONFIG_HOST_NOT_ALLOWED The sink v would send its credential to vault.corp:8200, which nobody outside this repository has allowed.',
    ]
    expect(await trusted(sink('https://vault.corp:8200'))).toEqual(refused)
    expect(await trusted(sink('https://vault.corp:8200'), 'vault.corp')).toEqual(refused)
    expect(await trusted(sink('https://vault.corp:8200'), 'vault.corp:8200')).toEqual([])
  })

  test.each(['http://vault.corp', 'https://vault.corp/?x', 'vault.corp'])('is refused at %s', async (address) => {
    const text = `version: 1\nstack: s\n${sink(address)}`
    const { document } = await parseDocument(Buffer.from(text), { area: 'CONFIG', file: 'keywright.yaml' })
    if (document === null) throw new Error('not YAML')
    expect(resolveConfig(document, null).diagnostics.map(({ code }) => code)).toEqual(['CONFIG_URL_INVALID'])
  })
})

describe('a command', () => {
  const token = 'providers:\n  o: { kind: openrouter, token: [{ env: T }, { exec: [pass] }] }'
  const sink = 'providers: { o: { kind: memory } }\nsinks:\n  s: { kind: exec, command: [./put] }'

  test('is refused unless it is allowed outside the repository', async () => {
    expect(await trusted(token)).toEqual([
      'keywright.yaml:4:33 CONFIG_EXEC_NOT_ALLOWED The token of the provider o comes from a command. Nobody outside this repository has allowed commands.',
    ])
    expect(await trusted(sink)).toEqual([
      'keywright.yaml:5:14 CONFIG_EXEC_NOT_ALLOWED The sink s runs a command. Nobody outside this repository has allowed commands.',
    ])
  })

  test.each(['true', '0', 'yes', ' 1'])('is not allowed by "%s"', async (value) => {
    expect(await trusted(sink, undefined, value)).toHaveLength(1)
  })

  test('is allowed by 1', async () => {
    expect(await trusted(token, undefined, '1')).toEqual([])
    expect(await trusted(sink, undefined, '1')).toEqual([])
  })
})

describe('a store', () => {
  const store = (text: string): string => `providers: { m: { kind: memory } }\nstore: ${text}`
  const STRAY = (host: string) =>
    expect.stringContaining(`CONFIG_HOST_NOT_ALLOWED The store would send its credential to ${host}, which`)

  test.each([
    '{ kind: local, path: x }',
    '{ kind: git, token: { env: GITHUB_TOKEN } }',
    '{ kind: git, url: /srv/git/keys.git }',
    '{ kind: git, url: "http://127.0.0.1:9/keys.git" }',
    '{ kind: s3, bucket: keys, region: eu-central-1 }',
    '{ kind: s3, bucket: keys, endpoint: "http://localhost:9000" }',
    '{ kind: postgres, connection: { env: DATABASE_URL } }',
    '{ kind: postgres, host: /run/postgresql }',
    '{ kind: http, address: "http://[::1]:9/state" }',
  ])('may be reached without a word where nothing leads elsewhere: %s', async (text) => {
    expect(await trusted(store(text))).toEqual([])
  })

  test.each([
    ['{ kind: git, url: "https://evil.example/keys" }', 'evil.example'],
    ['{ kind: git, url: "git@evil.example:keys" }', 'evil.example'],
    ['{ kind: git, url: "ssh://git@evil.example:2222/keys" }', 'evil.example:2222'],
    ['{ kind: s3, bucket: keys, endpoint: "https://evil.example" }', 'evil.example'],
    ['{ kind: postgres, host: evil.example }', 'evil.example'],
    ['{ kind: http, address: "https://evil.example/state" }', 'evil.example'],
    ['{ kind: http, address: "http://localhost/x", unlockAddress: "https://evil.example/x" }', 'evil.example'],
  ])('is refused a host that nobody allowed: %s', async (text, host) => {
    expect(await trusted(store(text))).toEqual([STRAY(host)])
    expect(await trusted(store(text), host)).toEqual([])
  })

  test('runs no command for its credential unless that is allowed', async () => {
    const text = store('{ kind: git, token: { exec: [pass, show, git] } }')
    expect(await trusted(text)).toEqual([
      expect.stringContaining('CONFIG_EXEC_NOT_ALLOWED The token of the store comes from a command.'),
    ])
    expect(await trusted(text, undefined, '1')).toEqual([])
  })
})
