import { describe, expect, test } from 'vitest'
import type { Event } from '../../../src/core/machine/event.ts'
import { transition } from '../../../src/core/machine/transition.ts'
import type { KeyRecord } from '../../../src/core/record.ts'
import { DAY, HOUR } from '../../../src/core/time.ts'
import { aKey, aPlace } from '../../fakes/desired.ts'
import { active, ago, creating, delivering, disabled, holding, issued, record, superseded } from './build.ts'

const NOW = ago(0)

/** Only what the events changed. */
function changed(state: KeyRecord, ...events: readonly Event[]): Partial<KeyRecord> {
  const end = events.reduce(transition, state)
  const differs = Object.entries(end).filter(([name, value]) => value !== state[name as keyof KeyRecord])
  const gone = Object.keys(state).filter((name) => !(name in end))
  return Object.fromEntries([...differs, ...gone.map((name) => [name, undefined])])
}

const claim: Event = {
  on: 'issue-claimed',
  at: NOW,
  n: 4,
  issued: issued(4),
  harmless: false,
  versions: { x: 'v1' },
  desired: aKey({ owner: 'ops', protect: true }),
}

describe('an issue', () => {
  test('is claimed with number, places as they are, policy and time', () => {
    expect(changed(record([active(3)]), claim)).toMatchObject({
      highest: 4,
      protect: true,
      owner: 'ops',
      issuedAt: [NOW],
      generations: [{ n: 3 }, { phase: 'creating', n: 4, claimedAt: NOW, versions: { x: 'v1' } }],
    })
  })

  test('keeps only the claims of the last 24 hours for the breaker', () => {
    const state = record([], { issuedAt: [ago(DAY), ago(DAY - 1)] })
    expect(changed(state, claim).issuedAt).toEqual([ago(DAY - 1), NOW])
  })

  test('that was created is delivering, with its id', () => {
    const { generations } = changed(record([creating(1)]), { on: 'created', n: 1, id: 'id-1' })
    expect(generations).toEqual([delivering(1)])
  })

  test('that was clearly refused leaves only its number behind (R2)', () => {
    const state = transition(record([]), claim)
    expect(transition(state, { on: 'withdrawn', n: 4 })).toMatchObject({ highest: 4, generations: [], issuedAt: [] })
  })

  test('that was never answered leaves its claim behind, which authorises one deletion', () => {
    const lost = record([creating(2, { claimedAt: ago(HOUR) })])
    const abandoned = [{ n: 2, claimedAt: ago(HOUR) }]
    expect(changed(lost, { on: 'abandoned', n: 2 })).toMatchObject({ generations: [], abandoned })
    expect(changed(record([], { abandoned }), { on: 'gone', n: 2 })).toMatchObject({ abandoned: [] })
    expect(changed(record([], { abandoned }), { on: 'claim-dropped', n: 2 })).toEqual({ abandoned: [] })
  })
})

