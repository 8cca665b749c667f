/** The story of `examples/import-existing`, with the very script that its reader runs. */
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { CLI } from '../fakes/cli.ts'

test('keys that exist already come in as they are, are proven, changed and rotated', async () => {
  const env = { ...process.env, KEYWRIGHT: `${process.execPath} ${CLI}` }
  const story = resolve('examples/import-existing/story.sh')
  const { stdout } = await promisify(execFile)('bash', [story], { env, timeout: 120_000 })
  const [, look = '', bring = '', limit = '', prove = '', rotate = '', end = ''] = stdout.split(/^== \d\. /m)
  expect(look).toMatch(/unlimited +1 .*\n +Crawler\n/)
  expect(bring).toContain(`terraform state rm 'module.search.openrouter_api_key.bot["indexer"]'`)
  expect(bring).toContain('Recorded 2 keys as found')
  expect(bring).toContain('the plan ended with 0')
  expect(limit).toContain('limit unlimited -> 10 USD in all, marked')
  expect(prove.replace(/\s+/g, ' ')).toContain(
    'apply looks first: where a new place holds it already, nothing is rotated',
  )
  expect(prove).toContain('secret found in dotenv:.env.keys#DOCS_BOT_KEY')
  expect(prove).toContain('0 writes')
  expect(prove).toContain('still the same secret')
  expect(rotate).toContain('issued #2')
  expect(rotate).toContain('another secret is there')
  expect(end).toContain('the plan ended with 0')
  expect(stdout).not.toContain('sk-or-v1-')
})
