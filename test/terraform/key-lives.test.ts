/** Whole lives of keys over the real spawn path: terraform starts the provider one to five times per command, as for users. */
import { chmodSync, copyFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bot, sharedStage, words } from './key-stage.ts'
import { leaked } from './leaked.ts'
import { type BuiltPlugin, PRODUCT, pluginAround } from './plugin-build.ts'
import { zippedTexts } from './zip-texts.ts'

const HOUR = 3_600_000
const stage = sharedStage({ how: 'spawned' })

test('create, update, clear, replace with overlap, rotate, protect, destroy: no secret in state, plans and the most talkative log', async () => {
  const { write, run, done, carryOut, goOn, live, attributes, secret, issued, folder } = stage()
  const trace = { TF_LOG: 'TRACE', TF_LOG_PATH: join(folder.path, 'trace.log') }
  const texts: string[] = []
  const traced = async (...args: string[]): Promise<void> => {
    const { code, stdout, stderr } = await run(args, trace)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    texts.push(stdout, await folder.read('terraform.tfstate').catch(() => ''))
  }
  const end = (year: number, more = ''): string =>
    bot(`limit = 20\nexpires_at = "${year}-01-01T00:00:00Z"\nrotation = { grace = "2h", hold = 0 ${more} }`)
  await write(bot('limit = 50\nlimit_reset = "monthly"\nexpires_at = "2030-01-01T00:00:00Z"'))
  await traced('plan', '-out=plan.bin')
  texts.push((await done(['show', '-json', 'plan.bin'])).stdout, ...zippedTexts(join(folder.path, 'plan.bin')))
  await traced('apply', 'plan.bin')
  await write(end(2030))
  await carryOut()
  expect(live()).toMatchObject([{ limit: 20, limit_reset: null }])
  const { lineage } = attributes('bot')
  await write(end(2031))
  await carryOut()
  expect(live()).toHaveLength(2)
  expect(attributes('bot')).toMatchObject({ lineage, generation: 2 })
  goOn(3 * HOUR)
  await write(`${end(2031, ', rotate_when = "now"').trimEnd().slice(0, -1)}  protect = true\n}`)
  await traced('apply', '-auto-approve')
  expect(live()).toHaveLength(3)
  expect(attributes('bot')).toMatchObject({ lineage, generation: 3 })
  goOn(3 * HOUR)
  await carryOut()
  expect(live()).toHaveLength(1)
  texts.push(await folder.read('trace.log'), ...zippedTexts(join(folder.path, 'plan.bin')))
  const secrets = issued().filter((one) => one.startsWith('sk-or-v1-'))
  expect(secrets.slice(-3)).toContain(secret('BOT'))
  expect(leaked(texts, issued())).toEqual([])
  expect(leaked([...texts, `"${secret('BOT')}"`], issued())).toEqual([secret('BOT')])
  const refused = await run(['destroy', '-auto-approve'])
  expect(refused.code).toBe(1)
  expect(words(refused)).toMatch(/platform\/ci-bot is protected.* on main\.tf line \d+/)
  expect(live()).toHaveLength(1)
  await write(end(2031, ', rotate_when = "now"'))
  await carryOut()
  await done(['destroy', '-auto-approve'])
  expect(live()).toEqual([])
  expect(secret('BOT')).toBeNull()
})

test('drift: what was loosened outside is repaired, what was tightened is left so until the block changes, what was deleted is issued anew', async () => {
  const { write, apply, carryOut, live, attributes, emulator } = stage()
  const { openrouter } = emulator.world
  await write(bot('limit = 50'))
  await apply()
  const { id, lineage } = attributes('bot')
  openrouter.edit(String(id), { limit: 500 })
  expect((await carryOut()).stdout).toContain('500 -> 50')
  expect(live()).toMatchObject([{ limit: 50 }])
  openrouter.edit(String(id), { disabled: true })
  expect((await carryOut()).stdout).toContain('made stricter outside Terraform (disabled = true)')
  expect(live()).toMatchObject([{ disabled: true }])
  await write(bot('limit = 50\nlabels = { resumed = "2026-11-28" }'))
  await carryOut()
  expect(live()).toMatchObject([{ disabled: false }])
  openrouter.remove(String(id))
  expect((await apply()).stdout).toContain('deleted outside Terraform')
  expect(live()).toHaveLength(1)
  expect(attributes('bot')).toMatchObject({ lineage, generation: 2 })
})

