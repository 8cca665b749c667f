import { describe, expect, test } from 'vitest'
import { GUARD_DEFAULTS } from '../../src/core/config/config.ts'
import { PROVIDER_KINDS } from '../../src/core/config/kinds.ts'
import { judgeUrl } from '../../src/core/config/url.ts'
import { SINK_KINDS } from '../../src/core/sink-kinds.ts'
import { listed } from '../../src/core/suggest.ts'
import { PROVIDERS } from '../../src/providers/registry.ts'
import { SMALL_CONFIG, sourced } from '../fakes/sources.ts'

const KINDS = listed(Object.keys(SINK_KINDS))

const WHOLE = `
version: 1
environments:
  dev: { stack: acme-dev, guard: { maxDeletes: 0 }, vars: { a: 2 } }
  prod: { stack: acme-prod, onlyFrom: refs/heads/main }
vars: { a: 1, b: x }
store: { kind: local, path: state }
providers:
  openrouter:
    kind: openrouter
    baseUrl: https://OpenRouter.ai/api/v1/
    token: [{ env: ONE }, { file: two }, { exec: [pass, show, three] }]
    writesPerDay: 100
    reserve: 7
  mem: { kind: memory }
sinks: { dotenv: { kind: dotenv, path: .env.keys, allow: ["A_*"] } }
profiles: { agent: { limit: 20 } }
guard: { maxMonthlyUsd: 5000, requireExpiry: true }
manifests: ["a/*.keys.yaml"]
`

describe('keywright.yaml', () => {
  test('is resolved for one environment', async () => {
    const { config, said } = await sourced({ config: WHOLE, env: 'dev' })
    expect(said).toEqual([])
    expect(config).toMatchObject({
      stack: 'acme-dev',
      environment: 'dev',
      stacks: ['acme-dev', 'acme-prod'],
      onlyFrom: null,
      guard: { ...GUARD_DEFAULTS, maxDeletes: 0, maxMonthlyUsd: 5000, requireExpiry: true },
      store: { kind: 'local', options: { path: 'state' }, written: true },
      manifests: ['a/*.keys.yaml'],
    })
    expect(config?.vars).toEqual(
      new Map<string, unknown>([
        ['a', 2],
        ['b', 'x'],
      ]),
    )
    expect(config?.providers.get('openrouter')).toEqual({
      name: 'openrouter',
      kind: 'openrouter',
      baseUrl: 'https://OpenRouter.ai/api/v1',
      token: [{ env: 'ONE' }, { file: 'two' }, { exec: ['pass', 'show', 'three'] }],
      writesPerDay: 100,
      reserve: 7,
    })
    expect(config?.providers.get('mem')).toMatchObject({ baseUrl: null, token: [] })
  })

  test('has documented defaults', async () => {
    const { config } = await sourced({})
    expect(config).toMatchObject({
      environment: null,
      guard: GUARD_DEFAULTS,
      store: { kind: 'local', options: {}, written: false },
      manifests: ['*.keys.yaml', '*.keys.json', 'keys/**/*.keys.yaml', 'keys/**/*.keys.json'],
    })
    expect(config?.providers.get('openrouter')?.baseUrl).toBe('https://openrouter.ai/api/v1')
  })

  test('offers exactly the options that the providers read', () => {
    const options = Object.values(PROVIDERS).map(({ kind, options: rows }) => [kind, rows.map(({ option }) => option)])
    const rows = Object.entries(PROVIDER_KINDS).map(([kind, row]) => [kind, row.options.map(({ option }) => option)])
    expect(rows).toEqual(options)
    const addresses = Object.values(PROVIDERS).map(({ kind, baseUrl }) => [kind, baseUrl])
    expect(Object.entries(PROVIDER_KINDS).map(([kind, { baseUrl }]) => [kind, baseUrl])).toEqual(addresses)
  })
})

const HEAD = 'version: 1\nstack: s\nproviders: { o: { kind: openrouter, token: { env: T } } }\n'

