/** Guards beyond deletes: what is counted, what a key must have, what a team may do, and the key keywright runs with. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GUARD_DEFAULTS, type GuardConfig } from '../../src/core/config/config.ts'
import { type Allowance, type GuardInputs, refusals } from '../../src/core/guard.ts'
import type { DesiredKey } from '../../src/core/key.ts'
import { makePlan, type Subject } from '../../src/core/plan.ts'
import { DAY } from '../../src/core/time.ts'
import { aKey, aPlace, aRotation } from '../fakes/desired.ts'
import { sourced } from '../fakes/sources.ts'
import { active, live, NOW, record, sight } from './machine/build.ts'

const keysOf = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `k${i}`)

/** The key `id` in service, and what the manifests say of it now. */
function served(id: string, desired: DesiredKey | null, fields: Partial<Record<string, unknown>> = {}): Subject {
  const own = active(1, { id: `id-${id}` })
  const state = record([own], { address: `test-1/${id}` })
  const key = live(1, { id: own.id, fields: { ...live(1).fields, ...fields } as never })
  return {
    address: state.address,
    desired,
    record: state,
    sight: sight(state, { keys: new Map([[own.id, key]]) }),
    handedOver: false,
  }
}

const wants = (id: string, change: Parameters<typeof aKey>[0] = {}): DesiredKey =>
  aKey({ id, name: 'a', places: [aPlace('a')], ...change })

function fresh(desired: DesiredKey): Subject {
  const state = record([], { address: desired.address, serial: 0, highest: 0 })
  return { address: desired.address, desired, record: state, sight: sight(state), handedOver: false }
}

interface More extends Partial<Omit<GuardInputs, 'guard' | 'plan' | 'records' | 'desired' | 'allowance'>> {
  readonly allowance?: Allowance
}

function refused(
  subjects: readonly Subject[],
  guard: Partial<GuardConfig> = {},
  { allowance = {}, ...more }: More = {},
) {
  const plan = makePlan({ stack: 'test-1', now: NOW, subjects, stops: new Map(), problems: [], unclaimed: 0, live: 0 })
  const desired = subjects.flatMap((one) => one.desired ?? [])
  const records = new Map(subjects.filter((one) => one.record.serial > 0).map((one) => [one.address, one.record]))
  return refusals({ plan, guard: { ...GUARD_DEFAULTS, ...guard }, allowance, desired, records, ...more })
}

const codes = (...args: Parameters<typeof refused>) => refused(...args).map(({ code }) => code)

describe('counts', () => {
  const off = (count: number, all: number) =>
    keysOf(all).map((id, i) => served(id, wants(id, { fields: { disabled: i < count }, bornHarmless: false })))
  const turned = (count: number, all: number) =>
    keysOf(all).map((id, i) => served(id, wants(id, i < count ? { rotation: aRotation({ serial: 9 }) } : {})))
  const raised = (count: number) =>
    keysOf(12).map((id, i) => served(id, wants(id, { fields: { limit: i < count ? 20 : 10 } })))

  test.each([
    ['disables', off(4, 20), { maxDisables: 3 }, 'GUARD_TOO_MANY_DISABLES', '--allow-disables 4', { disables: 4 }],
    [
      'disables in percent',
      off(4, 20),
      { maxDisablePercent: 19 },
      'GUARD_TOO_MANY_DISABLES',
      '--allow-disables 4',
      { disables: 4 },
    ],
    [
      'rotations',
      turned(4, 20),
      { maxRotations: 3 },
      'GUARD_TOO_MANY_ROTATIONS',
      '--allow-rotations 4',
      { rotations: 4 },
    ],
    [
      'rotations in percent',
      turned(4, 20),
      { maxRotationPercent: 19 },
      'GUARD_TOO_MANY_ROTATIONS',
      '--allow-rotations 4',
      { rotations: 4 },
    ],
    ['loosening', raised(2), { maxLoosen: 1 }, 'GUARD_TOO_MUCH_LOOSENED', '--allow-loosen 2', { loosen: 2 }],
  ] as const)(
    'of %s are refused beyond the threshold, with the exact flag, and pass with it',
    (_, subjects, guard, code, flag, allowance) => {
      const [refusal] = refused(subjects, guard)
      expect(refusal).toMatchObject({ code, hint: expect.stringContaining(`keywright apply ${flag} `) })
      expect(refusal?.message).toContain(`the guard allows ${Object.values(guard)[0]}`)
      expect(codes(subjects, guard, { allowance })).toEqual([])
      expect(codes(subjects)).toEqual([])
    },
  )

  test('a percentage leaves small sets alone, and never the whole stack', () => {
    expect(codes(off(4, 9), { maxDisablePercent: 10 })).toEqual([])
    expect(codes(off(9, 9), { maxDisablePercent: 10 })).toEqual(['GUARD_TOO_MANY_DISABLES'])
  })

  test('a leak is replaced whatever the guard of rotations says', () => {
    const one = served('a', wants('a'))
    const leaked = {
      ...one,
      record: {
        ...one.record,
        compromised: { n: 1, at: record([]).issuedAt?.[0] ?? '2027-01-10T00:00:00.000Z', afterReplacement: false },
      },
    }
    expect(codes([leaked], { maxRotations: 0 })).toEqual([])
  })
})

