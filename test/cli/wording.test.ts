/** What plan, apply and status say about the less common histories, in memory: the engine of the product, no process. */
import { describe, expect, test } from 'vitest'
import { renderPlan } from '../../src/cli/render/plan.ts'
import { renderApplied, renderOutcome } from '../../src/cli/render/progress.ts'
import { renderStatus } from '../../src/cli/render/status.ts'
import type { OutcomeView, PlanView } from '../../src/cli/shell/faces.ts'
import { KeywrightError } from '../../src/core/diagnostic.ts'
import type { DesiredKey } from '../../src/core/key.ts'
import type { Plan } from '../../src/core/plan.ts'
import { DAY, HOUR, instant, MINUTE, SECOND } from '../../src/core/time.ts'
import type { ApplyResult } from '../../src/engine/apply.ts'
import { hear } from '../../src/engine/desk.ts'
import { lettingGo, standsOf } from '../../src/engine/incident.ts'
import type { Session } from '../../src/engine/session.ts'
import { statusOf } from '../../src/engine/standing.ts'
import { aKey, aPlace, aRotation } from '../fakes/desired.ts'
import { aBench, type Bench, type More, outcomeOf, STACK, settled } from '../fakes/engine.ts'
import { aFullRecord } from './render-cases.ts'

const LOOK = { format: 'human', color: false, columns: 80 } as const
const flat = (text: string): string => text.replace(/\s+/g, ' ')

function viewOf(session: Session, keys: readonly DesiredKey[]): PlanView {
  const desired = new Map(keys.map((key) => [key.address, key]))
  return {
    session,
    refusals: [],
    desired,
    requests: 1,
    needsApproval: true,
    about: 'plan',
    snapshotAge: null,
    trust: null,
    digest: '',
    teams: new Map(),
    link: null,
  }
}

async function planned(bench: Bench, keys: readonly DesiredKey[], more?: More): Promise<{ plan: Plan; text: string }> {
  const session = await bench.session(keys, more)
  return { plan: session.plan, text: renderPlan(viewOf(session, keys), LOOK) }
}

/** The lines and the end of an apply of `a`, as the command prints them. */
async function applied(bench: Bench, keys: readonly DesiredKey[], more?: More) {
  const session = await bench.session(keys, more)
  const result = await bench.apply(keys, more)
  const views = result.outcomes.map((outcome): OutcomeView => {
    const of = <T extends { readonly address: string }>(list: readonly T[]): T | null =>
      list.find((one) => one.address === outcome.address) ?? null
    const live = of(session.subjects)?.sight.keys ?? new Map()
    const { changes, waiting } = session.plan
    const desired = keys.find(({ address }) => address === outcome.address) ?? null
    return { change: of(changes), outcome, desired, waiting: of(waiting), live, millis: 0, now: bench.now() }
  })
  return { result, lines: views.map((view) => renderOutcome(view, LOOK)).join(''), end: ended(bench, session, result) }
}

function ended(bench: Bench, session: Session, result: ApplyResult, exit = 0): string {
  const told = { ...result, problems: session.plan.problems }
  const view = {
    result: told,
    session,
    outcomes: [],
    millis: 100,
    writes: 0,
    interrupted: false,
    exit,
    now: bench.now(),
  }
  return renderApplied(view, LOOK)
}

async function served(bench: Bench, id = 'a') {
  const live = await bench.serving(id)
  if (live) return live
  throw new Error(`nothing serves ${id}`)
}

