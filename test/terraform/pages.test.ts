/** How often a plan asks the API. */
import { afterEach, expect, test } from 'vitest'
import { bot, keyStage, type Stage } from './key-stage.ts'

let stage: Stage | undefined
afterEach(() => stage?.close())

const TWELVE = bot('limit = 1\n  count = 12')
  .replace('platform/ci-bot"', 'platform/bot-$' + '{count.index}"')
  .replace('"BOT"', '"BOT$' + '{count.index}"')

test('reads each page of the workspace once for all resources, and introduces itself once', async () => {
  stage = await keyStage({ how: 'reattached', keys: 988 })
  await stage.write(TWELVE)
  await stage.apply()
  const { traffic } = stage.emulator.world
  traffic.reset()
  await stage.rests()
  expect(traffic.counts().requests).toEqual({ 'GET /key': 1, 'GET /workspaces': 1, 'GET /keys': 11 })
})
