/** Keys through the real terraform and one provider process that stays. */
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

test('creates a key, delivers its secret, and has nothing left to do', async () => {
  const { write, apply, rests, live, attributes, secret, issued, folder } = await open()
  await write(BOT('limit = 50'))
  await apply()
  await rests()
  expect(live()).toMatchObject([{ limit: 50, disabled: false }])
  expect(await attributes('bot')).toMatchObject({ generation: 1, name: 'platform/ci-bot', limit: 50, pending: false })
  expect(issued()).toContain(secret('BOT'))
  expect(await folder.read('terraform.tfstate')).not.toContain(secret('BOT'))
})

test('updates in place, and clearing a field really clears it', async () => {
  const { write, apply, rests, live, attributes, secret } = await open()
  await write(BOT('limit = 50\nlimit_reset = "monthly"\nname = "CI bot"\nowner = "platform"'))
  await apply()
  const first = secret('BOT')
  await write(BOT('limit = 0.1'))
  await apply()
  await rests()
  expect(live()).toMatchObject([{ limit: 0.1, limit_reset: null }])
  expect(live()[0]?.name).toMatch(/^platform\/ci-bot \[kw:/)
  expect(await attributes('bot')).toMatchObject({ limit_reset: 'never', owner: null, generation: 1 })
  await write(BOT('unlimited = true'))
  await apply()
  await rests()
  expect(live()).toMatchObject([{ limit: null }])
  expect(secret('BOT')).toBe(first)
})

test('rotates when the text changes, with overlap, and an apply after grace and hold ends the old key', async () => {
  const { write, apply, rests, live, attributes, secret } = await open()
  const rotation = (text: string) => BOT(`limit = 1\nrotation = { rotate_when = "${text}", grace = "2s", hold = 0 }`)
  await write(rotation('a'))
  await apply()
  await rests()
  const first = secret('BOT')
  await write(rotation('b'))
  const { stdout } = await apply()
  expect(stdout).toContain('stays valid until')
  expect(secret('BOT')).not.toBe(first)
  expect(live()).toHaveLength(2)
  expect(await attributes('bot')).toMatchObject({ generation: 2, retiring: [{ generation: 1, phase: 'grace' }] })
  await new Promise((done) => setTimeout(done, 2100))
  await apply()
  expect(live()).toHaveLength(1)
  expect(await attributes('bot')).toMatchObject({ generation: 2, retiring: [] })
  await rests()
})

test('a field that is only taken at creation is a rotation with overlap, never a replacement', async () => {
  const { write, apply, done, live, attributes } = await open()
  await write(BOT('limit = 1\nexpires_at = "2030-01-01T00:00:00Z"'))
  await apply()
  const { lineage } = await attributes('bot')
  await write(BOT('limit = 1\nexpires_at = "2031-01-01T00:00:00Z"'))
  const { stdout } = await done(['plan', '-detailed-exitcode'], 2)
  expect(stdout).toContain('updated in-place')
  expect(stdout).not.toContain('must be replaced')
  await apply()
  expect(live()).toHaveLength(2)
  expect(await attributes('bot')).toMatchObject({ lineage, generation: 2, expires_at: '2031-01-01T00:00:00Z' })
})

test('destroys the key and empties its place', async () => {
  const { write, apply, done, live, secret } = await open()
  await write(BOT('limit = 1'))
  await apply()
  await done(['destroy', '-auto-approve'])
  expect(live()).toEqual([])
  expect(secret('BOT')).toBeNull()
})
