import fc from 'fast-check'
import { expect, test } from 'vitest'
import { emptyShelf, page, put, take } from '../../src/emulators/openrouter/shelf.ts'
import type { StoredKey } from '../../src/emulators/openrouter/stored-key.ts'

function storedKey(sequence: number, disabled: boolean): StoredKey {
  return {
    sequence,
    disabled,
    hash: `hash ${sequence}`,
    label: '',
    workspace_id: '',
    creator_user_id: null,
    created_at: '',
    expires_at: null,
    origin: 'api',
    name: '',
    limit: null,
    limit_reset: null,
    include_byok_in_limit: false,
    updated_at: null,
    spend: null,
  }
}

const step = fc.record({
  sequence: fc.integer({ min: 1, max: 12 }),
  does: fc.constantFrom('put', 'put disabled', 'take'),
})

test('holds after any changes the same pages as a list that is sorted each time', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.nat(14),
      fc.integer({ min: 1, max: 14 }),
      (steps, offset, length) => {
        const shelf = emptyShelf()
        const model = new Map<number, boolean>()
        for (const { sequence, does } of steps) {
          if (does === 'take') {
            take(shelf, storedKey(sequence, false))
            model.delete(sequence)
          } else {
            put(shelf, storedKey(sequence, does === 'put disabled'))
            model.set(sequence, does === 'put disabled')
          }
        }
        const newestFirst = [...model].sort(([one], [other]) => other - one)
        const expected = (rows: [number, boolean][]): number[] =>
          rows.slice(offset, offset + length).map(([sequence]) => sequence)
        expect(page(shelf.all, offset, length).map(({ sequence }) => sequence)).toEqual(expected(newestFirst))
        const enabled = newestFirst.filter(([, disabled]) => !disabled)
        expect(page(shelf.enabled, offset, length).map(({ sequence }) => sequence)).toEqual(expected(enabled))
      },
    ),
  )
})