describe('a plan', () => {
  test('calls a key that was deleted outside a re-issue, and promises nothing of its old secret', async () => {
    const bench = aBench()
    const keys = [aKey({ expiresIn: 90 * DAY })]
    await settled(bench, keys)
    bench.account.remove((await served(bench)).id)
    const { plan, text } = await planned(bench, keys)
    expect(plan.changes).toMatchObject([{ action: 'reissue', origin: 'scheduled', expiresIn: 90 * DAY }])
    expect(text).toMatch(/\+ a +re-issue: deleted outside keywright/)
    expect(text).not.toContain('old secret')
    expect((await applied(bench, keys)).lines).toContain('issued #2')
  })

  test('shows the lifetime of what it creates', async () => {
    const keys = [aKey({ expiresIn: 180 * DAY })]
    const { plan, text } = await planned(aBench(), keys)
    expect(plan.changes).toMatchObject([{ action: 'create', expiresIn: 180 * DAY }])
    expect(text).toMatch(/expires +180 d after each issue, renewed before/)
  })

  test('says the window of a limit that changes', async () => {
    const bench = aBench()
    await settled(bench, [aKey({ fields: { limit: 5, limitReset: 'monthly' } })])
    const keys = [aKey({ fields: { limit: 9, limitReset: 'monthly' } })]
    expect((await planned(bench, keys)).text).toContain('5 -> 9 USD a month  LOOSEN')
    expect((await applied(bench, keys)).lines).toContain('limit 5 -> 9 USD a month')
  })

  test('keeps a long field name apart from its value', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    const { text } = await planned(bench, [aKey({ fields: { includeByokInLimit: true } })])
    expect(text).toMatch(/includeByokInLimit {2}no -> yes/)
  })

  test('says why a name is written when only its marker changes', async () => {
    const bench = aBench()
    await settled(bench, [aKey({ id: 'old', name: 'bot', places: [aPlace('x')] })])
    const keys = [aKey({ id: 'new', name: 'bot', places: [aPlace('x')] })]
    const more = { moved: [{ from: 'old', to: 'new' }] }
    const { plan, text } = await planned(bench, keys, more)
    expect(plan.changes).toMatchObject([{ action: 'update', marker: { from: `${STACK}/old` } }])
    expect(text).toMatch(/marker +renamed from test-1\/old/)
    expect((await applied(bench, keys, more)).lines).toContain('marker renamed from test-1/old')
  })

  test('says that a marker which somebody took out is put back', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    bench.account.edit((await served(bench)).id, { name: 'a' })
    expect((await planned(bench, [aKey()])).text).toMatch(/marker +put back/)
  })

  test('keeps the secret of a removed key in its place until the hold ends, and says so', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    const { text } = await planned(bench, [])
    expect(text).toMatch(/secret stays in +memory:a/)
    expect(flat(text)).toMatch(/disabled now, deleted and taken out of its place on \d+ \w+ \d+; until then git revert/)
    expect(text).not.toContain('secret leaves')
    expect(bench.held('a')).not.toBeNull()
  })

  test('takes the secret of a removed key without hold out at once', async () => {
    const bench = aBench()
    await settled(bench, [aKey({ removalHold: 0 })])
    expect((await planned(bench, [])).text).toMatch(/secret leaves +memory:a/)
  })

  test('marks and counts places that nobody can read back', async () => {
    const { plan, text } = await planned(aBench(), [aKey()], { blindSinks: new Set(['memory']) })
    expect(plan).toMatchObject({ unverifiable: 1, changes: [{ places: [{ unverifiable: true }] }] })
    expect(text).toContain('NEW PLACE · unverifiable')
    expect(text).toContain('1 place unverifiable')
  })
})

describe('the breaker', () => {
  async function fiveIssues(bench: Bench): Promise<void> {
    for (let serial = 1; serial <= 5; serial++) {
      bench.advance(2 * MINUTE)
      await bench.apply([aKey({ rotation: aRotation({ every: null, grace: 0, hold: 0, serial }) })])
    }
  }
  const sixth = [aKey({ rotation: aRotation({ every: null, grace: 0, hold: 0, serial: 6 }) })]

  test('is named by plan and apply: what waits, why and until when', async () => {
    const bench = aBench()
    await fiveIssues(bench)
    const { plan, text } = await planned(bench, sixth)
    expect(plan.changes).toEqual([])
    expect(plan.waiting).toMatchObject([
      { reasons: [{ kind: 'serial', to: 6 }], until: instant(bench.now() + 15 * SECOND) },
    ])
    const words = 'rotate: rotation.serial is 6 now; backing off after 5 issues within 24 hours for 15 s'
    expect(flat(text)).toContain(words)
    expect(flat(text)).toContain('Plan: nothing can be done now · 1 open')
    expect(text).not.toContain('as declared')
    const { result, lines } = await applied(bench, sixth)
    expect(outcomeOf(result, 'a')).toMatchObject({ status: 'open', steps: [] })
    expect(flat(lines)).toContain(words)
  })

  test('names the end of the first grace when too many generations wait for theirs', async () => {
    const bench = aBench()
    const turned = (serial: number) => [aKey({ rotation: aRotation({ every: null, grace: DAY, hold: HOUR, serial }) })]
    const first = bench.now()
    for (let serial = 1; serial <= 5; serial++) await bench.apply(turned(serial))
    const { plan } = await planned(bench, turned(6))
    expect(plan.waiting).toMatchObject([{ why: '5 generations wait to be retired', until: instant(first + DAY) }])
  })

  test('is reset by resume, a human word that the cause is mended', async () => {
    const bench = aBench()
    await fiveIssues(bench)
    const record = await bench.record('a')
    if (!record) throw new Error('no record')
    const now = instant(bench.now())
    expect(standsOf(record, now).issues).toBe(5)
    const clock = { now: bench.now, sleep: async () => undefined }
    const resumed = hear(record, lettingGo(null), { clock, actor: { who: 'ann' } })
    expect(standsOf(resumed, now).issues).toBe(0)
    expect(resumed).toMatchObject({ issuedAt: [], lastChange: { what: 'resumed' } })
  })

  test('tells in status what to type once it has stopped an address', () => {
    const now = aBench().now()
    const record = aFullRecord('a', { issuedAt: Array.from({ length: 12 }, (_, i) => instant(now - i * HOUR)) })
    const status = statusOf(record.address, { desired: aKey(), record, live: null, stopped: false, now })
    expect(status.standing).toBe('stuck')
    expect(status.troubles.join()).toContain('keywright resume a')
  })
})

