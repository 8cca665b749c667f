/** A provider that crashes with a secret in its hand shows the crash and not the secret, and the next applies end with one key. */
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { bot, sharedStage } from './key-stage.ts'
import { leaked } from './leaked.ts'

const stage = sharedStage({ how: 'spawned' })

/** Everything that terraform said and wrote while its provider crashed in this way. */
async function crashed(way: string): Promise<readonly string[]> {
  const { quick, run, folder } = stage()
  const log = join(folder.path, `${way}.log`)
  const preload = { NODE_OPTIONS: `--require=${resolve('test/terraform/crash.cjs')}`, CRASH: way }
  await quick(['plan', '-out=plan.bin'])
  const { code, stdout, stderr } = await run(['apply', 'plan.bin'], { ...preload, TF_LOG: 'TRACE', TF_LOG_PATH: log })
  expect(code).toBe(1)
  const state = await folder.read('terraform.tfstate').catch(() => '')
  return [stdout, stderr, await folder.read(`${way}.log`), state]
}

test('a crash is told with its stack and without the secret, whoever quotes it; and the grep would find it', async () => {
  const { write, carryOut, goOn, live, issued, secret } = stage()
  await write(bot('limit = 1'))
  const quoting = await crashed('quoting')
  expect(quoting[1]).toMatch(/panic: Error\n[\s\S]*at .*crash\.cjs/)
  const rejecting = await crashed('rejecting')
  expect(rejecting[1]).toMatch(/panic: TypeError\n[\s\S]*at .*crash\.cjs/)
  expect(issued().filter((one) => one.startsWith('sk-or-v1-')).length).toBeGreaterThanOrEqual(2)
  expect(leaked([...quoting, ...rejecting], issued())).toEqual([])
  expect(leaked(await crashed('printing'), issued())).toEqual([issued().at(-1)])
  goOn(16 * 60_000)
  await carryOut()
  expect(live()).toHaveLength(1)
  expect(secret('BOT')).toBe(issued().at(-1))
})
