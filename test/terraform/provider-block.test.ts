/** The provider block: where tokens may stand, who may get them, what is not known yet, and what changes of it do to keys. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { bot, sharedStage, words } from './key-stage.ts'

const stage = sharedStage({ how: 'reattached' })

test('a token in the block works, and a warning says where it lands; another stack is another name for the same keys', async () => {
  const { write, apply, live, secret, emulator, attributes } = stage()
  const block = (stackName: string) => `
provider "keywright" {
  stack = "${stackName}"
  openrouter = { token = "${emulator.openrouter.managementKey}", base_url = "${emulator.openrouter.baseUrl}" }
  sinks = { dotenv = { kind = "dotenv" } }
}
${bot('limit = 1')}`
  await write(block('acme-7f3a'))
  expect(words(await apply())).toContain('TERRAFORM_TOKEN_IN_PLAN')
  const [{ id, lineage }, first] = [attributes('bot'), secret('BOT')]
  await write(block('other-1a2b'))
  await apply()
  expect(live()).toMatchObject([{ hash: id, name: `platform/ci-bot [kw:other-1a2b/platform/ci-bot#1.${lineage}]` }])
  expect(secret('BOT')).toBe(first)
})

test('what is not known before apply defers, also for keys that are there: token, stack and sinks', async () => {
  const { write, apply, quick, live, emulator, attributes } = stage()
  const block = (n: number) => `
resource "terraform_data" "facts" {
  input            = { token = "${emulator.openrouter.managementKey}", stack = "acme-7f3a", file = ".env.keys" }
  triggers_replace = ${n}
}
provider "keywright" {
  stack      = terraform_data.facts.output.stack
  openrouter = { token = terraform_data.facts.output.token }
  sinks      = { dotenv = { kind = "dotenv", path = terraform_data.facts.output.file } }
}
${bot(`limit = ${n}`)}`
  await write(block(1))
  expect((await quick(['plan'])).stdout).toContain('2 to add')
  expect(live()).toEqual([])
  await apply()
  const { id } = attributes('bot')
  await write(block(2))
  await quick(['plan'])
  await apply()
  expect(live()).toMatchObject([{ hash: id, limit: 2 }])
})

test('a host that nobody outside has allowed gets no credential, and no command runs unasked', async () => {
  const { write, run } = stage()
  await write(`
provider "keywright" {
  stack = "acme-7f3a"
  openrouter = { base_url = "https://evil.example/api/v1" }
  sinks = { run = { kind = "exec", command = ["/bin/true"] } }
}
${bot('limit = 1')}`)
  const said = words(await run(['plan']))
  expect(said).toContain('CONFIG_HOST_NOT_ALLOWED')
  expect(said).toContain('CONFIG_EXEC_NOT_ALLOWED')
})

test('a file that git would track gets no secret', async () => {
  const { write, run, folder } = stage()
  mkdirSync(join(folder.path, '.git/refs'), { recursive: true })
  mkdirSync(join(folder.path, '.git/objects'))
  writeFileSync(join(folder.path, '.git/HEAD'), 'ref: refs/heads/main\n')
  await write(bot('limit = 1'))
  const said = words(await run(['plan']))
  expect(said).toContain('SINK_FILE_NOT_IGNORED')
})

test('without a stack in the block the variable says it; places come and go: one that is taken out is emptied, and a key may lose all of them until it needs a new secret', async () => {
  const { write, apply, run, secret, attributes, live } = stage()
  const block = (places: string, more = '') => `
provider "keywright" { sinks = { dotenv = { kind = "dotenv" } } }
resource "keywright_openrouter_key" "bot" {
  key_id = "platform/ci-bot"
  limit  = 1
  ${places}
  ${more}
}`
  const place = (name: string): string => `{ sink = "dotenv", name = "${name}" }`
  await write(block(`deliver_to = [${place('ONE')}, ${place('TWO')}]`))
  await apply()
  const first = secret('ONE')
  expect(live()[0]?.name).toContain('[kw:outside-1a2b/platform/ci-bot#1.')
  await write(block(`deliver_to = [${place('TWO')}]`))
  await apply()
  expect([secret('ONE'), secret('TWO')]).toEqual([null, first])
  await write(block(`deliver_to = [${place('TWO')}, ${place('THREE')}]`))
  await apply()
  expect([secret('TWO'), secret('THREE')]).toEqual([first, first])
  await write(block('deliver_to = []'))
  await apply()
  expect([secret('TWO'), secret('THREE')]).toEqual([null, null])
  expect(attributes('bot')).toMatchObject({ places: [], generation: 1 })
  await write(block('', 'labels = {}\nunmanaged = []\nrotation = {}'))
  await apply()
  await write(block('', ''))
  await apply()
  await write(block('', 'rotation = { rotate_when = "now" }'))
  expect(words(await run(['apply', '-auto-approve']))).toContain('deliver_to names nobody who would receive it')
  expect(live()).toHaveLength(1)
})

test('two terraforms at once: the state lock lets one of them work', async () => {
  const { write, run, apply, live, emulator } = stage()
  emulator.world.faults.add({ method: 'POST', pattern: '/keys', kind: 'slow', count: 1 })
  await write(bot('limit = 1'))
  const both = await Promise.all([run(['apply', '-auto-approve']), run(['apply', '-auto-approve'])])
  expect(both.map(({ code }) => code).sort()).toEqual([0, 1])
  expect(words(both[0]?.code === 1 ? both[0] : (both[1] ?? { code: 0, stdout: '', stderr: '' }))).toContain(
    'Error acquiring the state lock',
  )
  await apply()
  expect(live()).toHaveLength(1)
})
