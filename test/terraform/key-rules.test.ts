/** Rules of keys in Terraform, each in the shortest story that shows it. One provider process per test stays. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { keyStage, type Stage, type StageOptions } from './key-stage.ts'

let stage: Stage
const open = async (options: Partial<StageOptions> = {}): Promise<Stage> =>
  (stage = await keyStage({ how: 'reattached', ...options }))
afterEach(() => stage.close())

const BOT = (inside: string): string => `
resource "keywright_openrouter_key" "bot" {
  key_id     = "platform/ci-bot"
  deliver_to = [{ sink = "dotenv", name = "BOT" }]
  ${inside}
}
`
const MARKER = (n: number, lineage = 'abcdefgh') => `CI [kw:acme-7f3a/platform/ci-bot#${n}.${lineage}]`
const words = ({ stdout, stderr }: { stdout: string; stderr: string }): string =>
  `${stdout} ${stderr}`.replace(/[│╵╷\s]+/g, ' ')

test('a leftover that a place holds becomes the result, marked anew; nothing is issued', async () => {
  const { write, apply, rests, live, emulator, folder, attributes, secret } = await open()
  const { hash, secret: held } = emulator.world.openrouter.createForeign({ name: MARKER(3), limit: 5 })
  await folder.write('.env.keys', `BOT=${held}\n`)
  await write(BOT('limit = 5'))
  await apply()
  expect(live()).toMatchObject([{ hash }])
  expect(await attributes('bot')).toMatchObject({ id: hash, generation: 4, lineage: 'abcdefgh' })
  expect(secret('BOT')).toBe(held)
  await rests()
})

test('a leftover that nobody holds is set aside while it is young, and burned by an apply that comes later', async () => {
  const { write, apply, live, emulator, attributes, done } = await open()
  const { hash } = emulator.world.openrouter.createForeign({ name: MARKER(1), limit: 5 })
  await write(BOT('limit = 5'))
  await apply()
  expect(live()).toHaveLength(2)
  const state = await attributes('bot')
  expect(state).toMatchObject({ generation: 2, lineage: 'abcdefgh', retiring: [{ id: hash, phase: 'leftover' }] })
  expect((await done(['plan', '-detailed-exitcode'], 2)).stdout).not.toContain('must be replaced')
})

test('a leftover of old that nobody holds and nobody used is burned', async () => {
  const { write, apply, rests, live, emulator, attributes } = await open({ clock: '2026-11-28T10:00:00Z' })
  const { hash } = emulator.world.openrouter.createForeign({ name: MARKER(1), limit: 5 })
  emulator.world.clock.set('real')
  await write(BOT('limit = 5'))
  await apply()
  expect(live().map((key) => key.hash)).not.toContain(hash)
  expect(await attributes('bot')).toMatchObject({ generation: 2, retiring: [] })
  await rests()
})

test('a key with our marker that somebody uses stops the create, and says how to import it', async () => {
  const { write, run, live, emulator } = await open()
  const { hash } = emulator.world.openrouter.createForeign({ name: MARKER(1), limit: 5 })
  emulator.world.openrouter.addUsage(hash, 0.5)
  await write(BOT('limit = 5'))
  const refused = await run(['apply', '-auto-approve'])
  expect(refused).toMatchObject({ code: 1 })
  expect(words(refused)).toContain('ADDRESS_TAKEN')
  expect(refused.stderr).toContain(hash)
  expect(live()).toHaveLength(1)
})

test('a place that cannot be read: the next generation is issued, and the leftover ends after its grace', async () => {
  const recipient = 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg'
  const { write, apply, live, emulator, attributes } = await open({
    provider: `blind = { kind = "age", recipients = ["${recipient}"] }`,
  })
  const { hash } = emulator.world.openrouter.createForeign({ name: MARKER(1), limit: 5 })
  await write(`
resource "keywright_openrouter_key" "bot" {
  key_id     = "platform/ci-bot"
  limit      = 5
  deliver_to = [{ sink = "blind", path = "bot.age" }]
}`)
  await apply()
  expect(live()).toHaveLength(2)
  expect(await attributes('bot')).toMatchObject({
    generation: 2,
    places: [{ status: 'unverifiable', generation: 2 }],
    retiring: [{ id: hash, phase: 'grace' }],
  })
})

test('keys of the stack that no resource claims are told with every plan', async () => {
  const { write, apply, done, emulator } = await open()
  emulator.world.openrouter.createForeign({ name: 'Lost [kw:acme-7f3a/lost#1.abcdefgh]', limit: 5 })
  await write(BOT('limit = 5'))
  await apply()
  const said = words(await done(['plan']))
  expect(said).toContain('no resource that was looked at so far claims it: Lost')
  expect(said).toContain('keywright census --burn-orphans acme-7f3a')
})

test('many keys are refreshed by one list', async () => {
  const { write, apply, emulator, rests } = await open()
  await write(`
resource "keywright_openrouter_key" "many" {
  for_each   = toset([for n in range(30) : tostring(n)])
  key_id     = "many/\${each.key}"
  limit      = 1
  deliver_to = [{ sink = "dotenv", name = "MANY_\${each.key}" }]
}`)
  await apply()
  emulator.world.traffic.reset()
  await rests()
  expect(emulator.world.traffic.counts().total).toBeLessThanOrEqual(4)
})

test('exactly one of limit, unlimited and unmanaged; and what is wrong is said where it is written', async () => {
  const { write, run } = await open()
  await write(BOT('limit = 5\nunlimited = true'))
  expect(words(await run(['validate']))).toContain('exactly one of limit, unlimited = true')
  await write(BOT(''))
  expect(words(await run(['validate']))).toContain('has no limit')
  await write(BOT('limit = 5\nlimit_reset = "hourly"\nexpires_in = "6 months"\nrotation = { on = "sometimes" }'))
  const said = words(await run(['validate']))
  expect(said).toContain('"limit_reset" must be')
  expect(said).toContain('"expires_in" must be')
  expect(said).toContain('must be rotate_when or apply')
  await write(BOT('unmanaged = ["limit"]'))
  expect(await run(['validate'])).toMatchObject({ code: 0 })
})

test('an unmanaged limit is born at 0 and then left as people set it, through rotations', async () => {
  const { write, apply, rests, live, emulator } = await open()
  await write(BOT('unmanaged = ["limit"]'))
  await apply()
  expect(live()).toMatchObject([{ limit: 0 }])
  emulator.world.openrouter.edit(live()[0]?.hash ?? '', { limit: 33 })
  await rests()
  await write(BOT('unmanaged = ["limit"]\nrotation = { rotate_when = "a", grace = "48h" }'))
  await apply()
  expect(live().map((key) => key.limit)).toEqual([33, 33])
  await rests()
})

test('rotation by age is looked at only with on = "apply"', async () => {
  const { write, apply, rests, attributes, live } = await open()
  const rotation = (on: string) =>
    BOT(`limit = 1\nrotation = { every = "3s", grace = "1s", hold = 0, jitter = 0 ${on} }`)
  await write(rotation(''))
  await apply()
  expect((await attributes('bot')).next_rotation_at).toEqual(expect.any(String))
  await new Promise((soon) => setTimeout(soon, 3100))
  await rests()
  await write(rotation(', on = "apply"'))
  await apply()
  expect(await attributes('bot')).toMatchObject({ generation: 2 })
  expect(live()).toHaveLength(2)
})

test('import by address and by workspace and name; a name that two keys have is refused', async () => {
  const { write, run, done, emulator, attributes } = await open()
  const { openrouter } = emulator.world
  for (const name of ['Twin', 'Twin', 'Single']) openrouter.createForeign({ name, limit: 1 })
  openrouter.createForeign({ name: MARKER(2), limit: 1 })
  await write(`
resource "keywright_openrouter_key" "one" {
  key_id = "one"
  name   = "Single"
  limit  = 1
}
resource "keywright_openrouter_key" "bot" {
  key_id = "platform/ci-bot"
  name   = "CI"
  limit  = 1
}`)
  const twins = await run(['import', 'keywright_openrouter_key.one', 'default/Twin'])
  expect(twins.code).toBe(1)
  expect(words(twins)).toContain('2 live keys are called')
  await done(['import', 'keywright_openrouter_key.one', 'default/Single'])
  await done(['import', 'keywright_openrouter_key.bot', 'acme-7f3a/platform/ci-bot'])
  expect(await attributes('bot')).toMatchObject({ generation: 2, lineage: 'abcdefgh', name: 'CI' })
  await done(['apply', '-auto-approve'])
  await stage.rests()
  await write(`
resource "keywright_openrouter_key" "one" {
  key_id   = "one"
  name     = "Single"
  limit    = 1
  rotation = { rotate_when = "now" }
}`)
  const nowhere = await run(['plan'])
  expect(nowhere.code).toBe(1)
  expect(words(nowhere)).toContain('deliver_to names nobody who would receive it')
})

test('data sources tell what is live, spend included', async () => {
  const { write, apply, done, emulator, attributes, live } = await open()
  await write(BOT('limit = 5'))
  await apply()
  emulator.world.openrouter.addUsage(String((await attributes('bot')).id), 1.5)
  await write(`${BOT('limit = 5')}
data "keywright_openrouter_key" "one" { key_id = "platform/ci-bot" }
data "keywright_openrouter_keys" "all" { stack = "acme-7f3a" }
data "keywright_strait_keys" "theirs" {}
data "keywright_current_key" "me" {}
output "facts" {
  value = {
    usage   = data.keywright_openrouter_key.one.usage
    keys    = data.keywright_openrouter_keys.all.keys[*].key_id
    strait  = length(data.keywright_strait_keys.theirs.keys)
    account = data.keywright_current_key.me.default_workspace_id
  }
}`)
  await apply()
  const { facts } = JSON.parse((await done(['output', '-json'])).stdout)
  expect(facts.value).toMatchObject({ usage: 1.5, keys: ['platform/ci-bot'], strait: 1 })
  expect(facts.value.account).toBe(live()[0]?.workspace_id)
})

test('Strait: scopes are a rotation with overlap, and a destroy revokes', async () => {
  const { write, apply, rests, attributes, emulator, done, secret } = await open({ strait: { limits: false } })
  const worker = (scopes: string) => `
resource "keywright_strait_key" "worker" {
  key_id     = "jobs/worker"
  scopes     = [${scopes}]
  expires_in = "90d"
  deliver_to = [{ sink = "dotenv", name = "WORKER" }]
  rotation   = { grace = "48h" }
}`
  await write(worker('"jobs:read"'))
  await apply()
  await rests()
  const first = secret('WORKER')
  expect(first).toMatch(/^strait_/)
  await write(worker('"jobs:trigger", "jobs:read"'))
  await apply()
  expect(secret('WORKER')).not.toBe(first)
  expect(await attributes('worker')).toMatchObject({ generation: 2, retiring: [{ generation: 1, phase: 'grace' }] })
  expect((await attributes('worker')).fingerprint).toMatch(/^sha256:[0-9a-f]{64}$/)
  await rests()
  await done(['destroy', '-auto-approve'])
  expect(secret('WORKER')).toBeNull()
  expect(emulator.world.strait.keys().filter((key) => key.revoked_at === null)).toHaveLength(1)
})

test('a token in the provider block works, and a warning says where it lands', async () => {
  const { folder, run, emulator } = await open()
  const block = `provider "keywright" {
  stack = "acme-7f3a"
  openrouter = { token = "${emulator.openrouter.managementKey}", base_url = "${emulator.openrouter.baseUrl}" }
  sinks = { dotenv = { kind = "dotenv" } }
}`
  const required =
    'terraform {\n  required_providers {\n    keywright = {\n      source = "keywright/keywright"\n    }\n  }\n}\n'
  await folder.write('main.tf', `${required}${block}${BOT('limit = 1')}`)
  expect(words(await run(['plan']))).toContain('TERRAFORM_TOKEN_IN_PLAN')
})

test('a host that nobody outside has allowed gets no credential, and no command runs unasked', async () => {
  const { folder, run } = await open()
  const required =
    'terraform {\n  required_providers {\n    keywright = {\n      source = "keywright/keywright"\n    }\n  }\n}\n'
  const block = `provider "keywright" {
  stack = "acme-7f3a"
  openrouter = { base_url = "https://evil.example/api/v1" }
  sinks = { run = { kind = "exec", command = ["/bin/true"] } }
}`
  await folder.write('main.tf', `${required}${block}${BOT('limit = 1')}`)
  const said = words(await run(['plan']))
  expect(said).toContain('CONFIG_HOST_NOT_ALLOWED')
  expect(said).toContain('CONFIG_EXEC_NOT_ALLOWED')
})

test('a file that git would track gets no secret', async () => {
  const { write, run, folder } = await open()
  mkdirSync(join(folder.path, '.git/refs'), { recursive: true })
  mkdirSync(join(folder.path, '.git/objects'))
  writeFileSync(join(folder.path, '.git/HEAD'), 'ref: refs/heads/main\n')
  await write(BOT('limit = 1'))
  const said = words(await run(['plan']))
  expect(said).toContain('SINK_FILE_NOT_IGNORED')
})
