/** The package as a consumer gets it: packed, unpacked, compiled and run as ES modules and as CommonJS, and judged by two linters. */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LIBRARIES } from './example.ts'

const run = promisify(execFile)
const node = (args: readonly string[], cwd = '.') => run(process.execPath, [...args], { cwd, maxBuffer: 1e8 })
const SYSTEMS = ['module', 'commonjs']

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
// @ts-expect-error a duration says its unit
new ManagedKey(stack, 'f', { keyId: 'f', limit: usd(1), expiresIn: '90' })
// @ts-expect-error a place in Vault has a field
Deliver.vault({ path: 'ci/openrouter' })
export const aspect = new RequireRotation({ atMost: '90d' })
app.synth()
`

const PROGRAM = `
import { type Diagnostic, isKeywrightError, loadProject, type Project } from 'keywright'
const project: Promise<Project> = loadProject({ at: { root: '.' }, env: null, now: Date.now() })
project.then(({ diagnostics }: { diagnostics: readonly Diagnostic[] }) => console.log(diagnostics[0]?.code, isKeywrightError(1)))
`

const FLAGS = [
  '--ignoreConfig',
  '--strict',
  '--module',
  'nodenext',
  '--target',
  'es2022',
  '--skipLibCheck',
  'false',
  '--lib',
  'es2022',
]
const TYPES = ['--types', 'node', '--typeRoots', resolve('node_modules/@types')]

test('compiles under tsc --strict and synthesises as an ES module and as CommonJS, with both libraries, and compiles the examples', async () => {
  for (const type of SYSTEMS) {
    await mkdir(join(folder, type))
    await writeFile(join(folder, type, 'package.json'), JSON.stringify({ type }))
    for (const library of LIBRARIES) await writeFile(join(folder, type, `${library}.ts`), stackOf(library))
  }
  await writeFile(join(folder, 'module/program.ts'), PROGRAM)
  const stacks = SYSTEMS.flatMap((type) => LIBRARIES.map((library) => [type, library] as const))
  for (const library of LIBRARIES)
    await cp(`examples/${library}-typescript`, join(folder, library), { recursive: true })
  const files = [
    ...stacks.map(([type, library]) => `${type}/${library}.ts`),
    ...LIBRARIES.map((library) => `${library}/main.ts`),
    'module/program.ts',
  ]
  await node([resolve('node_modules/typescript/bin/tsc'), ...FLAGS, ...TYPES, ...files], folder)
  await Promise.all(stacks.map(([type, library]) => node([`${library}.js`], join(folder, type))))
  for (const [type, library] of stacks) {
    const stack = JSON.parse(await readFile(join(folder, type, `out-${library}/stacks/keys/cdk.tf.json`), 'utf8'))
    expect(Object.keys(stack.resource.keywright_openrouter_key)).toEqual(['key_a', 'key_b', 'key_d', 'key_f'])
    expect(Object.keys(stack.resource.keywright_strait_key)).toEqual(['key_c', 'key_e'])
  }
  expect((await node(['program.js'], join(folder, 'module'))).stdout).toBe('CONFIG_MISSING false\n')
})

test('has exports that every resolver understands', async () => {
  const { publint } = await import('publint')
  const { messages } = await publint({
    pkgDir: join(folder, 'node_modules/keywright'),
    level: 'suggestion',
    strict: true,
  })
  expect(messages).toEqual([])
  const attw = ['node_modules/@arethetypeswrong/cli/dist/index.js', join(folder, 'keywright-0.1.0.tgz')]
  const how = ['--profile', 'node16', '--format', 'json', '--entrypoints', '.', ...LIBRARIES]
  const { stdout } = await node([...attw, ...how]).catch((failed: { stdout: string }) => failed)
  const { entrypoints, problems } = JSON.parse(stdout).analysis
  expect(Object.keys(entrypoints)).toEqual(['.', './cdktf', './cdktn'])
  const met = (problems as { kind: string; resolutionKind: string; entrypoint: string }[]).filter(
    ({ resolutionKind }) => resolutionKind !== 'node10',
  )
  // The library for programs is an ES module alone.
  expect(met).toEqual([{ kind: 'CJSResolvesToESM', entrypoint: '.', resolutionKind: 'node16-cjs' }])
})

test('asks for no library that a consumer does not use, and for a version of constructs that fits both', async () => {
  const { dependencies, peerDependencies, peerDependenciesMeta, exports } = JSON.parse(
    await readFile(join(folder, 'node_modules/keywright/package.json'), 'utf8'),
  )
  expect(dependencies).toBeUndefined()
  for (const name of [...LIBRARIES, 'constructs']) expect(peerDependenciesMeta[name]).toEqual({ optional: true })
  expect(peerDependencies).toMatchObject({ cdktf: '^0.21.0', constructs: '>=10.6.0 <10.8.0' })
  expect(Object.keys(exports)).toEqual(expect.arrayContaining(['./cdktf', './cdktn']))
})
