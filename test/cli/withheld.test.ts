import { describe, expect, test } from 'vitest'
import { REASON } from '../../src/cli/shell/reason.ts'
import { Reported } from '../../src/cli/shell/reported.ts'
import { withheld } from '../../src/cli/shell/withheld.ts'
import { folder, keywright } from '../fakes/cli.ts'

const SECRET = `sk-or-v1-${'0123456789abcdef'.repeat(4)}`
const STRAIT = `strait_${'fedcba9876543210'.repeat(4)}`

describe('a secret in the wrong place of the command line', () => {
  test.each([
    [SECRET],
    ['state', SECRET],
    ['plan', `--${SECRET}`],
    ['-C', SECRET, 'plan'],
    ['extend', 'a', '--grace', STRAIT],
    ['rotate', 'a', '--reason', `found ${SECRET} in a log`],
    ['schema', SECRET, '--json'],
  ])('is not repeated: %s', async (...argv) => {
    const { all, code } = await keywright(argv, { cwd: folder() })
    expect(code).toBe(1)
    expect(all.replace(/\s/g, '')).toContain('(withheld)')
    expect(all.replace(/\s/g, '')).not.toMatch(/0123456789abcdef01|fedcba9876543210fe/)
  })

  test('leaves nothing of itself in any part of what is said, however it was cut', () => {
    const said = `${SECRET} and ${SECRET.slice(0, 40)}...`
    const end = new Reported([{ severity: 'error', code: 'CLI_USAGE', message: said, why: said, hint: said }], {
      summary: said,
    })
    const clean = withheld(end, ['plan', `team=${SECRET}`])
    expect(JSON.stringify([clean.diagnostics, clean.summary])).not.toContain('0123456789ab')
    expect(withheld(end, ['plan'])).toBe(end)
  })
})

test('a reason may name a commit, and no credential', () => {
  const commit = '3369d1a5b7c9e1f3a5b7c9e1f3a5b7c9e1f3a5b7'
  expect(REASON.parse?.(`revert ${commit}\n`)).toBe(`revert ${commit}`)
  expect(() => REASON.parse?.(`found ${STRAIT}`)).toThrow('looks like a credential')
})
