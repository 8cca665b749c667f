/**
 * Where a construct stands and which library made it are no part of a key: the real terraform has nothing to do after a move. And what a
 * manifest says about renamed, foreign and given away keys holds in a stack too.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import type * as Cdktf from 'cdktf'
import { Construct } from 'constructs'
import { afterEach, expect, test } from 'vitest'
import type * as Keys from '../../src/cdktf/index.ts'
import { keyStage, type Stage } from '../terraform/key-stage.ts'
import type { Library } from './example.ts'

const load = createRequire(import.meta.url)

let stage: Stage
afterEach(() => stage.close())

interface Written {
  readonly library: Library
  /** Names of the constructs around the key, outermost first; the last is its own. */
  readonly path: readonly string[]
  readonly keyId?: string
}

/** A `ManagedKey` somewhere, and a class without it that stays where it is. */
function synthesised({ library, path, keyId = 'platform/ci-bot' }: Written): string {
  const { App, TerraformStack }: typeof Cdktf = load(library)
  const keys: typeof Keys = load(resolve(`dist/${library}/index.cjs`))
  const app = new App({ outdir: join(stage.folder.path, 'out') })
  const stack = new TerraformStack(app, 'moving')
  new keys.KeywrightProvider(stack, 'keywright', PROVIDER)
  const parent = path.slice(0, -1).reduce<Construct>((scope, name) => new Construct(scope, name), stack)
  const deliverTo = [keys.Deliver.dotenv({ name: 'BOT' })]
  new keys.ManagedKey(parent, path.at(-1) ?? '', { keyId, limit: keys.usd(5), deliverTo })
  const bare = { keyId: 'bare', limit: 1, deliverTo: [{ sink: 'dotenv', name: 'BARE' }] }
  new keys.OpenrouterKey(new Construct(stack, 'team'), 'bare', bare)
  app.synth()
  return withoutBackend()
}

const PROVIDER = { stack: 'acme-7f3a', sinks: { dotenv: { kind: 'dotenv' } } }

function withoutBackend(): string {
  const { terraform, ...rest } = JSON.parse(
    readFileSync(join(stage.folder.path, 'out/stacks/moving/cdk.tf.json'), 'utf8'),
  )
  return JSON.stringify({ ...rest, terraform: { required_providers: terraform.required_providers } })
}

/** A stack of nothing but manifests. */
function loaded(library: Library, manifest: object): string {
  const { App, TerraformStack }: typeof Cdktf = load(library)
  const { KeyManifests, KeywrightProvider }: typeof Keys = load(resolve(`dist/${library}/index.cjs`))
  const root = join(stage.folder.path, 'project')
  mkdirSync(root, { recursive: true })
  const providers = { openrouter: { kind: 'openrouter', token: { env: 'T' } } }
  const config = {
    version: 1,
    stack: 'acme-7f3a',
    providers,
    sinks: { dotenv: { kind: 'dotenv' } },
    manifests: ['*.keys.yaml'],
  }
  writeFileSync(join(root, 'keywright.yaml'), JSON.stringify(config))
  writeFileSync(join(root, 'all.keys.yaml'), JSON.stringify(manifest))
  const app = new App({ outdir: join(stage.folder.path, 'out') })
  const stack = new TerraformStack(app, 'moving')
  new KeywrightProvider(stack, 'keywright', PROVIDER)
  KeyManifests.fromFiles(stack, 'keys', { config: root })
  app.synth()
  return withoutBackend()
}

test('moved, handedOver and adopt of manifests issue nothing and end nothing, in either library', async () => {
  stage = await keyStage({ how: 'reattached' })
  await stage.folder.write('main.tf', '')
  const key = (name: string) => ({ limit: 1, deliverTo: [`dotenv:${name}`] })
  const keys = { old: key('OLD'), lent: key('LENT'), stays: key('STAYS') }
  await stage.folder.write('cdk.tf.json', loaded('cdktf', { keys }))
  await stage.apply()
  const { hash } = stage.emulator.world.openrouter.createForeign({ name: 'Crawler', limit: 2 })
  const before = new Map(stage.live().map((one) => [one.name.split(' [')[0], one.hash]))
  const after = {
    keys: { 'team/new': key('OLD'), stays: key('STAYS'), crawler: { limit: 2 } },
    moved: [{ from: 'old', to: 'team/new' }],
    handedOver: [{ id: 'lent', to: 'acme-payments-91bc' }],
    adopt: [{ key: `sha256:${hash}`, as: 'crawler' }],
  }
  await stage.folder.write('cdk.tf.json', loaded('cdktn', after))
  const { stdout } = await stage.apply()
  expect(stdout).toMatch(/Apply complete! Resources: 1 imported, 0 added, \d changed, 0 destroyed/)
  await stage.rests()
  expect(new Map(stage.live().map((one) => [one.name.split(' [')[0], one.hash]))).toEqual(
    new Map([
      ['team/new', before.get('old')],
      ['lent', before.get('lent')],
      ['stays', before.get('stays')],
      ['crawler', hash],
    ]),
  )
})

test('a moved and renamed construct, and another library, leave every key as it is; another keyId is another key', async () => {
  stage = await keyStage({ how: 'reattached' })
  await stage.folder.write('main.tf', '')
  const write = (written: Written) => stage.folder.write('cdk.tf.json', synthesised(written))
  await write({ library: 'cdktf', path: ['bot'] })
  await stage.apply()
  const hashes = stage.live().map(({ hash }) => hash)
  expect(hashes).toHaveLength(2)
  for (const library of ['cdktf', 'cdktn'] as const) {
    await write({ library, path: ['platform', 'inner', 'renamed'] })
    await stage.rests()
  }
  expect(stage.live().map(({ hash }) => hash)).toEqual(hashes)
  await write({ library: 'cdktn', path: ['bot'], keyId: 'platform/other' })
  expect((await stage.done(['plan', '-detailed-exitcode'], 2)).stdout).toContain('1 to add, 0 to change, 1 to destroy')
})
