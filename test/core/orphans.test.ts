import { expect, test } from 'vitest'
import type { LiveKey } from '../../src/core/key.ts'
import { orphansOf, stateText } from '../../src/core/orphans.ts'

const live = (id: string, name: string, spent = 0): LiveKey => ({
  id,
  name,
  scope: 'w',
  fields: {},
  createdAt: '2026-11-28T10:00:00.000Z',
  updatedAt: null,
  label: '',
  usage: { total: spent, daily: 0, weekly: 0, monthly: 0 },
})

const decode = (text: string): string => Buffer.from(text, 'base64').toString('utf8')
const KEYS = [
  live('id-1', 'Bot [kw:acme/bot#1.aaaaaaaa]'),
  live('id-2', 'Bot [kw:acme/bot#2.aaaaaaaa]', 0.5),
  live('id-3', 'Other [kw:other/bot#1.bbbbbbbb]'),
  live('id-4', 'Foreign'),
  live('id-5', 'Bot [kw:acme/bot#3.aaaaaaaa] (rotated)'),
]

test('finds keys of the stack alone, oldest generation first, and says which were used', () => {
  const found = orphansOf({ stack: 'acme', live: KEYS, records: new Map(), states: [] })
  expect(found.map(({ key, n, used }) => [key.id, n, used])).toEqual([
    ['id-1', 1, false],
    ['id-2', 2, true],
  ])
})

test('a key whose id stands anywhere in a state is claimed, also where the provider keeps it beside the attributes', () => {
  const hidden = Buffer.from('{"record":{"generations":[{"id":"id-2"}]}}').toString('base64')
  const state = stateText(JSON.stringify({ terraform_version: '1.11.4', x: 'id-1', private: hidden }), decode)
  expect(orphansOf({ stack: 'acme', live: KEYS, records: new Map(), states: [state ?? ''] })).toEqual([])
})

test('what is no Terraform state claims nothing', () => {
  expect(stateText('{}', decode)).toBeNull()
  expect(stateText('not json', decode)).toBeNull()
})
