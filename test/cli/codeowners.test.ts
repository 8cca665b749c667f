import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { folder, leaveHouses } from '../fakes/cli.ts'
import { inside } from './inside.ts'

afterAll(leaveHouses)

const CONFIG = `version: 1
stack: test-a1b2
providers: { openrouter: { kind: openrouter, token: { env: A } } }
manifests: ["keys/**/*.keys.yaml"]
`
const TEAMS = `owners: ["@acme/platform"]
teams:
  deep: { folders: [keys/pay/deep], owners: ["@acme/deep", "@acme/pay"] }
  pay: { folders: [keys/pay/], owners: ["@acme/pay"] }
  own: { folders: [keys/own] }
`

test('prints patterns from the root of the repository, general ones first, trusted files last', async () => {
  const top = folder()
  execFileSync('git', ['init', '-q', top])
  const cwd = join(top, 'infra')
  mkdirSync(cwd)
  writeFileSync(join(cwd, 'keywright.yaml'), CONFIG + TEAMS)
  const { code, stdout } = await inside(['codeowners'], { cwd })
  expect(code).toBe(0)
  expect(stdout.split('\n').map((line) => line.replace(/ +/g, ' '))).toEqual([
    '# From keywright.yaml, by: keywright codeowners',
    '/infra/keys/**/*.keys.yaml @acme/platform',
    '/infra/env/ @acme/platform',
    '/infra/keys/own/ @acme/platform',
    '/infra/keys/pay/ @acme/pay',
    '/infra/keys/pay/deep/ @acme/deep @acme/pay',
    '/infra/keywright.yaml @acme/platform',
    '/.github/ @acme/platform',
    '/.gitlab/ @acme/platform',
    '/.gitlab-ci.yml @acme/platform',
    '/CODEOWNERS @acme/platform',
    '',
  ])
})

test('says what to write where nobody is named', async () => {
  const cwd = folder()
  writeFileSync(join(cwd, 'keywright.yaml'), CONFIG)
  const { code, words } = await inside(['codeowners'], { cwd })
  expect(code).toBe(1)
  expect(words).toContain('CONFIG_OWNERS_MISSING')
  expect(words).toContain('owners: ["@acme/platform"]')
})

test.each([
  ['owners: ["@a\\n* @evil"]', 'CONFIG_WRONG_VALUE'],
  ['owners: ["@a # @b"]', 'CONFIG_WRONG_VALUE'],
  ['teams: { a: { folders: ["./keys/a"] } }', 'CONFIG_WRONG_VALUE'],
  ['teams: { a: { folders: ["/keys/a"] } }', 'CONFIG_WRONG_VALUE'],
  ['teams: { a: { folders: ["keys//a"] } }', 'CONFIG_WRONG_VALUE'],
  ['teams: { a: { folders: ["keys/../b"] } }', 'CONFIG_WRONG_VALUE'],
  ['teams: { a: { folders: ["keys/a\\n* @evil"] } }', 'CONFIG_WRONG_VALUE'],
  ['teams: { a: { folders: ["keys/*"] } }', 'CONFIG_WRONG_VALUE'],
])('refuses %s, which would bound nobody or own something else', async (line, code) => {
  const cwd = folder()
  writeFileSync(join(cwd, 'keywright.yaml'), `${CONFIG}${line}\n`)
  const { code: exit, words } = await inside(['validate'], { cwd })
  expect([exit, words]).toEqual([1, expect.stringContaining(code)])
})