describe('an apply', () => {
  test('counts only what was answered as issued', async () => {
    const bench = aBench()
    bench.faults = (api) => ({
      ...api,
      create: async () => {
        throw new KeywrightError('API_UNREACHABLE', { message: 'no answer', hint: 'again', retryable: true })
      },
    })
    const { lines } = await applied(bench, [aKey()])
    expect(lines).toContain('unanswered, will be looked up')
    expect(lines).not.toContain('issued')
  })

  test('numbers the generations of a removed key that has several', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    await settled(bench, [aKey({ rotation: aRotation({ every: null, grace: DAY, hold: HOUR, serial: 2 }) })])
    const { lines } = await applied(bench, [])
    expect(lines).toContain('#1 disabled, deleted after')
    expect(lines).toContain('#2 disabled, deleted after')
  })

  test('says once that an address is held, with what to type', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    bench.account.edit((await served(bench)).id, { fields: { disabled: true } })
    for (let i = 0; i < 2; i++) {
      const { lines, end } = await applied(bench, [aKey()])
      expect(flat(lines)).toContain('! a held: disabled by hand, left alone; keywright resume a')
      expect((lines + end).match(/resume/g)).toHaveLength(1)
      expect(end).not.toContain('HELD_OUTSIDE')
      expect(end).not.toContain('0 of 0')
    }
  })

  test('warns once of a wrong clock, and the plan says it once too', async () => {
    const bench = aBench()
    const rotated = [aKey({ rotation: aRotation({ every: null, grace: DAY, hold: HOUR, serial: 2 }) })]
    await settled(bench, [aKey()])
    bench.skew = -10 * MINUTE
    const { text } = await planned(bench, rotated)
    expect(text.match(/CLOCK_SKEW/g)).toHaveLength(1)
    expect(text).not.toContain('Waiting')
    expect(text).toContain('1 open')
    const { lines, end } = await applied(bench, rotated)
    expect((lines + end).match(/CLOCK_SKEW/g)).toHaveLength(1)
    expect(lines).toContain('the clock of this machine is wrong')
  })
})

describe('a status', () => {
  test('shows the live fact of a generation in grace that an incident disabled', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    const keys = [aKey({ rotation: aRotation({ every: null, grace: DAY, hold: HOUR, serial: 2 }) })]
    await settled(bench, keys)
    const old = (await bench.record('a'))?.generations[0]
    if (old?.phase !== 'superseded') throw new Error('nothing is in grace')
    bench.account.edit(old.id, { fields: { disabled: true } })
    const session = await bench.session(keys)
    const addresses = session.subjects.map(({ address, desired, record, sight }) =>
      statusOf(address, { desired, record, live: sight.keys, stopped: false, now: sight.now }),
    )
    const view = { stack: STACK, now: bench.now(), addresses, stops: [], problems: [], live: null, proofs: null }
    expect(renderStatus(view, LOOK)).toContain('#1 in grace, disabled, until')
  })

  test('lists places that cannot be read back', () => {
    const record = aFullRecord('a')
    const one = statusOf(record.address, { desired: aKey(), record, live: null, stopped: false, now: 0 })
    const view = { stack: 'acme-7f3a', now: 0, addresses: [one], stops: [], problems: [], live: null, proofs: null }
    expect(renderStatus(view, LOOK)).toMatch(/Unverifiable.*\n {2}\? a +github:acme\/app#KEY/)
  })
})