describe('a place', () => {
  const write: Event = {
    on: 'write-claimed',
    at: NOW,
    n: 2,
    place: aPlace('a'),
    version: 'v1',
    fingerprint: 'sha256:2',
    readable: true,
    conditional: true,
  }
  const state = record([active(1), delivering(2, { proven: true })], { places: [holding(1)] })

  test('remembers what it held before a write that may not have landed', () => {
    const claimed = holding(2, { status: 'claimed', version: 'v1', before: 'sha256:1', beforeN: 1 })
    const end = transition(state, write)
    expect(end.places).toEqual([claimed])
    expect(end.generations[1]).toMatchObject({ claimed: true })
    expect(transition(end, { ...write, fingerprint: 'sha256:3' }).places[0]).toMatchObject({ before: 'sha256:1' })
  })

  test('that held an old secret lets its grace start again: whoever read it there has it since then only', () => {
    const back = record([superseded(1, { supersededAt: ago(9 * DAY) }), active(2)], { places: [holding(1)] })
    expect(transition(back, write).generations[0]).toMatchObject({ phase: 'superseded', supersededAt: NOW })
    const extended = record([superseded(1, { graceUntil: ago(HOUR) }), active(2)], { places: [holding(1)] })
    expect(transition(extended, write).generations[0]).not.toHaveProperty('graceUntil')
    const longer = record([superseded(1, { graceUntil: ago(-9 * DAY) }), active(2)], { places: [holding(1)] })
    expect(transition(longer, write).generations[0]).toMatchObject({ graceUntil: ago(-9 * DAY) })
    const elsewhere = record([superseded(1, { supersededAt: ago(9 * DAY) }), active(2)])
    expect(transition(elsewhere, write).generations[0]).toMatchObject({ supersededAt: ago(9 * DAY) })
  })

  test('does not remember whose that was where it had another form, or was in doubt', () => {
    const template = 'Bearer ${secret}'
    const other = transition(state, { ...write, place: { ...write.place, template } }).places[0]
    expect(other).toMatchObject({ before: 'sha256:1' })
    expect(other).not.toHaveProperty('beforeN')
    const lost = transition(state, { on: 'place-lost', identity: aPlace('a').identity, version: null })
    expect(transition(lost, write).places[0]).not.toHaveProperty('before')
  })

  test('is written, then verified; one that cannot be read is unverifiable', () => {
    const { identity } = aPlace('a')
    const written = [write, { on: 'written', identity, version: 'v9' }] as const
    expect(changed(state, ...written).places).toMatchObject([{ status: 'written', version: 'v9' }])
    const blind = [{ ...write, readable: false }, written[1]] as const
    expect(changed(state, ...blind).places).toMatchObject([{ status: 'unverifiable' }])
    const seen: Event = { on: 'seen', identity, n: 2, version: 'v9', fingerprint: 'sha256:2' }
    expect(changed(state, ...written, seen).places).toMatchObject([{ status: 'verified', n: 2 }])
  })

  test('that lost our secret is of no generation, and has no fingerprint to empty it by', () => {
    const { places } = changed(state, { on: 'place-lost', identity: aPlace('a').identity, version: 'v7' })
    expect(places).toMatchObject([{ n: 0, status: 'lost', version: 'v7' }])
    expect(places?.[0]).not.toHaveProperty('fingerprint')
  })

  test('is forgotten when dropped', () => {
    expect(changed(state, { on: 'place-dropped', identity: aPlace('a').identity })).toEqual({ places: [] })
  })
})

describe('a generation', () => {
  test('that becomes active supersedes the one before, and ends a taint older than itself', () => {
    const state = record([active(1), delivering(2)], { tainted: { n: 1 } })
    expect(changed(state, { on: 'activated', n: 2, at: NOW })).toMatchObject({
      generations: [
        { n: 1, phase: 'superseded', everActive: true, supersededAt: NOW },
        { n: 2, phase: 'active' },
      ],
      tainted: undefined,
    })
    const late = record([active(1), delivering(2)], { tainted: { n: 2 } })
    expect(changed(late, { on: 'activated', n: 2, at: NOW })).not.toHaveProperty('tainted')
  })

  test('becomes active only out of delivery', () => {
    const state = record([active(1)])
    expect(transition(state, { on: 'activated', n: 1, at: NOW })).toBe(state)
  })

  test('that was disabled knows since when, why, and whether it ever served', () => {
    const disable: Event = { on: 'disable-claimed', n: 1, why: 'retired', at: NOW }
    expect(changed(record([active(1)]), disable).generations).toEqual([disabled(1)])
    const unused = record([superseded(1, { everActive: false })])
    expect(changed(unused, disable).generations).toMatchObject([{ everActive: false }])
    const again = record([disabled(1, { disabledAt: ago(HOUR), why: 'removed' })])
    expect(changed(again, disable).generations).toMatchObject([{ disabledAt: ago(HOUR), why: 'removed' }])
  })

  test('that is enabled again serves if it was removed, and waits for its end if it was retired', () => {
    const enable: Event = { on: 'enabled', n: 1, at: NOW, fields: { disabled: false } }
    expect(changed(record([disabled(1, { why: 'removed' })]), enable).generations).toEqual([active(1)])
    expect(changed(record([disabled(1), active(2)]), enable).generations).toMatchObject([{ phase: 'superseded' }, {}])
  })

  test('never serves beside another one', () => {
    const state = record([disabled(1, { why: 'removed' }), active(2)])
    const end = changed(state, { on: 'enabled', n: 1, at: NOW, fields: {} })
    expect(end.generations).toMatchObject([{ phase: 'superseded' }, { phase: 'active' }])
  })

  test('is marked before its delete is sent, and leaves when it is gone', () => {
    const end = changed(record([superseded(1), active(2)]), { on: 'remove-claimed', n: 1 })
    expect(end.generations).toMatchObject([{ removing: true }, {}])
    expect(changed(record([superseded(1), active(2)]), { on: 'gone', n: 1 }).generations).toEqual([active(2)])
  })

  test('takes along what a human made stricter about it', () => {
    const state = record([active(1)], { frozen: { fields: ['disabled'], observedAt: NOW, entry: 'x' } })
    expect(changed(state, { on: 'gone', n: 1 })).toMatchObject({ frozen: undefined })
    const older = record([superseded(1), active(2)], { frozen: { fields: ['disabled'], observedAt: NOW, entry: 'x' } })
    expect(changed(older, { on: 'gone', n: 1 })).not.toHaveProperty('frozen')
  })
})

