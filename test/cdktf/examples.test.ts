/** Both examples: synthesised by plain node, applied by the real terraform through a filesystem mirror, and swapped for each other. */
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { keywright } from '../fakes/cli.ts'
import { type FakeVault, fakeVault, fieldsOf, ROOT } from '../fakes/vault/server.ts'
import { keyStage, type Stage } from '../terraform/key-stage.ts'
import { type Examples, examples, LIBRARIES, type Library } from './example.ts'

let vault: FakeVault
let both: Examples
let stage: Stage
const stacks = new Map<Library, string>()
beforeAll(async () => {
  vault = await fakeVault()
  both = await examples()
  stage = await keyStage({ how: 'spawned' })
  const synth = async (library: Library) =>
    void stacks.set(library, inFolder(await both.synth(library, { VAULT_ADDR: vault.address })))
  const [mirror] = await Promise.all([
    keywright(['provider', 'install', '--mirror', 'mirror'], { cwd: stage.folder.path }),
    ...LIBRARIES.map(synth),
  ])
  await stage.folder.write('cli.tfrc', mirror.stdout)
  await stage.folder.write('main.tf', '')
})
afterAll(async () => {
  vault?.close()
  await stage?.close()
  await both?.remove()
})

/** The state lies beside the stack, under the same path for both libraries. */
function inFolder(text: string): string {
  const stack = JSON.parse(text)
  const backend = { local: { path: join(stage.folder.path, 'terraform.tfstate') } }
  return JSON.stringify({ ...stack, terraform: { ...stack.terraform, backend } })
}

async function terraform(...args: string[]): Promise<string> {
  const ran = await stage.run(args, { VAULT_TOKEN: ROOT })
  expect(ran, `terraform ${args.join(' ')}\n${ran.stdout}\n${ran.stderr}`).toMatchObject({ code: 0 })
  return ran.stdout
}

const stand = (library: Library): Promise<void> => stage.folder.write('cdk.tf.json', stacks.get(library) ?? '')
const places = () => [
  fieldsOf(vault, 'ci/openrouter')?.api_key,
  fieldsOf(vault, 'team/reports')?.header,
  fieldsOf(vault, 'team/sandbox')?.api_key,
]

test.each(LIBRARIES)('%s: applies, rests, is empty under the other library, and destroys', async (library) => {
  await stand(library)
  await terraform('init', '-input=false')
  const issued = stage.issued().length
  await terraform('apply', '-auto-approve')
  await terraform('plan', '-detailed-exitcode')
  const names = stage.live().map(({ name }) => name.split(' [')[0])
  expect(names.sort()).toEqual(['Reports', 'platform/ci-bot', 'team/sandbox'])
  const secrets = places().map((text) => String(text).replace(/^Bearer /, ''))
  expect(secrets.sort()).toEqual(stage.issued().slice(issued).sort())
  await stand(library === 'cdktf' ? 'cdktn' : 'cdktf')
  await terraform('plan', '-detailed-exitcode')
  const state = await stage.folder.read('terraform.tfstate')
  expect(stage.issued().filter((secret) => state.includes(secret))).toEqual([])
  await terraform('destroy', '-auto-approve')
  expect([...stage.live(), ...places().filter((text) => text !== undefined)]).toEqual([])
})

test('their manifests are valid for the command line too', async () => {
  const validated = await keywright(['validate', '--json'], { cwd: both.folder('cdktn') })
  expect(JSON.parse(validated.stdout)).toMatchObject({ valid: true, keys: 2, diagnostics: [] })
})

test('their own tests pass', async () => {
  const run = async (library: Library) => {
    const cwd = both.folder(library)
    const vitest = [resolve('node_modules/vitest/vitest.mjs'), 'run']
    return await promisify(execFile)(process.execPath, vitest, { cwd, env: { PATH: process.env.PATH ?? '' } })
  }
  for (const { stdout } of await Promise.all(LIBRARIES.map(run))) expect(stdout).toMatch(/3 passed/)
})

test('differ in the name of the library alone', async () => {
  const [one, another] = [join('examples', 'cdktf-typescript'), join('examples', 'cdktn-typescript')]
  const files = (await readdir(another, { recursive: true })).filter((name) => /\.(ts|ya?ml)$|\.gitignore$/.test(name))
  expect(files.length).toBeGreaterThan(6)
  for (const name of files) {
    const text = await readFile(join(one, name), 'utf8')
    expect(
      text.replace(/'cdktf'|keywright\/cdktf/g, (word) => word.replace('cdktf', 'cdktn')),
      name,
    ).toBe(await readFile(join(another, name), 'utf8'))
  }
})

describe('the workflow', () => {
  interface Job {
    readonly if?: string
    readonly environment?: string
    readonly steps: readonly { readonly uses?: string; readonly run?: string; readonly env?: Record<string, string> }[]
  }
  const workflow = async () => parse(await readFile('examples/cdktn-typescript/.github/workflows/keys.yml', 'utf8'))

  test('gives no secret to a pull request, and to one step of the apply', async () => {
    const { jobs, permissions } = await workflow()
    const { check, apply } = jobs as Record<'check' | 'apply', Job>
    expect(permissions).toEqual({})
    expect(JSON.stringify(check)).not.toContain('secrets.')
    expect(apply).toMatchObject({ if: "github.ref == 'refs/heads/main'", needs: 'check', environment: 'keys' })
    const trusted = apply.steps.filter((step) => JSON.stringify(step).includes('secrets.'))
    expect(trusted.map(({ run }) => run)).toEqual([
      'terraform init -input=false && terraform apply -input=false -auto-approve',
    ])
  })

  test('pins every action to a commit', async () => {
    const { jobs } = await workflow()
    const used = Object.values<Job>(jobs).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []))
    expect(used.length).toBeGreaterThan(3)
    for (const name of used) expect(name).toMatch(/@[0-9a-f]{40}$/)
  })
})

test('the way from cdktf to cdktn begins with what is archived', async () => {
  const [first] = (await readFile('examples/cdktf-typescript/to-cdktn.md', 'utf8')).split('\n')
  expect(first).toBe('# cdktf is archived: start new work on cdktn, and take your keys there')
})
