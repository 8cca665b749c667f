import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { house, leaveHouses } from '../fakes/cli.ts'
import { bareRepository } from '../fakes/stores.ts'

afterAll(leaveHouses)

const KEYS = 1_000

test('1,000 issues of a real apply make at most 60 pushes', async () => {
  const { url, root } = bareRepository()
  const home = await house({ keys: {}, more: `store: { kind: git, url: ${url} }` })
  home.write(
    'keywright.yaml',
    home.read('keywright.yaml').replace(/^sinks:.*$/m, 'sinks: { files: { kind: file, root: secrets } }'),
  )
  const keys = Array.from({ length: KEYS }, (_, n) => `  k${n}: { limit: 1, deliverTo: ["files:k${n}"] }`)
  home.write('keys/a.keys.yaml', `keys:\n${keys.join('\n')}\n`)
  expect(await home.run('apply --yes --json')).toMatchObject({ code: 0 })
  expect(home.live()).toHaveLength(KEYS)
  // Each push brings one commit.
  const pushes = Number(execFileSync('git', [`--git-dir=${url}`, 'rev-list', '--count', 'keywright-state']))
  process.stdout.write(`1,000 issues: ${pushes} pushes\n`)
  expect(pushes).toBeLessThanOrEqual(60)
  expect(await home.run('plan --detailed-exitcode')).toMatchObject({ code: 0 })
  rmSync(root, { recursive: true, force: true })
})
