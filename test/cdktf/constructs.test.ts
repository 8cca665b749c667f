/** The constructs, with each library: identity, refusals, and that every way to write a key ends in the same key. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type * as Keys from '../../src/cdktf/index.ts'
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

  test('RequireRotation fails the synthesis of keys that nothing rotates, and says what to write', () => {
    const synth = (rotation?: Keys.Rotation) => () => {
      const app = new App({ outdir: join(root, 'out') })
      const one = new TerraformStack(app, 'keys')
      new keys.KeywrightProvider(one, 'keywright', { stack: 'acme-7f3a' })
      new keys.ManagedKey(one, 'bot', { ...bot, ...(rotation && { rotation }) })
      Aspects.of(one).add(new keys.RequireRotation({ atMost: '90d' }))
      app.synth()
    }
    expect(synth()).toThrow("platform/ci-bot is never rotated. Write rotation: { on: 'apply', every: '90d' }")
    expect(synth({ every: '30d' })).toThrow('has an age, but nothing looks at it')
    expect(synth({ on: 'apply', every: '120d' })).toThrow('is rotated every 120d; at most 90d are allowed')
    expect(synth({ on: 'apply', every: '90d' })).not.toThrow()
  })

  test('manifests with a problem fail with the diagnostics of the CLI', async () => {
    await writeFile(join(root, 'keys/team.keys.yaml'), 'keys:\n  a: { limt: 5, deliverTo: ["dotenv:A"] }\n')
    expect(() => keys.KeyManifests.fromFiles(stack(), 'keys', { config: root })).toThrow(
      /keys\/team\.keys\.yaml:2:8 error MANIFEST_UNKNOWN_FIELD: .*limt/,
    )
  })

  test('money is refused where it is none', () => {
    expect(() => keys.usd(-1)).toThrow(RangeError)
    expect(() => keys.usd(Number.NaN)).toThrow(RangeError)
  })
})
