/** Old states of OpenRouter's own provider, in every form in which one may come. That a move works with the real terraform: `key-lives`. */
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { moveKey } from '../../src/terraform/resources/import.ts'
import { leaked } from './leaked.ts'

const SECRET = `sk-or-v1-${'1f'.repeat(32)}`
const HASH = createHash('sha256').update(SECRET).digest('hex')
const THEIRS = 'registry.terraform.io/openrouterteam/openrouter'
const move = (state: unknown, sourceTypeName = 'openrouter_api_key') =>
  moveKey({ sourceProviderAddress: THEIRS, sourceTypeName, json: Buffer.from(JSON.stringify(state)) })

test('a whole one keeps its fields, and not its plaintext', () => {
  const { state, diagnostics } = move({
    hash: HASH,
    key: SECRET,
    name: 'Mine',
    limit: 5,
    limit_reset: 'monthly',
    disabled: true,
    include_byok_in_limit: null,
  })
  expect(state).toMatchObject({ id: HASH, name: 'Mine', limit: 5, limit_reset: 'monthly', disabled: true })
  expect(diagnostics.map(({ severity, summary }) => [severity, summary])).toEqual([
    ['warning', 'Earlier versions of this state hold the secret of the moved key in plain text.'],
  ])
  expect(leaked([JSON.stringify({ state, diagnostics })], [SECRET])).toEqual([])
})

test.each([
  ['without a hash, which is made from the plaintext', { key: SECRET, limit: 5 }],
  ['with a hash that is empty', { hash: '', key: SECRET, limit: 5 }],
  ['with the hash as its id', { id: HASH, limit: 5 }],
  [
    'of another version, with what is not known',
    { hash: HASH, limit: 5, api_keys: [{ key: SECRET }], limit_remaining: 1 },
  ],
])('one %s', (_, old) => {
  const { state, diagnostics } = move(old)
  expect(state).toMatchObject({ id: HASH, hash: HASH, fingerprint: `sha256:${HASH}`, limit: 5, generation: 1 })
  expect(leaked([JSON.stringify({ state, diagnostics })], [SECRET])).toEqual([])
})

test('fields in another form are left to the refresh, and never break the state', () => {
  const { state } = move({ hash: HASH, limit: '5', disabled: 'yes', expires_at: 1893456000, limit_reset: ['monthly'] })
  expect(state).toMatchObject({ limit: null, unlimited: true, disabled: null, expires_at: null, limit_reset: 'never' })
})

test('a plaintext that is not of that key is left out with a warning', () => {
  const { state, diagnostics } = move({ hash: 'a'.repeat(64), key: SECRET })
  expect(state).toMatchObject({ id: 'a'.repeat(64) })
  expect(diagnostics[0]?.summary).toContain('not the secret of that key')
})

test.each([
  ['names no hash', move({ name: 'Mine', limit: 5 })],
  ['cannot be read', move([1])],
  ['cannot be read', moveKey({ sourceProviderAddress: THEIRS, sourceTypeName: 'openrouter_api_key', json: undefined })],
  ['openrouter_api_key can', move({ hash: HASH }, 'openrouter_guardrail')],
])('what %s is refused', (why, { state, diagnostics }) => {
  expect(state).toBeNull()
  expect(diagnostics).toMatchObject([{ severity: 'error', summary: expect.stringContaining(why) }])
})
