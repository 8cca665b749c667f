import { afterAll, beforeAll, expect, test } from 'vitest'
import { search } from './search.ts'
import { openStage, type Stage } from './stage.ts'
import { story } from './story.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
  await story(stage)
})

afterAll(() => stage.close())

test('shows and keeps no secret anywhere but in declared places', async () => {
  expect(search(await stage.secrets(), await stage.texts())).toEqual([])
})

test('went through what it tells: keys were issued, lost, refused and disabled', async () => {
  const told = stage.printed.map(({ text }) => text).join('\n')
  expect((await stage.secrets()).length).toBeGreaterThanOrEqual(30)
  const words = [
    'API_UNAUTHORIZED',
    'LOCK_HELD',
    'SINK_EXEC_FAILED',
    'CLI_USAGE',
    '(withheld)',
    'no answer',
    'trace GET',
  ]
  expect(words.filter((word) => !told.includes(word))).toEqual([])
  expect(told.match(/CLI_USAGE/g)).toHaveLength(3)
  expect(told).not.toContain('CLI_INTERNAL')
})

test.each([
  ['as it is', (secret: string) => secret],
  ['as a piece', (secret: string) => secret.slice(30, 50)],
  ['in base64', (secret: string) => Buffer.from(`x${secret}`).toString('base64')],
  ['in hex', (secret: string) => Buffer.from(secret).toString('hex')],
  ['in a URL', (secret: string) => `https://example.org/?k=${encodeURIComponent(secret)}`],
])('finds a secret planted %s', async (_, plant) => {
  const secrets = await stage.secrets()
  const [first = ''] = secrets
  const clean = await stage.texts()
  expect(search(secrets, [...clean, { from: 'planted', text: `before ${plant(first)} after` }])).not.toEqual([])
})
