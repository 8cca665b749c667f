import { describe, expect, test } from 'vitest'
import { activeOf, deliveringOf, generationById, isLive, newRecord, policyOf } from '../../src/core/record.ts'
import { DAY, HOUR } from '../../src/core/time.ts'
import { aKey, aRotation } from '../fakes/desired.ts'
import { active, creating, delivering, disabled, LINEAGE, record, superseded } from './machine/build.ts'

const state = record([disabled(1), superseded(2), active(3), delivering(4), creating(5)])

describe('a record', () => {
  test('begins with nothing claimed: serial 0, no generation, what the manifest says for later', () => {
    const desired = aKey({ owner: 'ops', protect: true, removalHold: 3 * DAY })
    expect(newRecord(desired, LINEAGE)).toEqual({
      address: 'test-1/a',
      lineage: LINEAGE,
      serial: 0,
      provider: 'memory',
      kind: 'memory',
      scope: '',
      highest: 0,
      generations: [],
      abandoned: [],
      patches: [],
      places: [],
      protect: true,
      policy: { grace: DAY, hold: HOUR, removalHold: 3 * DAY },
      issuedAt: [],
      owner: 'ops',
    })
    expect(newRecord(aKey(), LINEAGE)).not.toHaveProperty('owner')
  })

  test('keeps of the rotation what retirement needs after the entry is gone', () => {
    const rotation = aRotation({ every: 30 * DAY, grace: HOUR, hold: 0, serial: 7 })
    expect(policyOf(aKey({ rotation, removalHold: 0 }))).toEqual({ grace: HOUR, hold: 0, removalHold: 0 })
  })

  test('knows the generation in service and the one on its way', () => {
    expect(activeOf(state)?.n).toBe(3)
    expect(deliveringOf(state)?.n).toBe(4)
    expect(activeOf(record([creating(1)]))).toBeNull()
    expect(deliveringOf(record([active(1)]))).toBeNull()
  })

  test('has an id for every generation but one whose create is under way', () => {
    expect(state.generations.filter(isLive).map((g) => g.id)).toEqual(['id-1', 'id-2', 'id-3', 'id-4'])
    expect(generationById(state, 'id-2')?.phase).toBe('superseded')
    expect(generationById(state, 'id-5')).toBeNull()
  })
})
