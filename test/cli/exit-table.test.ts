/** Exit codes are an interface: scripts branch on them. This table only grows. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ExitCode } from '../../src/cli/shell/command.ts'
import { endOf } from '../../src/cli/shell/run.ts'
import { CODES, type Code } from '../../src/core/codes/index.ts'
import { KeywrightError } from '../../src/core/diagnostic.ts'
import { type House, leaveHouses, manifest } from '../fakes/cli.ts'
import { quietHouse } from './inside.ts'

afterAll(leaveHouses)

const hash = (home: House, id: string): string => home.live().find(({ name }) => name.startsWith(`${id} `))?.hash ?? ''
const edit = (home: House, fields: object): unknown =>
  home.emulator.world.openrouter.edit(hash(home, 'a'), fields as never)
const keys =
  (text: Readonly<Record<string, string>>) =>
  (home: House): void =>
    home.write('keys/a.keys.yaml', manifest(text))
const nothing = (): void => undefined
const stranger = (home: House): unknown => home.emulator.world.openrouter.createForeign({ name: 'nightly' })

interface Row {
  readonly line: string
  readonly when: string
  readonly exit: ExitCode
  readonly how: (home: House) => unknown
  /** It changes live keys or the state, so it gets a house of its own. */
  readonly own?: true
}

/** Each with two keys, `a` and `b`, that are in service. */
const TABLE: readonly Row[] = [
  { exit: 0, line: 'plan', when: 'nothing to do', how: nothing },
  { exit: 0, line: 'plan', when: 'changes are pending', how: keys({ a: 'limit: 2', b: 'limit: 1' }) },
  {
    exit: 2,
    line: 'plan --detailed-exitcode',
    when: 'changes are pending',
    how: keys({ a: 'limit: 2', b: 'limit: 1' }),
  },
  { exit: 0, line: 'plan --detailed-exitcode', when: 'nothing to do', how: nothing },
  { exit: 0, line: 'drift', when: 'nothing drifted', how: nothing },
  { exit: 2, line: 'drift', own: true, when: 'something drifted', how: (home) => edit(home, { limit: 9 }) },
  { exit: 0, line: 'apply', own: true, when: 'nothing needs a yes', how: (home) => edit(home, { limit: 9 }) },
  { exit: 0, line: 'apply', own: true, when: 'a key is held outside', how: (home) => edit(home, { disabled: true }) },
  { exit: 3, line: 'apply', when: 'nobody can say yes', how: keys({ a: 'limit: 2', b: 'limit: 1' }) },
  { exit: 0, own: true, line: 'apply --yes', when: 'changes are pending', how: keys({ a: 'limit: 2', b: 'limit: 1' }) },
  {
    exit: 3,
    line: 'plan',
    when: 'a guard refuses',
    how: (home) => home.write('keywright.yaml', `${home.read('keywright.yaml')}guard: { requireOwner: true }\n`),
  },
  { exit: 3, line: 'apply --yes', when: 'a guard refuses', how: keys({ c: 'limit: 1', d: 'limit: 1' }) },
  { exit: 3, line: `plan --check sha256:${'0'.repeat(64)}`, when: 'it is another plan', how: nothing },
  { exit: 3, line: `apply --check sha256:${'0'.repeat(64)}`, when: 'it is another plan', how: nothing },
  {
    exit: 3,
    line: 'apply plan.json',
    own: true,
    when: 'a sealed decision differs',
    how: async (home) => {
      keys({ a: 'limit: 3', b: 'limit: 1' })(home)
      await home.run('plan --out plan.json')
      edit(home, { limit: 2 })
    },
  },
  { exit: 1, line: 'apply plan.json', when: 'there is no such plan', how: nothing },
  { exit: 1, line: 'plan', when: 'a manifest is wrong', how: (home) => home.write('keys/a.keys.yaml', 'keys: 1\n') },
  {
    exit: 1,
    line: 'validate',
    when: 'a manifest is wrong',
    how: (home) => home.write('keys/a.keys.yaml', 'keys: 1\n'),
  },
  { exit: 0, line: 'validate', when: 'all is well', how: nothing },
  { exit: 1, line: 'plan --live live.json', when: 'there is no such snapshot', how: nothing },
  { exit: 1, line: 'plan --trust main', when: 'there is no such commit', how: nothing },
  { exit: 1, line: 'plan --no-such-flag', when: 'the line is wrong', how: nothing },
  { exit: 1, line: 'apply --yes --allow GUARD_PROTECTED', when: 'nothing waives that guard', how: nothing },
  { exit: 1, line: 'plan zzz', when: 'no key is called so', how: nothing },
  { exit: 1, line: 'codeowners', when: 'nobody owns anything', how: nothing },
  { exit: 0, line: 'doctor', when: 'nothing is wrong', how: nothing },
  {
    exit: 1,
    line: 'doctor',
    when: 'a job of CI gives a secret to a change',
    how: (home) =>
      home.write(
        '.github/workflows/a.yml',
        'on: pull_request\njobs: { a: { steps: [{ uses: keywright/keywright@v0.0.0, with: { run: plan }, env: { A: "${{ secrets.A }}" } }] } }\n',
      ),
  },
  { exit: 1, line: 'ci plan', when: 'no branch is trusted', how: nothing },
  { exit: 1, line: 'ci apply', when: 'it is no job of CI', how: nothing },
  { exit: 0, line: 'explain PLAN_STALE', when: 'there is such a code', how: nothing },
  { exit: 1, line: 'explain PLAN_FRESH', when: 'there is no such code', how: nothing },
  { exit: 0, line: 'snapshot --out -', when: 'all is well', how: nothing },
  { exit: 0, line: 'import --all', when: 'no key is free', how: nothing },
  { exit: 0, line: 'import --all --files-only', when: 'a key is free', how: stranger },
  {
    exit: 3,
    line: 'import --all --out keys/more.keys.yaml',
    when: 'a guard refuses',
    how: (home) => {
      home.write('keywright.yaml', `${home.read('keywright.yaml')}guard: { requireOwner: true, exempt: [a, b] }\n`)
      stranger(home)
    },
  },
  { exit: 1, line: 'import --from-tfstate state.json', when: 'there is no such state', how: nothing },
  {
    exit: 3,
    line: `adopt ${'0'.repeat(64)} --as a`,
    when: 'a has a key of its own',
    how: nothing,
  },
  { exit: 0, line: 'census', when: 'keys are odd', how: stranger },
  {
    exit: 1,
    line: 'apply --yes',
    own: true,
    when: 'one address is stopped by a code',
    how: (home) => {
      home.emulator.world.openrouter.createForeign({ name: 'c [kw:test-a1b2/c#1.aaaabbbb]' })
      keys({ a: 'limit: 1', b: 'limit: 1', c: 'limit: 1' })(home)
    },
  },
  {
    exit: 5,
    line: 'plan',
    when: 'the API does not answer',
    how: (home) =>
      home.write(
        'keywright.yaml',
        home.read('keywright.yaml').replace(home.emulator.openrouter.baseUrl, 'http://127.0.0.1:9'),
      ),
  },
]

