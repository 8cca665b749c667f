/** The constructs, with each library: identity, refusals, and that every way to write a key ends in the same key. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type * as Keys from '../../src/cdktf/index.ts'
import type { Diagnostic } from '../../src/core/diagnostic.ts'
import { SINK_KINDS } from '../../src/core/sink-kinds.ts'
import { TERRAFORM_SINKS } from '../../src/terraform/schema/sinks.ts'
import { keywright } from '../fakes/cli.ts'
import { LIBRARIES } from './example.ts'

const require = createRequire(import.meta.url)

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'kw-manifests-'))
  await mkdir(join(root, 'keys'))
  await writeFile(join(root, 'keywright.yaml'), CONFIG)
})
afterAll(() => rm(root, { recursive: true }))

const CONFIG = `version: 1
stack: acme-7f3a
providers:
  openrouter: { kind: openrouter, token: { env: T } }
  strait: { kind: strait, baseUrl: http://127.0.0.1:9, token: { env: T }, project: proj_1 }
sinks: { dotenv: { kind: dotenv } }
manifests: ["keys/*.keys.yaml"]
`

describe.each(LIBRARIES)('%s', (library) => {
  const { App, Aspects, Testing, TerraformResource, TerraformStack, TerraformVariable } = require(
    library,
  ) as typeof import('cdktf')
  const { Construct } = require('constructs') as typeof import('constructs')
  const keys = require(resolve(`dist/${library}/index.cjs`)) as typeof Keys
  const stack = (name = 'keys') => new TerraformStack(new App({ outdir: join(root, 'out') }), name)
  const bot = { keyId: 'platform/ci-bot', limit: keys.usd(5), deliverTo: [keys.Deliver.dotenv({ name: 'BOT' })] }
  const resources = (of: InstanceType<typeof TerraformStack>, type = 'keywright_openrouter_key') =>
    JSON.parse(Testing.synth(of)).resource?.[type] as Record<string, Record<string, unknown>>

  test('a key is the same one wherever it stands and whatever its construct is called', () => {
    const [one, another] = [stack(), stack()]
    new keys.ManagedKey(one, 'bot', bot)
    new keys.ManagedKey(new Construct(new Construct(another, 'team'), 'inner'), 'renamed', bot)
    const bare = (found: Record<string, Record<string, unknown>>) =>
      Object.entries(found).map(([name, { '//': _, ...rest }]) => [name, rest])
    expect(bare(resources(one))).toEqual(bare(resources(another)))
  })

  test('a key says what the generated class says, tokens and overrides included, and nothing that is not written', () => {
    const [light, plain] = [stack(), stack()]
    const written = (one: InstanceType<typeof TerraformStack>) => {
      const variable = new TerraformVariable(one, 'v', { type: 'any' })
      const depends = new TerraformResource(one, 'other', { terraformResourceType: 'terraform_data' })
      const rotation = { every: '30d', retire: { when: 'unused' }, serial: variable.numberValue } as const
      const [list, map] = [variable.listValue, { team: variable.stringValue }]
      const props = { keyId: 'a', name: `Bot of ${variable.stringValue}`, labels: map, unmanaged: list, rotation }
      return { props, depends }
    }
    const own = written(light)
    const key = new keys.ManagedKey(light, 'a', { ...own.props, limit: keys.usd(5), deliverTo: bot.deliverTo })
    const other = written(plain)
    const bare = new keys.OpenrouterKey(plain, 'a', { ...other.props, limit: 5, deliverTo: [...bot.deliverTo] })
    for (const [resource, { depends }] of [[key.resource, own] as const, [bare, other] as const]) {
      resource.node.addDependency(depends)
      resource.lifecycle = { preventDestroy: true }
      resource.addOverride('rotation.grace', '48h')
      resource.overrideLogicalId('same')
    }
    const said = (one: InstanceType<typeof TerraformStack>) => {
      const { '//': _, ...rest } = resources(one).same ?? {}
      return rest
    }
    expect(said(light)).toEqual(said(plain))
    expect(said(light)).toMatchObject({ unmanaged: '${var.v}', rotation: { serial: '${var.v}', grace: '48h' } })
    const raw = (key.resource as unknown as { synthesizeAttributes(): object }).synthesizeAttributes()
    expect(Object.keys(raw).sort()).toEqual(
      ['deliver_to', 'key_id', 'labels', 'limit', 'name', 'rotation', 'unmanaged'].sort(),
    )
  })

  test('what a place is written with reaches the provider, and references in it stay references', () => {
    const one = stack()
    const values = ['Bearer ${secret}', 'Bearer $${secret}', '${var.prefix} ${secret} of ${name}', '${var.secret}']
    const deliverTo = values.map((value, n) => keys.Deliver.dotenv({ name: `A${n}`, value }))
    new keys.ManagedKey(one, 'a', { ...bot, deliverTo })
    expect(resources(one)['key_platform_2fci-bot']?.deliver_to).toMatchObject([
      { value: 'Bearer $${secret}' },
      { value: 'Bearer $${secret}' },
      { value: '${var.prefix} $${secret} of $${name}' },
      { value: '${var.secret}' },
    ])
  })

  test('making a key leaves stack traces as they were', () => {
    const { captureStackTrace } = Error
    const one = stack()
    new keys.ManagedKey(one, 'first', bot)
    expect(() => new keys.ManagedKey(one, 'first', { ...bot, keyId: 'b' })).toThrow()
    expect(Error.captureStackTrace).toBe(captureStackTrace)
  })

  test('ids that differ have names that differ', () => {
    const ids = ['a/b', 'a_b', 'a.b', 'a-b', 'a/b/c', 'a_2fb']
    expect(new Set(ids.map(keys.logicalId)).size).toBe(ids.length)
  })

  test('one id for two keys is an error that names both', () => {
    const one = stack()
    new keys.ManagedKey(one, 'first', bot)
    expect(() => new keys.ManagedKey(one, 'second', bot)).toThrow('keyId "platform/ci-bot": keys/first and keys/second')
    expect(() => new keys.ManagedKey(stack(), 'second', bot)).not.toThrow()
  })

  describe('RequireRotation fails the synthesis of keys that nothing rotates, and says what to write:', () => {
    const synth = (atMost: Keys.Duration | undefined, props: Partial<Keys.OpenrouterKeyProps>) => () => {
      const app = new App({ outdir: join(root, 'out') })
      const one = new TerraformStack(app, 'keys')
      new keys.KeywrightProvider(one, 'keywright', { stack: 'acme-7f3a' })
      new keys.ManagedKey(one, 'bot', { ...bot, ...props })
      Aspects.of(one).add(new keys.RequireRotation(atMost ? { atMost } : {}))
      app.synth()
    }
    const write = "Write rotation: { on: 'apply', every: '90d' }"
    test.each<readonly [Partial<Keys.OpenrouterKeyProps>, string]>([
      [{}, `platform/ci-bot is never rotated. ${write}`],
      [{ rotation: { every: '30d' } }, `has an age, but nothing looks at it. ${write}`],
      [{ rotation: { on: 'apply', every: '120d' } }, `is rotated every 120d; at most 90d are allowed. ${write}`],
      [{ rotation: { rotateWhen: 'a' } }, `is rotated only when rotateWhen changes; at most 90d are allowed. ${write}`],
      [{ expiresIn: '180d' }, `is rotated every 180d; at most 90d are allowed. ${write}`],
    ])('%o', (props, message) => expect(synth('90d', props)).toThrow(message))

    test('within the limit all is well, by age or by expiry; without a limit any rotation will do', () => {
      expect(synth('90d', { rotation: { on: 'apply', every: '90d' } })).not.toThrow()
      expect(synth('90d', { expiresIn: '60d' })).not.toThrow()
      expect(synth(undefined, { rotation: { rotateWhen: '2026-11' } })).not.toThrow()
      expect(synth(undefined, { rotation: { every: '30d' } })).toThrow("every: '30d' }")
    })
  })

  test('manifests with problems fail with the diagnostics of the command line, place by place', async () => {
    const text = 'keys:\n  a: { limt: 5, deliverTo: ["dotenv:A"] }\n  b: { limit: -1, deliverTo: ["vault:x#y"] }\n'
    await writeFile(join(root, 'keys/team.keys.yaml'), text)
    const { stdout } = await keywright(['validate', '--json'], { cwd: root })
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly Required<Diagnostic>[] }
    expect(diagnostics.length).toBeGreaterThan(2)
    const said = messageOf(() => keys.KeyManifests.fromFiles(stack(), 'keys', { config: root }))
    expect(said).toContain('errors in the manifests:')
    for (const { at, severity, code, message, hint } of diagnostics)
      expect(said).toContain(`${at.file}:${at.line}:${at.column} ${severity} ${code}: ${message}\n  ${hint}`)
  })

  test('warnings of manifests are annotations, and a glob chooses files', async () => {
    await writeFile(
      join(root, 'keys/team.keys.yaml'),
      'keys: { a: { provider: strait, scopes: [jobs:read], deliverTo: ["dotenv:A"] } }\n',
    )
    await writeFile(
      join(root, 'keys/other.keys.yaml'),
      'keys: { b: { provider: openrouter, limit: 1, deliverTo: ["dotenv:B"] } }\n',
    )
    const all = keys.KeyManifests.fromFiles(stack(), 'keys', { config: join(root, 'keywright.yaml') })
    expect([...all.keys.keys()].sort()).toEqual(['a', 'b'])
    expect(all.node.metadata.map(({ data }) => data)).toEqual([
      expect.stringMatching(/^keys\/team\.keys\.yaml:1:\d+ warning MANIFEST_EXPIRY_MISSING: /),
    ])
    const some = keys.KeyManifests.fromFiles(stack(), 'keys', { config: root, manifests: ['keys/other.*'] })
    expect([...some.keys.keys()]).toEqual(['b'])
  })

  test('what only the command line has is refused by name', async () => {
    const write = (entry: string) =>
      writeFile(
        join(root, 'keys/team.keys.yaml'),
        `keys: { a: { provider: openrouter, limit: 1, deliverTo: ["dotenv:A"], ${entry} } }\n`,
      )
    const read = () => keys.KeyManifests.fromFiles(stack(), 'keys', { config: root })
    await writeFile(join(root, 'keywright.yaml'), `${CONFIG}loop: { every: 10m }\n`)
    await write('limitReset: monthly, rotation: { every: 30d, budget: carry }')
    expect(read).toThrow('The key a has a freeze or a carried budget')
    const sink = 'gh: { kind: github-actions, auth: { kind: token, token: { env: T } } }'
    await writeFile(join(root, 'keywright.yaml'), CONFIG.replace('sinks: {', `sinks: { ${sink},`))
    await write('after: [{ kind: github-dispatch, sink: gh, repository: acme/app, event: go }]')
    expect(read).toThrow('The key a asks for something after each issue')
    await writeFile(join(root, 'keywright.yaml'), CONFIG)
    expect(() => keys.KeyManifests.fromFiles(stack(), 'keys', { config: join(root, 'nope.yaml') })).toThrow(
      'is not there',
    )
  })

  test('keys of several accounts go to the providers that are named for them', async () => {
    const one = 'openrouter: { kind: openrouter, token: { env: T } }'
    const two = CONFIG.replace(
      one,
      `${one}\n  eu: { kind: openrouter, baseUrl: http://127.0.0.1:8, token: { env: U } }`,
    )
    await writeFile(join(root, 'keywright.yaml'), two)
    const entries =
      '{ a: { provider: openrouter, limit: 1, deliverTo: ["dotenv:A"] }, e: { provider: eu, limit: 1, deliverTo: ["dotenv:E"] } }'
    await writeFile(join(root, 'keys/team.keys.yaml'), `keys: ${entries}\n`)
    expect(() => keys.KeyManifests.fromFiles(stack(), 'keys', { config: root, manifests: ['keys/team.*'] })).toThrow(
      "Keys of openrouter and of eu would go to one provider of the stack. Say which is whose: providers: { 'eu': new",
    )
    const split = stack()
    const eu = new keys.KeywrightProvider(split, 'eu', { alias: 'eu' })
    const loaded = keys.KeyManifests.fromFiles(split, 'keys', {
      config: root,
      manifests: ['keys/team.*'],
      providers: { eu },
    })
    expect(resources(split)).toMatchObject({ key_e: { provider: 'keywright.eu' } })
    expect(resources(split).key_a).not.toHaveProperty('provider')
    expect(loaded.keys.get('e')).toMatchObject({ keyId: 'e', liveId: expect.stringContaining('TfToken') })
    await writeFile(join(root, 'keywright.yaml'), CONFIG)
  })

  test('there is a way to deliver for every kind of sink that Terraform has', () => {
    const ways: Readonly<Record<string, (place: never) => Keys.Place>> = keys.Deliver
    const kinds = Object.values(ways).map((way) => way({ path: 'p', field: 'f', name: 'n' } as never).sink)
    expect(kinds).toEqual(TERRAFORM_SINKS.map(([kind]) => kind))
    expect(Object.keys(SINK_KINDS).filter((kind) => !kinds.includes(kind))).toEqual(['memory'])
    expect(keys.Deliver.vault({ path: 'p', field: 'f', sink: 'eu', value: 'x ${secret}' })).toEqual({
      ...{ sink: 'eu', path: 'p', field: 'f' },
      value: 'x ${secret}',
    })
  })

  test('money is refused where it is none', () => {
    expect(() => keys.usd(-1)).toThrow(RangeError)
    expect(() => keys.usd(Number.NaN)).toThrow(RangeError)
  })
})

function messageOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  throw new Error('nothing was thrown')
}
