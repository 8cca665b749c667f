import { afterAll, expect, test } from 'vitest'
import { type House, leaveHouses } from '../fakes/cli.ts'
import { quietHouse } from './inside.ts'

afterAll(leaveHouses)

const spend = (home: House, start: string, usd: number): boolean =>
  home.emulator.world.openrouter.addUsage(home.live().find(({ name }) => name.startsWith(start))?.hash ?? '', usd)

test('shows what was spent by key, by label and by provider, the most expensive first', async () => {
  const home = await quietHouse({
    keys: {
      a: 'limit: 10, limitReset: monthly, labels: { team: red }',
      b: 'limit: 100, labels: { team: red }',
      c: 'limit: unlimited',
    },
  })
  await home.run('apply --yes')
  spend(home, 'a ', 9.5)
  spend(home, 'b ', 12)
  const { stdout, code } = await home.run('usage')
  expect(code).toBe(0)
  expect(stdout.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
    ['key', 'today', 'this month', 'in all', 'used', 'may spend'],
    ['b', '12', '12', '12', '12%', '100 USD in all'],
    ['a', '9.50', '9.50', '9.50', '95%', '10 USD a month', 'nearly used up'],
    ['c', '0', '0', '0', 'unlimited'],
    [''],
    ['test-a1b2: 3 keys spent 21.50 USD today and 21.50 USD this month.'],
    [''],
  ])
  const rows = async (by: string) => JSON.parse((await home.run(`usage --json --by ${by}`)).stdout).rows
  expect(await rows('label=team')).toMatchObject([
    { name: 'red', keys: 2, monthly: 21.5, cap: 110 },
    { name: null, keys: 1, cap: null },
  ])
  expect(await rows('provider')).toMatchObject([{ name: 'openrouter', keys: 3, total: 21.5, cap: null }])
  expect((await home.run('usage a --format markdown')).stdout).toContain(
    '| <code>a</code> | 9.50 | 9.50 | 9.50 | 95% | 10 USD a month |',
  )
  expect((await home.run('usage --by colour')).words).toContain('CLI_USAGE')
})

test('compares with the limit in its own window, and labels and all with the budgets of the guards', async () => {
  const home = await quietHouse({
    keys: {
      a: 'limit: 10, limitReset: weekly, labels: { team: red }',
      b: 'limit: 100, labels: { team: blue }',
      c: 'limit: 5',
    },
    more: 'guard: { maxMonthlyUsd: 400, labelMonthlyUsd: { team: 200, "team=blue": 20 } }\n',
  })
  await home.run('apply --yes --allow GUARD_LABEL_OVER_BUDGET')
  spend(home, 'a ', 4)
  spend(home, 'b ', 19)
  expect((await home.run('usage')).stdout).toMatch(/ a +4 +4 +4 +40% +10 USD a week\n/)
  expect((await home.run('usage')).words).toContain(
    'spent 23 USD today and 23 USD this month of the 400 that guard.maxMonthlyUsd allows.',
  )
  expect((await home.run('usage a')).words).not.toContain('guard')
  const { stdout } = await home.run('usage --by label=team')
  expect(stdout).toMatch(/blue \(1 key\) +19 +19 +19 +95% +100 USD a month, budget 20 USD +nearly used up\n/)
  expect(stdout).toMatch(/red \(1 key\) +4 +4 +4 +2% +60 USD a month, budget 200 USD\n/)
  expect(stdout).toMatch(/\(none\) \(1 key\) +0 +0 +0 +5 USD a month\n/)
  const { budget, rows } = JSON.parse((await home.run('usage --by label=team --json')).stdout)
  expect({ budget, budgets: rows.map((row: { budget?: number }) => row.budget) }).toEqual({
    budget: 400,
    budgets: [20, 200, undefined],
  })
})