describe('money', () => {
  test('of one key and of a label is bounded by the worst month', () => {
    const daily = { fields: { limit: 10, limitReset: 'daily' } } as const
    const keys = [
      fresh(wants('a', { ...daily, labels: { team: 'red' } })),
      fresh(wants('b', { labels: { team: 'red' } })),
    ]
    expect(refused(keys, { maxKeyMonthlyUsd: 309 })).toMatchObject([
      {
        code: 'GUARD_KEY_OVER_BUDGET',
        address: 'test-1/a',
        message: expect.stringContaining('310 USD a month; the guard allows 309'),
      },
    ])
    expect(codes(keys, { maxKeyMonthlyUsd: 310 })).toEqual([])
    for (const label of ['team=red', 'team']) {
      expect(refused(keys, { labelMonthlyUsd: { [label]: 319 } })).toMatchObject([
        {
          code: 'GUARD_LABEL_OVER_BUDGET',
          message: expect.stringContaining('2 keys with team=red could spend 320 USD'),
        },
      ])
      expect(codes(keys, { labelMonthlyUsd: { [label]: 320 } })).toEqual([])
    }
    expect(codes(keys, { labelMonthlyUsd: { 'team=blue': 0 } })).toEqual([])
  })

  test('counts the keys a run leaves alone as they are', () => {
    const beside = served('b', wants('b'))
    const plan = makePlan({
      stack: 'test-1',
      now: NOW,
      subjects: [fresh(wants('a'))],
      beside: [beside],
      stops: new Map(),
      problems: [],
      unclaimed: 0,
      live: 0,
    })
    expect(plan.spend).toEqual({ before: 10, after: 20 })
  })
})

describe('what a key must have', () => {
  const bare = wants('a', { fields: { limit: null } })
  test.each([
    ['GUARD_UNLIMITED', { requireLimit: true }, { fields: { limit: 5 } }],
    ['GUARD_EXPIRY_REQUIRED', { requireExpiry: true }, { expiresIn: DAY }],
    ['GUARD_ROTATION_REQUIRED', { requireRotation: 30 * DAY }, { rotation: aRotation({ every: 30 * DAY }) }],
    ['GUARD_OWNER_REQUIRED', { requireOwner: true }, { owner: 'me' }],
    ['GUARD_LABEL_REQUIRED', { requireLabels: ['team'] }, { labels: { team: 'x' } }],
    ['GUARD_NAME_PATTERN', { requireNames: ['x/**'] }, { id: 'x/a' }],
    ['GUARD_SINK_KIND', { requireSinkKinds: ['vault'] }, { places: [aPlace('a', 'safe')] }],
  ] as const)('%s is refused with what to write, may be exempt, and may pass once', (code, guard, change) => {
    const sinkKinds = new Map([
      ['memory', 'memory'],
      ['safe', 'vault'],
    ])
    const [refusal] = refused([fresh(bare)], guard, { sinkKinds })
    expect(refusal).toMatchObject({ code, address: 'test-1/a' })
    expect(refusal?.hint).toContain(`keywright apply --allow ${code}:a`)
    expect(codes([fresh(bare)], { ...guard, exempt: ['a'] }, { sinkKinds })).toEqual([])
    expect(codes([fresh(bare)], guard, { sinkKinds, allowance: { waived: [`${code}:a`] } })).toEqual([])
    expect(codes([fresh(bare)], guard, { sinkKinds, allowance: { waived: [`${code}:b`] } })).toEqual([code])
    expect(codes([fresh(wants('a', change))], guard, { sinkKinds })).toEqual([])
  })
})