const WRONG: readonly (readonly [rule: string, config: string, said: readonly string[], env?: string])[] = [
  ['wants a version', 'stack: s\nproviders: { o: { kind: memory } }', ['1:1 CONFIG_WRONG_VALUE "version" is missing.']],
  [
    'wants a stack',
    'version: 1\nproviders: { o: { kind: memory } }',
    ['1:1 CONFIG_STACK_MISSING keywright.yaml names no stack.'],
  ],
  [
    'refuses a stack name with capitals',
    'version: 1\nstack: Acme\nproviders: { o: { kind: memory } }',
    [
      '2:8 CONFIG_STACK_INVALID "Acme" is not a stack name: lower-case letters, digits and dashes, at most 40, starting with a letter or digit.',
    ],
  ],
  ['wants a provider', 'version: 1\nstack: s', ['1:1 CONFIG_PROVIDER_MISSING keywright.yaml configures no provider.']],
  [
    'suggests the guard that was meant',
    `${HEAD}guard: { maxDelets: 3 }`,
    ['4:10 CONFIG_UNKNOWN_FIELD "maxDelets" is not an option of guard. Did you mean "maxDeletes"?'],
  ],
  [
    'refuses a percentage over 100',
    `${HEAD}guard: { maxDeletePercent: 101 }`,
    ['4:28 CONFIG_WRONG_VALUE "maxDeletePercent" must be a whole number from 0 to 100; here it is 101.'],
  ],
  [
    'refuses a literal where a source is expected',
    'version: 1\nstack: s\nproviders: { o: { kind: openrouter, token: abc } }',
    ['3:44 CONFIG_SOURCE_LITERAL "token" must say where the credential is found, never the credential itself.'],
  ],
  [
    'refuses a literal in a list of sources',
    'version: 1\nstack: s\nproviders: { o: { kind: openrouter, token: [{ env: A }, abc] } }',
    ['3:57 CONFIG_SOURCE_LITERAL "token" must say where the credential is found, never the credential itself.'],
  ],
  [
    'says that a pasted key is one, and never shows it',
    'version: 1\nstack: s\nproviders: { o: { kind: openrouter, token: sk-or-v1-0123456789abcdef } }',
    [
      '3:44 CONFIG_SOURCE_LITERAL "token" must say where the credential is found, never the credential itself.',
      '3:44 CONFIG_LOOKS_SECRET This looks like an API key or another credential. It is not shown here.',
    ],
  ],
  [
    'wants a token',
    'version: 1\nstack: s\nproviders: { o: { kind: openrouter } }',
    ['3:14 CONFIG_WRONG_VALUE "o" has no "token".'],
  ],
  [
    'takes one source at a time',
    'version: 1\nstack: s\nproviders: { o: { kind: openrouter, token: { env: A, file: b } } }',
    [
      '3:44 CONFIG_WRONG_VALUE "token" must be exactly one of env, file, exec, vault, aws, gcp, azure, kubernetes, oidc; here it is a mapping.',
    ],
  ],
  [
    'says which kinds come later',
    `${HEAD}store: { kind: gcs }\nsinks: { v: { kind: doppler }, w: { kind: dotnev } }`,
    [
      '4:16 CONFIG_NOT_SUPPORTED The kind "gcs" is not supported in this release; local, git, s3, postgres, http and memory are.',
      `5:21 CONFIG_NOT_SUPPORTED The kind "doppler" is not supported in this release; ${KINDS} are.`,
      `5:43 CONFIG_WRONG_VALUE "kind" must be one of ${KINDS}; here it is "dotnev". Did you mean "dotenv"?`,
    ],
  ],
  [
    'refuses addresses of a store that have more than one reading, or lead to a command',
    `${HEAD}store: { kind: git, url: "ext::sh -c evil", branch: "-x" }`,
    [
      '4:26 CONFIG_URL_INVALID The address is none of https://host/path, ssh://user@host/path, user@host:path, /path.',
      '4:53 CONFIG_WRONG_VALUE "branch" must be a text; here it is "-x".',
    ],
  ],
  [
    'refuses a store whose credential would travel in its address, or in the clear',
    `${HEAD}store: { kind: http, address: "http://gitlab.internal/state", lockAddress: "https://a:b@gitlab.internal/x" }`,
    [
      '4:31 CONFIG_URL_INVALID The address is http, which would send the credential in the clear; use https.',
      '4:76 CONFIG_URL_INVALID The address has a user name, "@" or backslash.',
    ],
  ],
  [
    'wants what a store cannot do without',
    `${HEAD}store: { kind: s3 }`,
    ['4:1 CONFIG_WRONG_VALUE "store" has no "bucket".'],
  ],
  [
    'refuses an option of another kind',
    `${HEAD}sinks: { f: { kind: file, path: x } }`,
    ['4:27 CONFIG_UNKNOWN_FIELD "path" is not an option of kind file.'],
  ],
  [
    'refuses a dotenv file outside the folder',
    `${HEAD}sinks: { f: { kind: dotenv, path: ../x } }`,
    ['4:35 CONFIG_WRONG_VALUE "path" must be a relative path below the folder of keywright.yaml; here it is "../x".'],
  ],
  [
    'refuses http to another machine',
    'version: 1\nstack: s\nproviders: { o: { kind: openrouter, token: { env: T }, baseUrl: "http://openrouter.ai/api/v1" } }',
    ['3:65 CONFIG_URL_INVALID The address is http, which would send the credential in the clear; use https.'],
  ],
  [
    'refuses a user name in an address',
    'version: 1\nstack: s\nproviders: { o: { kind: openrouter, token: { env: T }, baseUrl: "https://openrouter.ai@evil.com" } }',
    ['3:65 CONFIG_URL_INVALID The address has a user name, "@" or backslash.'],
  ],
  [
    'wants -e where there are environments',
    'version: 1\nenvironments: { dev: { stack: d } }\nproviders: { o: { kind: memory } }',
    ['2:1 CONFIG_ENVIRONMENT_MISSING keywright.yaml declares environments (dev); say which one is meant.'],
  ],
  [
    'suggests the environment that was meant',
    'version: 1\nenvironments: { prod: { stack: d } }\nproviders: { o: { kind: memory } }',
    ['2:1 CONFIG_ENVIRONMENT_UNKNOWN There is no environment "prd"; declared are prod. Did you mean "prod"?'],
    'prd',
  ],
  [
    'refuses -e where there are no environments',
    'version: 1\nstack: d\nproviders: { o: { kind: memory } }',
    ['2:1 CONFIG_ENVIRONMENT_UNKNOWN There is no environment "prd"; keywright.yaml declares none.'],
    'prd',
  ],
  [
    'refuses two environments with one stack',
    'version: 1\nenvironments: { a: { stack: d }, b: { stack: d } }\nproviders: { o: { kind: memory } }',
    [
      '2:46 CONFIG_STACK_INVALID The environments a and b share the stack "d"; each would retire the keys of the other.',
    ],
    'a',
  ],
  [
    'refuses a stack beside environments',
    'version: 1\nstack: x\nenvironments: { a: { stack: d } }\nproviders: { o: { kind: memory } }',
    [
      '2:1 CONFIG_STACK_AND_ENVIRONMENTS Both "stack" and "environments" are written; each environment has a stack of its own.',
    ],
    'a',
  ],
]

