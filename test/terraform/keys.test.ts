/** Keys through the real terraform and one provider process that stays. */
import { expect, test } from 'vitest'
import { bot, sharedStage } from './key-stage.ts'

const HOUR = 3_600_000
const stage = sharedStage({ how: 'reattached' })

test('creates a key and delivers its secret; updates in place; clearing a field really clears it', async () => {
  const { write, apply, live, attributes, secret, issued, folder } = stage()
  await write(bot('limit = 50\nlimit_reset = "monthly"\nname = "CI bot"\nowner = "platform"'))
  await apply()
  const first = secret('BOT')
  expect(live()).toMatchObject([{ limit: 50, disabled: false }])
  expect(attributes('bot')).toMatchObject({ generation: 1, name: 'CI bot', limit: 50, pending: false })
  expect(issued()).toContain(first)
  expect(await folder.read('terraform.tfstate')).not.toContain(first)
  await write(bot('limit = 0.1\ninclude_byok_in_limit = true'))
  await apply()
  expect(live()).toMatchObject([{ limit: 0.1, limit_reset: null, include_byok_in_limit: true }])
  expect(live()[0]?.name).toMatch(/^platform\/ci-bot \[kw:/)
  expect(attributes('bot')).toMatchObject({ limit_reset: 'never', owner: null, generation: 1 })
  await write(bot('unlimited = true'))
  await apply()
  expect(live()).toMatchObject([{ limit: null, include_byok_in_limit: false }])
  expect(secret('BOT')).toBe(first)
})

test('rotates when the text changes, with overlap; the old key is held, and then ended, by applies after its times', async () => {
  const { write, apply, carryOut, goOn, live, attributes, secret } = stage()
  const rotation = (text: string) => bot(`limit = 1\nrotation = { rotate_when = "${text}", grace = "2h", hold = "1h" }`)
  await write(rotation('a'))
  await apply()
  const first = secret('BOT')
  await write(rotation('b'))
  expect((await apply()).stdout).toContain('stays valid until')
  expect(secret('BOT')).not.toBe(first)
  expect(live()).toMatchObject([{ disabled: false }, { disabled: false }])
  expect(attributes('bot')).toMatchObject({ generation: 2, retiring: [{ generation: 1, phase: 'grace' }] })
  goOn(HOUR)
  await carryOut()
  expect(live()).toMatchObject([{ disabled: false }, { disabled: false }])
  goOn(1.1 * HOUR)
  await apply()
  expect(live()).toMatchObject([{ disabled: true }, { disabled: false }])
  expect(attributes('bot')).toMatchObject({ retiring: [{ generation: 1, phase: 'hold' }] })
  goOn(1.1 * HOUR)
  await apply()
  expect(live()).toHaveLength(1)
  expect(attributes('bot')).toMatchObject({ generation: 2, retiring: [] })
})

test('an apply does what was planned: what falls due in between waits for the next plan', async () => {
  const { write, apply, done, quick, goOn, live, attributes } = stage()
  const block = (limit: number) =>
    bot(`limit = ${limit}\nrotation = { on = "apply", every = "3d", jitter = 0, grace = "1h", hold = 0 }`)
  await write(block(1))
  await apply()
  await write(block(2))
  expect((await quick(['plan', '-out=plan.bin'])).stdout).not.toMatch(/generation .*known after apply/)
  goOn(80 * HOUR)
  await done(['apply', 'plan.bin'])
  expect(live()).toMatchObject([{ limit: 2 }])
  expect(attributes('bot')).toMatchObject({ generation: 1 })
  const refused = await stage().run(['apply', 'plan.bin'])
  expect(refused.stderr).toContain('Saved plan is stale')
  await apply()
  expect(attributes('bot')).toMatchObject({ generation: 2, retiring: [{ generation: 1 }] })
  expect(live()).toHaveLength(2)
})

test('an old key that is used lives on with retire.when = "unused", until it stands still', async () => {
  const { write, apply, goOn, live, attributes, emulator } = stage()
  const block = (text: string) =>
    bot(`limit = 9
  rotation = {
    rotate_when = "${text}"
    grace       = "1h"
    hold        = 0
    retire      = { when = "unused", quiet = "2h", by = "5d" }
  }`)
  await write(block('a'))
  await apply()
  const first = String(attributes('bot').id)
  await write(block('b'))
  await apply()
  for (let n = 0; n < 2; n++) {
    emulator.world.openrouter.addUsage(first, 0.1)
    goOn(1.5 * HOUR)
    await apply()
    expect(live().map(({ hash }) => hash)).toContain(first)
  }
  goOn(2.5 * HOUR)
  await apply()
  expect(live().map(({ hash }) => hash)).not.toContain(first)
})

test('a window holds a rotation by age back, and what rotates by hand does not wait for it', async () => {
  const { write, apply, goOn, attributes, emulator } = stage()
  const hour = (n: number): string =>
    `${String((new Date(emulator.world.clock.now()).getUTCHours() + n) % 24).padStart(2, '0')}:00`
  const closed = `window = { hours = "${hour(3)}-${hour(5)}", zone = "UTC" }`
  const block = (more: string) =>
    bot(`limit = 1\nrotation = { on = "apply", every = "2d", jitter = 0, grace = "1h", hold = 0, ${closed} ${more} }`)
  await write(block(''))
  await apply()
  goOn(48.2 * HOUR)
  await apply()
  expect(attributes('bot')).toMatchObject({ generation: 1 })
  goOn(3.5 * HOUR)
  await apply()
  expect(attributes('bot')).toMatchObject({ generation: 2 })
  goOn(HOUR * 6)
  await write(block(', rotate_when = "leaked"'))
  await apply()
  expect(attributes('bot')).toMatchObject({ generation: 3 })
})

test('a field that is only taken at creation is a rotation with overlap, never a replacement', async () => {
  const { write, apply, quick, done, live, attributes, secret } = stage()
  await write(bot('limit = 1\nexpires_at = "2030-01-01T00:00:00Z"'))
  await apply()
  const { lineage } = attributes('bot')
  await write(bot('limit = 1\nexpires_at = "2031-01-01T00:00:00Z"'))
  const { stdout } = await quick(['plan', '-out=plan.bin'])
  expect(stdout).toContain('updated in-place')
  expect(stdout).not.toContain('must be replaced')
  await done(['apply', 'plan.bin'])
  expect(live()).toHaveLength(2)
  expect(attributes('bot')).toMatchObject({ lineage, generation: 2, expires_at: '2031-01-01T00:00:00Z' })
  await done(['destroy', '-auto-approve'])
  expect(live()).toEqual([])
  expect(secret('BOT')).toBeNull()
})
