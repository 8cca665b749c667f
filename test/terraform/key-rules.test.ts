/** Rules of keys in Terraform, each in the shortest story that shows it, over one provider process that stays. */
import { expect, test } from 'vitest'
import { startEmulator } from '../../src/emulators/server.ts'
import { bot, marked, sharedStage, words } from './key-stage.ts'

const MINUTE = 60_000
const RECIPIENT = 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg'
const stage = sharedStage({ how: 'reattached', sinks: `blind = { kind = "age", recipients = ["${RECIPIENT}"] }` })

test('a leftover that a place holds becomes the result, marked anew; nothing is issued', async () => {
  const { write, apply, rests, live, emulator, folder, attributes, secret } = stage()
  const { hash, secret: held } = emulator.world.openrouter.createForeign({ name: marked(3), limit: 5 })
  await folder.write('.env.keys', `BOT=${held}\n`)
  await write(bot('limit = 5'))
  await apply()
  expect(live()).toMatchObject([{ hash }])
  expect(attributes('bot')).toMatchObject({ id: hash, generation: 4, lineage: 'abcdefgh' })
  expect(secret('BOT')).toBe(held)
  await rests()
})

test('a leftover that nobody holds is set aside while it is young, and burned by the first apply after a quarter of an hour', async () => {
  const { write, apply, live, emulator, attributes, quick, goOn } = stage()
  const { hash } = emulator.world.openrouter.createForeign({ name: marked(1), limit: 5 })
  await write(bot('limit = 5'))
  await apply()
  expect(live()).toHaveLength(2)
  expect(attributes('bot')).toMatchObject({ generation: 2, retiring: [{ id: hash, phase: 'leftover' }] })
  expect((await quick(['plan', '-detailed-exitcode'], 2)).stdout).not.toContain('must be replaced')
  goOn(14 * MINUTE)
  await apply()
  expect(live()).toHaveLength(2)
  goOn(2 * MINUTE)
  await apply()
  expect(live().map((key) => key.hash)).not.toContain(hash)
  expect(attributes('bot')).toMatchObject({ generation: 2, lineage: 'abcdefgh', retiring: [] })
})

test('an old leftover that nobody holds and nobody used is burned at once', async () => {
  const { write, apply, live, emulator, attributes, goOn } = stage()
  const { hash } = emulator.world.openrouter.createForeign({ name: marked(1), limit: 5 })
  goOn(16 * MINUTE)
  await write(bot('limit = 5'))
  await apply()
  expect(live().map((key) => key.hash)).not.toContain(hash)
  expect(attributes('bot')).toMatchObject({ generation: 2, retiring: [] })
})

test('a key with our marker that somebody uses stops the create, and says how to import it', async () => {
  const { write, run, live, emulator } = stage()
  const { hash } = emulator.world.openrouter.createForeign({ name: marked(1), limit: 5 })
  emulator.world.openrouter.addUsage(hash, 0.5)
  await write(bot('limit = 5'))
  const refused = await run(['apply', '-auto-approve'])
  expect(refused).toMatchObject({ code: 1 })
  expect(words(refused)).toContain('ADDRESS_TAKEN')
  expect(refused.stderr).toContain(hash)
  expect(live()).toHaveLength(1)
})

test('a place that cannot be read: the next generation is issued, and the leftover ends after its grace', async () => {
  const { write, apply, live, emulator, attributes } = stage()
  const { hash } = emulator.world.openrouter.createForeign({ name: marked(1), limit: 5 })
  await write(`
resource "keywright_openrouter_key" "bot" {
  key_id     = "platform/ci-bot"
  limit      = 5
  deliver_to = [{ sink = "blind", path = "bot.age" }]
}`)
  await apply()
  expect(live()).toHaveLength(2)
  expect(attributes('bot')).toMatchObject({
    generation: 2,
    places: [{ status: 'unverifiable', generation: 2 }],
    retiring: [{ id: hash, phase: 'grace' }],
  })
})