describe('a wrong keywright.yaml', () => {
  for (const [rule, config, said, env] of WRONG) {
    test(rule, async () => {
      const found = await sourced({ config, ...(env === undefined ? {} : { env }) })
      expect(found.said).toEqual(said.map((line) => `keywright.yaml:${line}`))
    })
  }

  test('never shows a pasted key, not even in an excerpt', async () => {
    const secret = 'sk-or-v1-0123456789abcdef'
    const { diagnostics } = await sourced({
      config: SMALL_CONFIG.replace('{ env: OPENROUTER_MANAGEMENT_KEY }', secret),
    })
    expect(diagnostics).toHaveLength(2)
    expect(JSON.stringify(diagnostics)).not.toContain(secret.slice(0, 12))
  })
})

describe('an address', () => {
  test.each([
    ['https://openrouter.ai/api/v1', { scheme: 'https', host: 'openrouter.ai', port: 443, loopback: false }],
    ['HTTPS://OpenRouter.AI:8443', { scheme: 'https', host: 'openrouter.ai', port: 8443, loopback: false }],
    ['http://127.0.0.1:8080/api', { scheme: 'http', host: '127.0.0.1', port: 8080, loopback: true }],
    ['http://127.9.9.9', { scheme: 'http', host: '127.9.9.9', port: 80, loopback: true }],
    ['http://[::1]:1', { scheme: 'http', host: '[::1]', port: 1, loopback: true }],
    ['http://LOCALHOST:1', { scheme: 'http', host: 'localhost', port: 1, loopback: true }],
    ['https://localhost.evil.com', { scheme: 'https', host: 'localhost.evil.com', port: 443, loopback: false }],
    ['https://127.0.0.1.evil.com', { scheme: 'https', host: '127.0.0.1.evil.com', port: 443, loopback: false }],
    ['https://[::ffff:127.0.0.1]', { scheme: 'https', host: '[::ffff:127.0.0.1]', port: 443, loopback: false }],
  ])('%s is read in one way', (text, url) => {
    expect(judgeUrl(text)).toEqual({ url })
  })

  test.each([
    'https://openrouter.ai@evil.com',
    'https://user:pass@openrouter.ai',
    'https://openrouter.ai\\@evil.com',
    'https://openrouter.ai.',
    'https://2130706433',
    'https://0x7f000001',
    'https://0x7f.1',
    'https://127.1',
    'https://0177.0.0.1',
    'https://127.0.0.01',
    'https://öpenrouter.ai',
    'https://xn--penrouter-07a.1',
    'https://openrouter.ai%2eevil.com',
    'https://openrouter.ai?x=1',
    'https://openrouter.ai#x',
    'https://openrouter.ai/../x',
    'https://openrouter.ai:0',
    'https://openrouter.ai:99999',
    'https://open router.ai',
    'https:///x',
    '//openrouter.ai',
    'ftp://openrouter.ai',
    'file:///etc/passwd',
    'https://openrouter.ai\t/x',
    ' https://openrouter.ai',
    'https://a..b',
    'https://-a.com',
  ])('%s is refused', (text) => {
    expect(judgeUrl(text)).toHaveProperty('wrong')
  })
})