describe('scopes', () => {
  const strait = (scopes: readonly string[]) =>
    wants('a', { kind: 'strait', provider: 'jobs', fields: { scopes }, bornHarmless: false })

  test('that are listed need a word, and so does the one that covers them', () => {
    const guard = { approveScopes: ['rbac:manage'] }
    expect(refused([fresh(strait(['jobs:read', 'rbac:manage']))], guard)).toMatchObject([
      { code: 'GUARD_SCOPE_APPROVAL', hint: expect.stringContaining('keywright apply --allow-scope rbac:manage') },
    ])
    expect(codes([fresh(strait(['*']))], guard)).toEqual(['GUARD_SCOPE_APPROVAL'])
    expect(codes([fresh(strait(['*']))], guard, { allowance: { scopes: ['*'] } })).toEqual([])
    expect(codes([fresh(strait(['jobs:read']))], guard)).toEqual([])
  })
})

describe('the key keywright runs with', () => {
  const own = new Set(['id-a'])
  test.each([
    ['ends', 'removed', null],
    ['shrinks', 'disabled', wants('a', { fields: { disabled: true }, bornHarmless: false })],
    ['shrinks', 'cut', wants('a', { fields: { limit: 1 } })],
  ] as const)('is never one that the plan %s (%s), and no flag allows it', (word, _, desired) => {
    const [refusal] = refused([served('a', desired), served('b', wants('b'))], {}, { own })
    expect(refusal).toMatchObject({
      code: 'GUARD_SELF_LOCKOUT',
      message: expect.stringContaining(`the plan ${word} it`),
    })
    expect(
      codes(
        [served('a', desired), served('b', wants('b'))],
        {},
        { own, allowance: { waived: ['GUARD_SELF_LOCKOUT'] } },
      ),
    ).toEqual(['GUARD_SELF_LOCKOUT'])
  })

  test('is not replaced without a grace either: its next run would have nothing to authenticate with', () => {
    const turned = wants('a', { rotation: aRotation({ serial: 9, grace: 0, hold: 0 }) })
    const others = [served('b', wants('b'))]
    expect(codes([served('a', turned), ...others], {}, { own })).toEqual(['GUARD_SELF_LOCKOUT'])
    const later = wants('a', { rotation: aRotation({ serial: 9, grace: DAY }) })
    expect(codes([served('a', later), ...others], {}, { own })).toEqual([])
  })

  test('may get more, and others may end', () => {
    expect(codes([served('a', wants('a', { fields: { limit: 99 } })), served('b', null)], {}, { own })).toEqual([])
  })
})

/** The code, when the hint says the line that allows it once; else the hint. */
const lineOf = ({ code, hint }: { readonly code: string; readonly hint?: string }): string | undefined =>
  hint?.includes(`keywright apply --allow ${code}`) ? code : hint

