/** The package as a consumer gets it: packed, unpacked, and compiled under both module systems. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LIBRARIES } from './example.ts'

const run = promisify(execFile)
const node = (args: readonly string[], cwd = '.') => run(process.execPath, [...args], { cwd, maxBuffer: 1e8 })

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kw-consumer-'))
  await node(['src/build/types.mjs'])
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder])
  await mkdir(join(folder, 'node_modules/keywright'), { recursive: true })
  await run('sh', ['-c', 'tar -xzf keywright-*.tgz --strip-components=1 -C node_modules/keywright'], { cwd: folder })
  for (const name of [...LIBRARIES, 'constructs'])
    await symlink(resolve('node_modules', name), join(folder, 'node_modules', name))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const stackOf = (library: string): string => `
import { App, TerraformStack } from '${library}'
import { Deliver, KeywrightProvider, ManagedKey, RequireRotation, usd, unlimited } from 'keywright/${library}'
const app = new App({ outdir: 'out-${library}' })
const stack = new TerraformStack(app, 'keys')
new KeywrightProvider(stack, 'keywright', { stack: 'acme-7f3a', sinks: { dotenv: { kind: 'dotenv' } } })
new ManagedKey(stack, 'a', { keyId: 'a', limit: usd(5), limitReset: 'monthly', deliverTo: [Deliver.dotenv({ name: 'A' })] })
new ManagedKey(stack, 'b', { keyId: 'b', limit: unlimited, rotation: { on: 'apply', every: '30d' } })
new ManagedKey(stack, 'c', { kind: 'strait', keyId: 'c', scopes: ['jobs:read'] })
// @ts-expect-error a limit says its currency
new ManagedKey(stack, 'd', { keyId: 'd', limit: 5 })
// @ts-expect-error there is no such scope
new ManagedKey(stack, 'e', { kind: 'strait', keyId: 'e', scopes: ['jobs:reed'] })
export const aspect = new RequireRotation({ atMost: '90d' })
app.synth()
`

test('compiles under tsc --strict and synthesises as an ES module and as CommonJS, with both libraries', async () => {
  for (const type of ['module', 'commonjs']) {
    const project = join(folder, type)
    await mkdir(project)
    await writeFile(join(project, 'package.json'), JSON.stringify({ type }))
    for (const library of LIBRARIES) await writeFile(join(project, `${library}.ts`), stackOf(library))
    const files = LIBRARIES.map((library) => `${library}.ts`)
    const flags = [
      '--ignoreConfig',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--skipLibCheck',
      'false',
      '--types',
      'node',
    ]
    const types = ['--typeRoots', resolve('node_modules/@types')]
    await node([resolve('node_modules/typescript/bin/tsc'), ...flags, ...types, ...files], project)
    for (const library of LIBRARIES) await node([`${library}.js`], project)
  }
})

test('has exports that every resolver understands', async () => {
  const { publint } = await import('publint')
  const { messages } = await publint({ pkgDir: join(folder, 'node_modules/keywright'), level: 'warning' })
  expect(messages).toEqual([])
  const paths = LIBRARIES.map((library) => library)
  const attw = [
    'node_modules/@arethetypeswrong/cli/dist/index.js',
    join(folder, `keywright-0.1.0.tgz`),
    '--profile',
    'node16',
    '--entrypoints',
    ...paths,
  ]
  await node(attw)
})