test('values that are not known before apply, of the provider block too, and -target', async () => {
  const { write, apply, carryOut, live, emulator, attributes } = stage()
  const { managementKey, baseUrl } = emulator.openrouter
  const later = (limit: number): string => `
resource "terraform_data" "facts" {
  input            = { id = "late/bot", place = "LATE", limit = ${limit}, stack = "late-1a2b", url = "${baseUrl}", token = "${managementKey}" }
  triggers_replace = ${limit}
}
provider "keywright" {
  stack      = terraform_data.facts.output.stack
  openrouter = { token = terraform_data.facts.output.token, base_url = terraform_data.facts.output.url }
  sinks      = { dotenv = { kind = "dotenv", path = "\${terraform_data.facts.output.id == "" ? "" : ".env.keys"}" } }
}
resource "keywright_openrouter_key" "late" {
  key_id     = terraform_data.facts.output.id
  limit      = terraform_data.facts.output.limit
  deliver_to = [{ sink = "dotenv", name = terraform_data.facts.output.place }]
}
resource "keywright_openrouter_key" "other" {
  key_id     = "other"
  unlimited  = true
  deliver_to = [{ sink = "dotenv", name = "OTHER" }]
}
`
  await write(later(7))
  await apply('-target', 'keywright_openrouter_key.late')
  expect(live()).toMatchObject([{ limit: 7, name: expect.stringMatching(/^late\/bot \[kw:late-1a2b\/late\/bot#1\./) }])
  await apply()
  expect(live()).toHaveLength(2)
  const { id } = attributes('late')
  await write(later(8))
  await carryOut()
  expect(live()).toMatchObject([{ limit: 8, hash: id }, { limit: null }])
})

test('faults of the API: refusals, errors and lost answers end with one key and nothing left over', async () => {
  const { write, apply, carryOut, live, secret, issued, emulator } = stage()
  const { faults } = emulator.world
  faults.add({ method: 'POST', pattern: '/keys', kind: 'rate-limit', count: 1 })
  faults.add({ method: 'GET', pattern: '/keys', kind: 'error-before-commit', count: 1 })
  faults.add({ method: 'POST', pattern: '/keys', kind: 'cut-after-commit', count: 1 })
  await write(bot('limit = 1'))
  await apply()
  expect(live()).toHaveLength(1)
  expect(issued().at(-1)).toBe(secret('BOT'))
  faults.add({ method: 'POST', pattern: '/keys', kind: 'cut-after-commit', count: 1 })
  await write(bot('limit = 1\nrotation = { rotate_when = "again" }'))
  await carryOut()
  expect(live()).toHaveLength(2)
})

test('a create that stays without an answer is pending, not tainted, and the next apply finishes it', async () => {
  const { write, apply, carryOut, live, attributes, emulator } = stage()
  const { faults } = emulator.world
  faults.add({ method: 'POST', pattern: '/keys', kind: 'cut-before-commit', count: 99 })
  await write(bot('limit = 1'))
  expect((await apply()).stdout).toContain('pending')
  expect(attributes('bot')).toMatchObject({ pending: true, id: null })
  faults.clear()
  expect((await carryOut()).stdout).toContain('0 added, 1 changed, 0 destroyed')
  expect(live()).toHaveLength(1)
  expect(attributes('bot')).toMatchObject({ pending: false })
})

test('create_before_destroy of the same key takes the live key over, and forgets it where it was', async () => {
  const { write, apply, carryOut, live, secret, attributes } = stage()
  const block = (trigger: string) => `
resource "terraform_data" "trigger" { input = "${trigger}" }
${bot(`limit = 1\nlifecycle {\n create_before_destroy = true\n replace_triggered_by = [terraform_data.trigger]\n}`)}`
  await write(block('a'))
  await apply()
  const [first, { lineage }] = [secret('BOT'), attributes('bot')]
  await write(block('b'))
  await carryOut()
  expect(secret('BOT')).toBe(first)
  expect(live()).toHaveLength(1)
  expect(attributes('bot')).toMatchObject({ lineage, generation: 2 })
})

test('a state of schema version 0 is brought forward, and nothing is to do then', async () => {
  const { write, apply, carryOut, rests, folder, live, attributes, secret } = stage()
  await write(bot('limit = 50\nrotation = { rotate_when = "x" }'))
  await carryOut()
  const state = JSON.parse(await folder.read('terraform.tfstate'))
  const [instance] = state.resources[0].instances
  const { limit, unlimited: _, rotation, deliver_to: __, ...rest } = instance.attributes
  instance.schema_version = 0
  delete instance.private
  instance.attributes = { ...rest, limit: `${limit}`, rotate_when: rotation.rotate_when, deliver_to: ['dotenv:BOT'] }
  await folder.write('terraform.tfstate', JSON.stringify({ ...state, serial: state.serial + 1 }))
  const first = secret('BOT')
  await rests()
  await write(bot('limit = 60\nrotation = { rotate_when = "y", grace = 0, hold = 0 }'))
  await apply()
  expect(secret('BOT')).not.toBe(first)
  expect(attributes('bot')).toMatchObject({ generation: 2, limit: 60 })
  expect(live()).toHaveLength(1)
})

test('import blocks generate a configuration, take a foreign key over, and issue nothing', async () => {
  const { write, quick, apply, live, emulator, attributes } = stage()
  const { hash } = emulator.world.openrouter.createForeign({ name: 'Legacy crawler', limit: 5 })
  await write(`import {\n  to = keywright_openrouter_key.legacy\n  id = "${hash}"\n}`)
  await quick(['plan', '-generate-config-out=generated.tf'])
  await apply()
  expect(live()).toMatchObject([{ hash, limit: 5 }])
  expect(live()[0]?.name).toMatch(/^Legacy crawler \[kw:acme-7f3a\/legacy-crawler#1\./)
  expect(attributes('legacy')).toMatchObject({ id: hash, generation: 1, places: [], limit: 5 })
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
    const { write, run, folder, live, emulator, attributes } = stage()
    const { hash, secret } = emulator.world.openrouter.createForeign({ name: 'Mine', limit: 5 })
    await folder.write(
      'both.tfrc',
      `provider_installation {\n  dev_overrides {\n    "keywright/keywright" = "${PRODUCT.folder}"\n    "openrouterteam/openrouter" = "${theirs.folder}"\n  }\n}\n`,
    )
    await write(`
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
    const both = { TF_CLI_CONFIG_FILE: join(folder.path, 'both.tfrc') }
    const { stdout, stderr } = await run(['apply', '-auto-approve'], both)
    expect(stderr).toBe('')
    expect(stdout).toContain('1 changed')
    expect(stdout).toContain('in plain text')
    expect(live()).toMatchObject([{ hash, limit: 5 }])
    expect(live()[0]?.name).toContain('[kw:acme-7f3a/mine#1.')
    expect(attributes('mine')).toMatchObject({ fingerprint: `sha256:${hash}`, places: [{ status: 'waiting' }] })
    expect(leaked([stdout, await folder.read('terraform.tfstate')], [secret])).toEqual([])
  })
})

test('terraform test runs against it', async () => {
  const { write, done, live, folder } = stage()
  await write(bot('limit = 3'))
  writeFileSync(
    join(folder.path, 'key.tftest.hcl'),
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
