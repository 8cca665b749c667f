import { Testing } from 'cdktf'
import { OpenrouterKey } from 'keywright/cdktf'
import { expect, test } from 'vitest'
import { KeysStack } from './keys-stack.js'

const VAULT = 'https://vault.example.com'
const synthesised = (stateBucket?: string): string =>
  Testing.synth(new KeysStack(Testing.app(), 'keys', { vault: VAULT, stateBucket }))
const hasKey = (properties: Record<string, unknown>): boolean =>
  Testing.toHaveResourceWithProperties(synthesised(), OpenrouterKey.tfResourceType, properties)

test('the bot has a cap and goes to its place', () => {
  const place = { sink: 'vault', path: 'ci/openrouter', field: 'api_key' }
  expect(hasKey({ key_id: 'platform/ci-bot', limit: 50, deliver_to: [place] })).toBe(true)
})

test('keys of the YAML files are there as well', () => {
  expect(hasKey({ key_id: 'team/reports', limit: 20 })).toBe(true)
  expect(hasKey({ key_id: 'team/sandbox', unlimited: true })).toBe(true)
})

test('with a bucket the state lies there, encrypted and locked', () => {
  const { backend } = JSON.parse(synthesised('acme-state')).terraform
  expect(backend.s3).toMatchObject({ bucket: 'acme-state', encrypt: true, use_lockfile: true })
})