test('keys of the stack that no resource claims are told with every plan, the first one included, those of another state under the same address too', async () => {
  const { write, apply, emulator, live } = stage()
  emulator.world.openrouter.createForeign({ name: 'Lost [kw:acme-7f3a/lost#1.abcdefgh]', limit: 5 })
  await write(bot('limit = 5'))
  const first = words(await apply())
  expect(first).toContain('no resource that was looked at so far claims it: Lost')
  const said = words(await apply())
  expect(said).toContain('no resource that was looked at so far claims it: Lost')
  expect(said).toContain('keywright census --burn-orphans acme-7f3a')
  emulator.world.openrouter.createForeign({ name: marked(7, 'zzzzzzzz'), limit: 5 })
  const both = words(await apply())
  expect(both).toContain('2 live keys carry the marker of acme-7f3a')
  expect(both).toContain('0 added, 0 changed, 0 destroyed')
  expect(live()).toHaveLength(3)
})

test('twelve keys are refreshed by one list', async () => {
  const { write, apply, emulator, rests } = stage()
  await write(`
resource "keywright_openrouter_key" "many" {
  for_each   = toset([for n in range(12) : tostring(n)])
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
  const { write, run } = stage()
  await write(bot('limit = 5\nunlimited = true'))
  expect(words(await run(['validate']))).toContain('exactly one of limit, unlimited = true')
  await write(bot(''))
  expect(words(await run(['validate']))).toContain('has no limit')
  await write(bot('limit = 5\nlimit_reset = "hourly"\nexpires_in = "6 months"\nrotation = { on = "sometimes" }'))
  const said = words(await run(['validate']))
  expect(said).toContain('"limit_reset" must be')
  expect(said).toContain('"expires_in" must be')
  expect(said).toContain('must be rotate_when or apply')
  await write(bot('unmanaged = ["limit"]'))
  expect(await run(['validate'])).toMatchObject({ code: 0 })
})

test('an unmanaged limit is born at 0 and then left as people set it, through rotations', async () => {
  const { write, apply, rests, live, emulator } = stage()
  await write(bot('unmanaged = ["limit"]'))
  await apply()
  expect(live()).toMatchObject([{ limit: 0 }])
  emulator.world.openrouter.edit(live()[0]?.hash ?? '', { limit: 33 })
  await rests()
  await write(bot('unmanaged = ["limit"]\nrotation = { rotate_when = "a", grace = "48h" }'))
  await apply()
  expect(live().map((key) => key.limit)).toEqual([33, 33])
  await rests()
})

test('rotation by age is looked at only with on = "apply"', async () => {
  const { write, apply, goOn, rests, attributes, live } = stage()
  const rotation = (on: string) =>
    bot(`limit = 1\nrotation = { every = "3d", grace = "1h", hold = 0, jitter = 0 ${on} }`)
  await write(rotation(''))
  await apply()
  expect(attributes('bot').next_rotation_at).toEqual(expect.any(String))
  goOn(73 * 60 * MINUTE)
  await rests()
  await write(rotation(', on = "apply"'))
  await apply()
  expect(attributes('bot')).toMatchObject({ generation: 2 })
  expect(live()).toHaveLength(2)
})

test('import by address and by workspace and name; a name that two keys have is refused', async () => {
  const { write, run, done, emulator, attributes } = stage()
  const { openrouter } = emulator.world
  for (const name of ['Twin', 'Twin', 'Single']) openrouter.createForeign({ name, limit: 1 })
  openrouter.createForeign({ name: marked(2), limit: 1 })
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
}
resource "keywright_openrouter_key" "theirs" {
  key_id = "theirs"
  name   = "Theirs"
  limit  = 1
}`)
  const pasted = await run(['import', 'keywright_openrouter_key.one', `sk-or-v1-${'ab'.repeat(32)}`])
  expect(words(pasted)).toContain('is the secret of a key itself')
  expect(pasted.stderr).not.toContain('abab')
  const twins = await run(['import', 'keywright_openrouter_key.one', 'default/Twin'])
  expect(twins.code).toBe(1)
  expect(words(twins)).toContain('2 live keys are called')
  await done(['import', 'keywright_openrouter_key.one', 'default/Single'])
  await done(['import', 'keywright_openrouter_key.bot', 'acme-7f3a/platform/ci-bot'])
  expect(attributes('bot')).toMatchObject({ generation: 2, lineage: 'abcdefgh', name: 'CI' })
  const { hash } = openrouter.createForeign({ name: 'Theirs [kw:other-1a2b/bot#3.abcdefgh]', limit: 1 })
  const theirs = await done(['import', 'keywright_openrouter_key.theirs', hash])
  expect(words(theirs)).toContain('carries the marker of other-1a2b/bot')
  await done(['apply', '-auto-approve'])
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

test('two blocks with one key_id, one place or one live key are refused before anything is issued', async () => {
  const { write, run, done, apply, live, secret, attributes } = stage()
  const block = (name: string, id: string, place: string): string => `
resource "keywright_openrouter_key" "${name}" {
  key_id     = "${id}"
  limit      = 1
  deliver_to = [{ sink = "dotenv", name = "${place}" }]
}`
  await write(block('one', 'twin', 'ONE') + block('two', 'twin', 'TWO'))
  expect(words(await run(['apply', '-auto-approve']))).toContain('Two blocks have the key_id "twin"')
  await write(block('one', 'one', 'SAME') + block('two', 'two', 'SAME'))
  expect(words(await run(['apply', '-auto-approve']))).toMatch(/delivers to dotenv:\S*SAME, where the secret of/)
  expect(live()).toEqual([])
  await write(block('one', 'one', 'SAME') + block('two', 'two', 'OTHER'))
  await apply()
  const [mine, theirs] = [secret('SAME'), secret('OTHER')]
  await write(block('one', 'one', 'OTHER') + block('two', 'two', 'SAME'))
  await apply()
  expect([secret('OTHER'), secret('SAME')]).toEqual([mine, theirs])
  expect(live()).toHaveLength(2)
  await write(block('one', 'one', 'OTHER') + block('two', 'two', 'SAME') + block('again', 'again', 'AGAIN'))
  await done(['import', 'keywright_openrouter_key.again', String(attributes('one').id)])
  expect(words(await run(['plan']))).toMatch(/"(again|one)" and acme-7f3a\/(one|again) hold the same live key/)
})

test('another account is never taken for one whose keys are gone: neither apply nor destroy believes it', async () => {
  const { write, run, quick, apply, live, env, attributes } = stage()
  await write(bot('limit = 5'))
  await apply()
  const elsewhere = await startEmulator({})
  try {
    const wrong = {
      OPENROUTER_MANAGEMENT_KEY: elsewhere.openrouter.managementKey,
      OPENROUTER_BASE_URL: elsewhere.openrouter.baseUrl,
    }
    const spawned = { ...env(), ...wrong, TF_REATTACH_PROVIDERS: '' }
    await write(bot('limit = 6'))
    for (const more of [['-destroy'], []]) {
      await quick(['plan', '-out=plan.bin', ...more])
      const refused = await run(['apply', 'plan.bin'], spawned)
      expect(refused.code).toBe(1)
      expect(words(refused)).toContain('PROVIDER_IDENTITY_CHANGED')
    }
    expect(attributes('bot')).toMatchObject({ id: live()[0]?.hash })
  } finally {
    await elsewhere.close()
  }
})

test('data sources tell what is live, spend included', async () => {
  const { write, apply, done, emulator, attributes, live } = stage()
  await write(bot('limit = 5'))
  await apply()
  emulator.world.openrouter.addUsage(String(attributes('bot').id), 1.5)
  await write(`${bot('limit = 5')}
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
