/** `census --burn-orphans`: what no state claims ends, and nothing else. */
import { afterEach, expect, test } from 'vitest'
import { folder, type House, house, keywright, leaveHouses, STACK } from '../fakes/cli.ts'

afterEach(leaveHouses)

const orphan = ({ emulator }: House, n: number, spent = 0): string => {
  const { hash } = emulator.world.openrouter.createForeign({ name: `Lost [kw:${STACK}/lost#${n}.abcdefgh]`, limit: 1 })
  if (spent > 0) emulator.world.openrouter.addUsage(hash, spent)
  return hash
}

test('ends keys of the stack that no record claims, after a yes, and leaves all others', async () => {
  const all = await house()
  await all.run('apply --yes')
  const kept = all.live().map((key) => key.hash)
  const foreign = all.emulator.world.openrouter.createForeign({ name: 'Not ours', limit: 1 }).hash
  orphan(all, 1)
  const asked = await all.run(`census --burn-orphans ${STACK}`)
  expect(asked).toMatchObject({ code: 3 })
  expect(asked.words).toContain(`keywright census --burn-orphans ${STACK} --yes`)
  expect(all.live()).toHaveLength(3)
  expect(await all.run(`census --burn-orphans ${STACK} --yes`)).toMatchObject({ code: 0 })
  expect(all.live().map((key) => key.hash)).toEqual([...kept, foreign])
  expect((await all.run(`census --burn-orphans ${STACK}`)).words).toContain('without a state that claims it')
})

test('keys that were used go only with their number', async () => {
  const all = await house()
  orphan(all, 1, 0.5)
  const refused = await all.run(`census --burn-orphans ${STACK} --yes`)
  expect(refused).toMatchObject({ code: 3 })
  expect(refused.words).toContain('1 of the 1 were used')
  expect(await all.run(`census --burn-orphans ${STACK} --yes --confirm 1`)).toMatchObject({ code: 0 })
  expect(all.live()).toEqual([])
})

test('without a project a Terraform state says what is claimed; without either, nothing is believed', async () => {
  const all = await house()
  const [claimed] = [orphan(all, 1), orphan(all, 2)]
  const cwd = folder()
  const { baseUrl, managementKey } = all.emulator.openrouter
  const env = { OPENROUTER_MANAGEMENT_KEY: managementKey, OPENROUTER_BASE_URL: baseUrl }
  const burn = (...more: string[]) => keywright(['census', '--burn-orphans', STACK, '--yes', ...more], { cwd, env })
  const refused = await burn()
  expect(refused).toMatchObject({ code: 3 })
  expect(refused.words).toContain('terraform state pull')
  all.write('state.json', JSON.stringify({ terraform_version: '1.11.4', resources: [{ id: claimed }] }))
  expect(await burn('--state', `${all.root}/state.json`)).toMatchObject({ code: 0 })
  expect(all.live().map((key) => key.hash)).toEqual([claimed])
  all.write('broken.json', '{}')
  expect((await burn('--state', `${all.root}/broken.json`)).words).toContain('is no Terraform state')
})