async function served(): Promise<House> {
  const home = await quietHouse({ keys: { a: 'limit: 1', b: 'limit: 1' } })
  expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
  return home
}

async function endsWith({ line, how, exit }: Row, home: House): Promise<void> {
  await how(home)
  const ended = await home.run(line)
  expect({ code: ended.code, all: ended.all }).toEqual({ code: exit, all: expect.any(String) })
}

describe.concurrent('exit codes', () => {
  test.each(TABLE.filter(({ own }) => own))('$exit: $line, when $when', async (row) => endsWith(row, await served()))

  describe.sequential('where nothing is written', () => {
    let shared: House
    let files: readonly (readonly [path: string, text: string])[] = []
    beforeAll(async () => {
      shared = await served()
      files = ['keywright.yaml', 'keys/a.keys.yaml'].map((path) => [path, shared.read(path)])
    })
    test.each(TABLE.filter(({ own }) => !own))('$exit: $line, when $when', async (row) => {
      for (const [path, text] of files) shared.write(path, text)
      const before = shared.writes()
      await endsWith(row, shared)
      expect(shared.writes()).toBe(before)
    })
  })

  test('of codes that end a command are 1, but for refusals and leases; what may be tried again is 5', () => {
    const ends = (retryable: boolean) =>
      (Object.keys(CODES) as Code[]).map(
        (code) => [code, endOf(new KeywrightError(code, { message: '', retryable })).exit] as const,
      )
    const not = (other: number) => ends(false).filter(([, exit]) => exit !== other)
    const special = not(1).filter(([code]) => !code.startsWith('GUARD_'))
    expect(Object.fromEntries(special)).toEqual({
      LEASE_LOST: 4,
      LOCK_HELD: 4,
      PLACE_SHARED_BY_REMOVAL: 3,
      PLAN_STALE: 3,
      STATE_PUSH_REFUSED: 3,
      CLI_NEEDS_YES: 3,
      CLI_REF_REFUSED: 3,
    })
    expect(
      ends(false)
        .filter(([code]) => code.startsWith('GUARD_'))
        .every(([, exit]) => exit === 3),
    ).toBe(true)
    expect(new Set(ends(true).map(([, exit]) => exit))).toEqual(new Set([3, 4, 5]))
  })
})

describe('a plan', () => {
  test('that is refused, only looked at, made from a snapshot or from a trusted ref never writes', async () => {
    const home = await quietHouse({
      keys: Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`k${i}`, 'limit: 10'])),
    })
    const config = home.read('keywright.yaml')
    await home.run('apply --yes')
    await home.run('snapshot --out live.json')
    const before = home.writes()
    const world = fc.record({
      limits: fc.array(fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 30 })), { minLength: 6, maxLength: 6 }),
      fresh: fc.nat(2),
      guard: fc.constantFrom(
        'maxDeletes: 0',
        'maxLoosen: 0',
        'maxMonthlyUsd: 1',
        'requireOwner: true',
        'requireSinkKinds: [vault]',
        'maxKeyMonthlyUsd: 0',
      ),
    })
    await fc.assert(
      fc.asyncProperty(world, async ({ limits, fresh, guard }) => {
        const kept = limits.flatMap((limit, i) => (limit === null ? [] : [[`k${i}`, `limit: ${limit}`] as const]))
        const born = Array.from({ length: fresh }, (_, i) => [`n${i}`, 'limit: 5'] as const)
        home.write('keys/a.keys.yaml', manifest(Object.fromEntries([...kept, ...born])))
        home.write('keywright.yaml', `${config}guard: { ${guard} }\n`)
        const ends = [
          await home.run('plan'),
          await home.run('plan --live live.json --json', { env: { OPENROUTER_MANAGEMENT_KEY: '' } }),
        ]
        const refused = ends[0]?.code === 3
        expect(ends[1]?.code === 3).toBe(refused)
        if (refused) expect(await home.run('apply --yes')).toMatchObject({ code: 3, stdout: '' })
        expect(home.writes()).toBe(before)
      }),
      { numRuns: process.env.SLOW === '1' ? 200 : 15 },
    )
  })
})