describe('an update', () => {
  const update: Event = { on: 'update-claimed', at: NOW, n: 1, fields: { limit: 20, name: 'N' } }

  test('is announced, so that its values are known as ours if the answer is lost', () => {
    expect(changed(record([active(1)]), update)).toEqual({ patches: [{ n: 1, fields: update.fields, claimedAt: NOW }] })
  })

  test('that was answered is the new base, name included', () => {
    const end = changed(record([active(1)]), update, { on: 'updated', n: 1, fields: update.fields, lifted: false })
    expect(end.generations).toMatchObject([{ issued: { name: 'N', fields: { limit: 20, limitReset: null } } }])
    expect(end.patches).toEqual([])
  })

  test('that was clearly refused is forgotten', () => {
    const end = changed(record([active(1)]), update, { on: 'update-withdrawn', n: 1, fields: update.fields })
    expect(end.patches).toEqual([])
  })

  test('that lifts a generation born harmless makes it one that can spend', () => {
    const lifted: Event = { on: 'updated', n: 1, fields: { limit: 10 }, lifted: true }
    expect(changed(record([delivering(1, { harmless: true })]), lifted).generations).toMatchObject([
      { harmless: false },
    ])
  })
})

describe('what the manifest says beside the fields', () => {
  test('is noted for the time after the entry is gone, and an owner can be taken away', () => {
    const state = record([active(1)], { owner: 'ops' })
    const desired = aKey({ protect: true, removalHold: 0 })
    expect(changed(state, { on: 'noted', desired })).toMatchObject({
      protect: true,
      policy: { removalHold: 0 },
      owner: undefined,
    })
  })

  test('renames the sink of a recorded place, which stays the same place', () => {
    const place = { ...aPlace('a'), sink: 'new', text: 'new:a' }
    const { places } = changed(record([active(1)]), { on: 'noted', desired: aKey({ places: [place] }) })
    expect(places).toEqual([holding(1, { sink: 'new', text: 'new:a' })])
  })
})

test('a taint is as young as the highest number', () => {
  expect(changed(record([active(3)], { highest: 5 }), { on: 'tainted' })).toEqual({ tainted: { n: 5 } })
})

test('an event about a generation that is not there changes nothing', () => {
  const state = record([active(1)])
  const events: readonly Event[] = [
    { on: 'created', n: 9, id: 'x' },
    { on: 'proven', n: 9 },
    { on: 'abandoned', n: 9 },
    { on: 'superseded', n: 9, at: NOW },
    { on: 'enabled', n: 9, at: NOW, fields: {} },
    { on: 'remove-claimed', n: 9 },
    { on: 'gone', n: 9 },
  ]
  expect(events.reduce(transition, state)).toEqual(state)
})