describe('teams', () => {
  const CONFIG = `version: 1
stack: test-1
providers:
  openrouter: { kind: openrouter, token: { env: A } }
  other: { kind: openrouter, token: { env: B } }
sinks: { dotenv: { kind: dotenv } }
owners: ["@acme/platform"]
teams:
  pay: { folders: [keys/pay], keys: ["pay/**"], places: ["dotenv:**#PAY_*"], providers: [openrouter], maxKeys: 2, maxMonthlyUsd: 100, requireRotation: 30d }
  find: { folders: [keys/find, env/prod/find], owners: ["@acme/find"] }
`
  const key = (more = '', id = 'pay/a') =>
    `keys: { ${id}: { provider: openrouter, limit: 10, rotation: { every: 30d }, deliverTo: ["dotenv:PAY_A"]${more} } }\n`

  async function judged(files: Readonly<Record<string, string>>) {
    const { config, keys, moved, handedOver, said } = await sourced({ config: CONFIG, files })
    expect(said).toEqual([])
    const takings = [
      ...moved.map(({ from, origin }) => ({ id: from, origin })),
      ...handedOver.map(({ id, origin }) => ({ id, origin })),
    ]
    const plan = makePlan({
      stack: 'test-1',
      now: NOW,
      subjects: [],
      stops: new Map(),
      problems: [],
      unclaimed: 0,
      live: 0,
    })
    const desired = [...keys.values()]
    const inputs = { plan, guard: GUARD_DEFAULTS, allowance: {}, desired, records: new Map() }
    return refusals({ ...inputs, takings, ...(config ? { teams: config.teams } : {}) })
  }

  test('keep to their places, providers, budget, number of keys and rotation', async () => {
    expect(await judged({ 'keys/pay/a.keys.yaml': key() })).toEqual([])
    const file = 'keys/pay/a.keys.yaml'
    const said = async (more: string) =>
      (await judged({ [file]: key(more).replace(/provider: openrouter, (?=.*provider: other)/, '') })).map(lineOf)
    expect(await said(', provider: other')).toEqual(['GUARD_TEAM_PROVIDER'])
    expect(await said(', limitReset: daily')).toEqual(['GUARD_TEAM_OVER_BUDGET'])
    expect((await judged({ [file]: key().replace('every: 30d', 'every: 31d') })).map(lineOf)).toEqual([
      'GUARD_TEAM_ROTATION',
    ])
    expect((await judged({ [file]: key().replace('PAY_A', 'FIND_A') })).map(lineOf)).toEqual(['GUARD_TEAM_PLACE'])
    const three = ['a', 'b', 'c']
      .map((id) => key('', `pay/${id}`).replace('PAY_A', `PAY_${id.toUpperCase()}`).slice(6).trim().slice(2, -2))
      .join(', ')
    expect((await judged({ [file]: `keys: { ${three} }\n` })).map(lineOf)).toEqual(['GUARD_TEAM_KEYS'])
  })

  test('do not declare, rename or hand over a key of another team', async () => {
    const foreign = async (files: Readonly<Record<string, string>>) => (await judged(files)).map(lineOf)
    expect(await foreign({ 'keys/find/a.keys.yaml': key() })).toEqual(['GUARD_TEAM_FOREIGN'])
    expect(await foreign({ 'keys/b.keys.yaml': key() })).toEqual(['GUARD_TEAM_FOREIGN'])
    const moved = `${key('', 'find/a').replace('PAY_A', 'F')}moved: [{ from: pay/z, to: find/a }]\n`
    expect(await foreign({ 'keys/find/a.keys.yaml': moved })).toEqual(['GUARD_TEAM_FOREIGN'])
    const handed = `${key('', 'find/a').replace('PAY_A', 'F')}handedOver: [{ id: pay/z, to: other-1 }]\n`
    expect(await foreign({ 'keys/find/a.keys.yaml': handed })).toEqual(['GUARD_TEAM_FOREIGN'])
  })

  test('do not change a key of another team from a file of an environment', async () => {
    const config = CONFIG.replace('stack: test-1', 'environments: { prod: { stack: test-1 } }')
    const files = { 'keys/pay/a.keys.yaml': key(), 'env/prod/find/a.keys.yaml': 'patch: { pay/a: { limit: 11 } }\n' }
    const { keys, said, config: resolved } = await sourced({ config, files, env: 'prod' })
    expect(said).toEqual([])
    const plan = makePlan({
      stack: 'test-1',
      now: NOW,
      subjects: [],
      stops: new Map(),
      problems: [],
      unclaimed: 0,
      live: 0,
    })
    const found = refusals({
      plan,
      guard: GUARD_DEFAULTS,
      allowance: {},
      desired: [...keys.values()],
      records: new Map(),
      ...(resolved ? { teams: resolved.teams } : {}),
    })
    expect(found).toMatchObject([
      { code: 'GUARD_TEAM_FOREIGN', message: expect.stringContaining('env/prod/find/a.keys.yaml of the team find') },
    ])
  })

  test('can be asked of every key', async () => {
    const { keys, config } = await sourced({ config: CONFIG, files: { 'keys/a.keys.yaml': key('', 'x') } })
    const plan = makePlan({
      stack: 'test-1',
      now: NOW,
      subjects: [],
      stops: new Map(),
      problems: [],
      unclaimed: 0,
      live: 0,
    })
    const guard = { ...GUARD_DEFAULTS, requireTeam: true }
    const inputs = { plan, guard, allowance: {}, desired: [...keys.values()], records: new Map() }
    expect(refusals({ ...inputs, ...(config ? { teams: config.teams } : {}) }).map(({ code }) => code)).toEqual([
      'GUARD_TEAM_REQUIRED',
    ])
  })
})

test('a guard that is raised or taken away never refuses more', () => {
  const amounts = fc.record({
    deletes: fc.nat(12),
    all: fc.integer({ min: 12, max: 20 }),
    most: fc.nat(12),
    more: fc.nat(12),
  })
  fc.assert(
    fc.property(amounts, ({ deletes, all, most, more }) => {
      const subjects = keysOf(all).map((id, i) => served(id, i < deletes ? null : wants(id)))
      const strict = codes(subjects, { maxDeletes: most, maxDeletePercent: 100 }).length
      expect(codes(subjects, { maxDeletes: most + more, maxDeletePercent: 100 }).length).toBeLessThanOrEqual(strict)
    }),
    { numRuns: 40 },
  )
})
