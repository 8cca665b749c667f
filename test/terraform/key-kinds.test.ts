/** What only one of the two APIs has: guardrails at OpenRouter; scopes, native rotation and blind secrets at Strait. */
import { expect, test } from 'vitest'
import type { StraitKeyTruth } from '../../src/emulators/strait/hooks.ts'
import { assignAll, makeGuardrail } from '../fakes/guarded-apis.ts'
import { bot, sharedStage, words } from './key-stage.ts'

const HOUR = 3_600_000
const stage = sharedStage({ how: 'reattached', strait: { limits: false } })

/** Oldest first, without the managing one. */
const workers = (): readonly StraitKeyTruth[] =>
  stage()
    .emulator.world.strait.keys()
    .slice(1)
    .filter((key) => key.revoked_at === null)

const worker = (inside: string, scopes = '"jobs:read"'): string => `
resource "keywright_strait_key" "worker" {
  key_id     = "jobs/worker"
  scopes     = [${scopes}]
  expires_in = "90d"
  deliver_to = [{ sink = "dotenv", name = "WORKER" }]
  ${inside}
}`

test('a guardrail is there before the secret goes out, changes in place, and drift of it is repaired', async () => {
  const { write, apply, run, live, attributes, secret, emulator } = stage()
  const [first, second] = [
    await makeGuardrail(emulator, { name: 'no-training' }),
    await makeGuardrail(emulator, { name: 'strict' }),
  ]
  await write(bot('limit = 5\nguardrail = "no-training"'))
  await apply()
  expect(live()).toMatchObject([{ guardrail_id: first, limit: 5 }])
  const delivered = secret('BOT')
  await write(bot('limit = 5\nguardrail = "strict"'))
  await apply()
  expect(live()).toMatchObject([{ guardrail_id: second }])
  await assignAll(emulator, first, [String(attributes('bot').id)])
  expect((await apply()).stdout).toContain('"strict"')
  expect(live()).toMatchObject([{ guardrail_id: second }])
  expect(secret('BOT')).toBe(delivered)
  await write(bot('limit = 5\nguardrail = "strict"\nrotation = { rotate_when = "now" }'))
  await apply()
  expect(live()).toMatchObject([{ guardrail_id: second }, { guardrail_id: second }])
  await write(bot('limit = 5\nguardrail = "stict"'))
  expect(words(await run(['plan']))).toMatch(/stict.*on main\.tf line/)
})

test('Strait: scopes are a rotation with overlap, and a destroy revokes', async () => {
  const { write, apply, rests, attributes, done, secret, emulator } = stage()
  await write(worker('rotation = { grace = "48h" }'))
  await apply()
  const first = secret('WORKER')
  expect(first).toMatch(/^strait_/)
  await write(worker('rotation = { grace = "48h" }', '"jobs:trigger", "jobs:read"'))
  await apply()
  expect(secret('WORKER')).not.toBe(first)
  expect(attributes('worker')).toMatchObject({ generation: 2, retiring: [{ generation: 1, phase: 'grace' }] })
  expect(attributes('worker').fingerprint).toMatch(/^sha256:[0-9a-f]{64}$/)
  const derived = emulator.world.strait.createForeign({ name: `${workers()[1]?.name} (rotated)` })
  await rests()
  await done(['destroy', '-auto-approve'])
  expect(secret('WORKER')).toBeNull()
  expect(workers().map(({ id }) => id)).toEqual([derived.id])
})

test('Strait rotates by itself where it is told to, with the grace of the block; the old key ends, and nobody else is touched', async () => {
  const { write, apply, goOn, attributes, secret } = stage()
  const rotation = (text: string) => worker(`rotation = { rotate_when = "${text}", native = true, grace = "24h" }`)
  await write(rotation('a'))
  await apply()
  const [first, old] = [secret('WORKER'), attributes('worker').id]
  await write(rotation('b'))
  await apply()
  const [before, after] = workers()
  expect(before).toMatchObject({ id: old, replaced_by_key_id: after?.id, grace_expires_at: expect.any(String) })
  expect(attributes('worker')).toMatchObject({ id: after?.id, generation: 2 })
  expect(secret('WORKER')).not.toBe(first)
  goOn(25 * HOUR)
  await apply()
  expect(workers().map(({ id }) => id)).toEqual([after?.id])
  expect(attributes('worker')).toMatchObject({ retiring: [], pending: false })
})

test('Strait: a foreign key is imported by id and by name, keeps its secret, and its next one is ours', async () => {
  const { write, apply, run, done, goOn, attributes, secret, emulator } = stage()
  const { strait, project } = { strait: emulator.world.strait, project: emulator.firstLine.strait.project }
  for (const name of ['Twin', 'Twin', 'Mine']) strait.createForeign({ name, scopes: ['jobs:read'] })
  const block = (more: string) => `
resource "keywright_strait_key" "mine" {
  key_id     = "mine"
  name       = "Mine"
  scopes     = ["jobs:read"]
  ${more}
}`
  await write(block(''))
  const refused = await run(['import', 'keywright_strait_key.mine', `${project}/Twin`])
  expect(refused.code).toBe(1)
  expect(words(refused)).toContain('2 live keys are called')
  const id = workers().find(({ name }) => name === 'Mine')?.id
  await done(['import', 'keywright_strait_key.mine', `${project}/Mine`])
  expect(attributes('mine')).toMatchObject({ id, generation: 1, places: [] })
  await apply()
  expect(workers().find((key) => key.id === id)).toMatchObject({ revoked_at: null })
  await write(
    block(
      'deliver_to = [{ sink = "dotenv", name = "MINE" }]\nexpires_in = "90d"\nrotation = { rotate_when = "ours", grace = "1h" }',
    ),
  )
  await apply()
  expect(secret('MINE')).toMatch(/^strait_/)
  expect(attributes('mine')).toMatchObject({ generation: 2, places: [{ status: 'verified' }] })
  goOn(2 * HOUR)
  await apply()
  expect(workers().map((key) => key.id)).not.toContain(id)
})

test('Strait: create_before_destroy issues anew, since nobody can tell whose secret a place holds, and leaves one key', async () => {
  const { write, apply, goOn, attributes, secret } = stage()
  const block = (trigger: string) => `
resource "terraform_data" "trigger" { input = "${trigger}" }
${worker(`rotation = { grace = "1h" }\nlifecycle {\n create_before_destroy = true\n replace_triggered_by = [terraform_data.trigger]\n}`)}`
  await write(block('a'))
  await apply()
  const { lineage } = attributes('worker')
  await write(block('b'))
  await apply()
  expect(attributes('worker')).toMatchObject({ lineage, generation: 2 })
  goOn(2 * HOUR)
  await apply()
  const [only, ...more] = workers()
  expect(more).toEqual([])
  expect(attributes('worker')).toMatchObject({ id: only?.id, fingerprint: `sha256:${only?.key_hash}`, retiring: [] })
  expect(secret('WORKER')).toMatch(/^strait_/)
})
