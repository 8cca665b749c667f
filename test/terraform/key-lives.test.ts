/** Whole lives of keys over the real spawn path: terraform starts the provider three to six times per command, as for users. */
import { chmodSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { keyStage, type Stage, type StageOptions } from './key-stage.ts'
import { type BuiltPlugin, PRODUCT, pluginAround } from './plugin-build.ts'
import { zippedTexts } from './zip-texts.ts'

let stage: Stage
const open = async (options: Partial<StageOptions> = {}): Promise<Stage> =>
  (stage = await keyStage({ how: 'spawned', ...options }))
afterEach(() => stage.close())

const BOT = (inside: string): string => `
resource "keywright_openrouter_key" "bot" {
  key_id     = "platform/ci-bot"
  deliver_to = [{ sink = "dotenv", name = "BOT" }]
  ${inside}
}
`

test('create, update, clear, rotate, replace with overlap, destroy: no secret in state, plans and the most talkative log', async () => {
  const { write, run, done, rests, live, attributes, secret, issued, folder } = await open()
  const trace = { TF_LOG: 'TRACE', TF_LOG_PATH: join(folder.path, 'trace.log') }
  const apply = async (): Promise<void> => {
    expect(await run(['plan', '-out', 'plan.bin'], trace)).toMatchObject({ code: 0 })
    await folder.write('plan.json', (await done(['show', '-json', 'plan.bin'])).stdout)
    texts.push(await folder.read('plan.json'), ...zippedTexts(join(folder.path, 'plan.bin')))
    expect(await run(['apply', 'plan.bin'], trace)).toMatchObject({ code: 0 })
    texts.push(await folder.read('terraform.tfstate'))
  }
  const texts: string[] = []
  await write(BOT('limit = 50\nlimit_reset = "monthly"\nexpires_at = "2030-01-01T00:00:00Z"'))
  await apply()
  await rests()
  await write(BOT('limit = 20\nexpires_at = "2030-01-01T00:00:00Z"'))
  await apply()
  await rests()
  expect(live()).toMatchObject([{ limit: 20, limit_reset: null }])
  const { lineage } = await attributes('bot')
  await write(BOT('limit = 20\nexpires_at = "2031-01-01T00:00:00Z"\nrotation = { grace = "1s", hold = 0 }'))
  await apply()
  expect(live()).toHaveLength(2)
  expect(await attributes('bot')).toMatchObject({ lineage, generation: 2 })
  await new Promise((soon) => setTimeout(soon, 1100))
  await write(
    BOT('limit = 20\nexpires_at = "2031-01-01T00:00:00Z"\nrotation = { rotate_when = "now", grace = "1s", hold = 0 }'),
  )
  await apply()
  expect(await attributes('bot')).toMatchObject({ lineage, generation: 3 })
  await new Promise((soon) => setTimeout(soon, 1100))
  await done(['apply', '-auto-approve'])
  expect(live()).toHaveLength(1)
  await rests()
  texts.push(await folder.read('trace.log'))
  const secrets = issued()
  expect(secrets).toContain(secret('BOT'))
  expect(secrets.length).toBeGreaterThanOrEqual(6)
  for (const one of secrets) for (const text of texts) expect(text.includes(one)).toBe(false)
  await done(['destroy', '-auto-approve'])
  expect(live()).toEqual([])
  expect(secret('BOT')).toBeNull()
})

test('drift: what was loosened outside is repaired, what was tightened is left so until the block changes, what was deleted is issued anew', async () => {
  const { write, apply, done, rests, live, attributes, emulator } = await open()
  const { openrouter } = emulator.world
  await write(BOT('limit = 50'))
  await apply()
  const { id, lineage } = await attributes('bot')
  openrouter.edit(String(id), { limit: 500 })
  expect((await done(['plan', '-detailed-exitcode'], 2)).stdout).toContain('500 -> 50')
  await apply()
  expect(live()).toMatchObject([{ limit: 50 }])
  openrouter.edit(String(id), { disabled: true })
  expect((await done(['plan', '-detailed-exitcode'])).stdout).toContain(
    'made stricter outside Terraform (disabled = true)',
  )
  await apply()
  expect(live()).toMatchObject([{ disabled: true }])
  await write(BOT('limit = 50\nlabels = { resumed = "2026-11-28" }'))
  await apply()
  expect(live()).toMatchObject([{ disabled: false }])
  await rests()
  openrouter.remove(String(id))
  expect((await done(['plan', '-detailed-exitcode'], 2)).stdout).toContain('deleted outside Terraform')
  await apply()
  expect(live()).toHaveLength(1)
  expect(await attributes('bot')).toMatchObject({ lineage, generation: 2 })
  await rests()
})

test('protect refuses to destroy at plan, naming the key', async () => {
  const { write, apply, run, done, live } = await open()
  await write(BOT('limit = 1\nprotect = true'))
  await apply()
  const refused = await run(['destroy', '-auto-approve'])
  expect(refused).toMatchObject({ code: 1 })
  expect(refused.stderr).toContain('platform/ci-bot is protected')
  expect(live()).toHaveLength(1)
  await write(BOT('limit = 1\nprotect = false'))
  await apply()
  await done(['destroy', '-auto-approve'])
  expect(live()).toEqual([])
})

test('values that are not known before apply, and -target', async () => {
  const { write, apply, done, rests, live } = await open()
  await write(`
resource "terraform_data" "facts" {
  input = { limit = 7, id = "late/bot", place = "LATE" }
}
resource "keywright_openrouter_key" "late" {
  key_id     = terraform_data.facts.output.id
  limit      = terraform_data.facts.output.limit
  deliver_to = [{ sink = "dotenv", name = terraform_data.facts.output.place }]
}
resource "keywright_openrouter_key" "other" {
  key_id     = "other"
  unlimited  = true
  deliver_to = [{ sink = "files", path = "other" }]
}
`)
  await folderIgnores('secrets')
  await done(['plan'])
  await apply('-target', 'keywright_openrouter_key.late')
  expect(live()).toMatchObject([{ limit: 7 }])
  await apply()
  expect(live()).toHaveLength(2)
  await rests()
})

test('faults of the API: refusals, errors and lost answers end with one key and nothing left over', async () => {
  const { write, apply, rests, live, secret, issued, emulator } = await open()
  const { faults } = emulator.world
  faults.add({ method: 'POST', pattern: '/keys', kind: 'rate-limit', count: 1 })
  faults.add({ method: 'GET', pattern: '/keys', kind: 'error-before-commit', count: 1 })
  faults.add({ method: 'POST', pattern: '/keys', kind: 'cut-after-commit', count: 1 })
  await write(BOT('limit = 1'))
  await apply()
  await rests()
  expect(live()).toHaveLength(1)
  expect(
    issued()
      .filter((one) => one.startsWith('sk-or-v1-'))
      .at(-1),
  ).toBe(secret('BOT'))
  faults.add({ method: 'POST', pattern: '/keys', kind: 'cut-after-commit', count: 1 })
  await write(BOT('limit = 1\nrotation = { rotate_when = "again" }'))
  await apply()
  expect(live()).toHaveLength(2)
})

test('a create that stays without an answer is pending, not tainted, and the next apply finishes it', async () => {
  const { write, run, apply, rests, live, attributes, emulator } = await open()
  emulator.world.faults.add({ method: 'POST', pattern: '/keys', kind: 'cut-before-commit', count: 99 })
  await write(BOT('limit = 1'))
  const first = await run(['apply', '-auto-approve'])
  expect(first).toMatchObject({ code: 0 })
  expect(first.stdout).toContain('pending')
  expect(await attributes('bot')).toMatchObject({ pending: true, id: null })
  emulator.world.faults.clear()
  const { stdout } = await apply()
  expect(stdout).not.toContain('must be replaced')
  expect(live()).toHaveLength(1)
  expect(await attributes('bot')).toMatchObject({ pending: false })
  await rests()
})

test('create_before_destroy of the same key takes the live key over, and forgets it where it was', async () => {
  const { write, apply, rests, live, secret, attributes } = await open()
  const block = (trigger: string) => `
resource "terraform_data" "trigger" { input = "${trigger}" }
${BOT(`limit = 1\nlifecycle {\n create_before_destroy = true\n replace_triggered_by = [terraform_data.trigger]\n}`)}`
  await write(block('a'))
  await apply()
  const [first, { lineage }] = [secret('BOT'), await attributes('bot')]
  await write(block('b'))
  await apply()
  expect(secret('BOT')).toBe(first)
  expect(live()).toHaveLength(1)
  expect(await attributes('bot')).toMatchObject({ lineage, generation: 2 })
  await rests()
})

test('a state of schema version 0 is brought forward, and nothing is to do then', async () => {
  const { write, apply, rests, folder, live, attributes, secret } = await open()
  await write(BOT('limit = 50\nrotation = { rotate_when = "x" }'))
  await apply()
  const state = JSON.parse(await folder.read('terraform.tfstate'))
  const [instance] = state.resources[0].instances
  const { limit, unlimited: _, rotation, deliver_to: __, ...rest } = instance.attributes
  instance.schema_version = 0
  delete instance.private
  instance.attributes = { ...rest, limit: `${limit}`, rotate_when: rotation.rotate_when, deliver_to: ['dotenv:BOT'] }
  await folder.write('terraform.tfstate', JSON.stringify({ ...state, serial: state.serial + 1 }))
  const first = secret('BOT')
  await rests()
  await write(BOT('limit = 60\nrotation = { rotate_when = "y", grace = 0, hold = 0 }'))
  await apply()
  expect(secret('BOT')).not.toBe(first)
  expect(await attributes('bot')).toMatchObject({ generation: 2, limit: 60 })
  expect(live()).toHaveLength(1)
  await rests()
})

test('import blocks generate a configuration, take a foreign key over, and issue nothing', async () => {
  const { write, done, apply, rests, live, emulator, attributes } = await open()
  const { hash } = emulator.world.openrouter.createForeign({ name: 'Legacy crawler', limit: 5 })
  await write(`import {\n  to = keywright_openrouter_key.legacy\n  id = "${hash}"\n}`)
  await done(['plan', '-generate-config-out=generated.tf'])
  await apply()
  expect(live()).toMatchObject([{ hash, limit: 5 }])
  expect(live()[0]?.name).toMatch(/^Legacy crawler \[kw:acme-7f3a\/legacy-crawler#1\./)
  expect(await attributes('legacy')).toMatchObject({ id: hash, generation: 1, places: [], limit: 5 })
  await rests()
})

describe('beside the provider of OpenRouter', () => {
  let theirs: BuiltPlugin
  beforeAll(async () => {
    theirs = await pluginAround('test/terraform/openrouter-provider.ts')
    for (const name of readdirSync(theirs.folder))
      if (name.startsWith('terraform-provider-'))
        copyFileSync(join(theirs.folder, name), join(theirs.folder, 'terraform-provider-openrouter'))
    chmodSync(join(theirs.folder, 'terraform-provider-openrouter'), 0o755)
  })
  afterAll(() => theirs.remove())

  test('a key moves here with its secret, whose plaintext does not', async () => {
    const { done, rests, folder, live, emulator, attributes } = await open()
    const { hash, secret } = emulator.world.openrouter.createForeign({ name: 'Mine', limit: 5 })
    await folder.write(
      'cli.tfrc',
      `provider_installation {\n  dev_overrides {\n    "keywright/keywright" = "${PRODUCT.folder}"\n    "openrouterteam/openrouter" = "${theirs.folder}"\n  }\n}\n`,
    )
    await stage.write(`
moved {
  from = openrouter_api_key.mine
  to   = keywright_openrouter_key.mine
}
resource "keywright_openrouter_key" "mine" {
  key_id = "mine"
  name   = "Mine"
  limit  = 5
  deliver_to = [{ sink = "dotenv", name = "MINE" }]
}
`)
    await folder.write('terraform.tfstate', JSON.stringify(stateOfTheirs(hash, secret)))
    const { stdout } = await done(['apply', '-auto-approve'])
    expect(stdout).toContain('1 changed')
    expect(stdout).toContain('in plain text')
    expect(live()).toMatchObject([{ hash, limit: 5 }])
    expect(live()[0]?.name).toContain('[kw:acme-7f3a/mine#1.')
    expect(await attributes('mine')).toMatchObject({ fingerprint: `sha256:${hash}`, places: [{ status: 'waiting' }] })
    expect(await folder.read('terraform.tfstate')).not.toContain(secret)
    await rests()
  })
})

test('terraform test runs against it', async () => {
  const { write, done, live } = await open()
  await write(BOT('limit = 3'))
  writeFileSync(
    join(stage.folder.path, 'key.tftest.hcl'),
    `run "creates" {
  assert {
    condition     = keywright_openrouter_key.bot.generation == 1 && keywright_openrouter_key.bot.limit == 3
    error_message = "not the key that was asked for"
  }
}
`,
  )
  const { stdout } = await done(['test', '-no-color'])
  expect(stdout).toContain('1 passed, 0 failed')
  expect(live()).toEqual([])
})

async function folderIgnores(name: string): Promise<void> {
  mkdirSync(join(stage.folder.path, name), { recursive: true })
  await stage.folder.write('.gitignore', `/${name}\n/.env.keys\n`)
}

function stateOfTheirs(hash: string, key: string): object {
  const attributes = { hash, key, name: 'Mine', limit: 5, disabled: false, label: 'sk-or-v1-...', workspace_id: null }
  return {
    version: 4,
    terraform_version: '1.11.4',
    serial: 1,
    lineage: '3f0a8f3c-3d1c-4a53-9b32-000000000000',
    outputs: {},
    resources: [
      {
        mode: 'managed',
        type: 'openrouter_api_key',
        name: 'mine',
        provider: 'provider["registry.terraform.io/openrouterteam/openrouter"]',
        instances: [{ schema_version: 0, attributes, sensitive_attributes: [] }],
      },
    ],
  }
}
