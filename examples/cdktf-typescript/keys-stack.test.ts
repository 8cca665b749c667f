import { Testing } from 'cdktf'
import { OpenrouterKey } from 'keywright/cdktf'
import { expect, test } from 'vitest'
import { KeysStack } from './keys-stack.js'

const synthesised = (): string => Testing.synth(new KeysStack(Testing.app(), 'keys'))

test('the bot has a cap and goes to its place', () => {
  const properties = { key_id: 'platform/ci-bot', limit: 50, deliver_to: [{ sink: 'dotenv', name: 'CI_BOT_KEY' }] }
  expect(Testing.toHaveResourceWithProperties(synthesised(), OpenrouterKey.tfResourceType, properties)).toBe(true)
})

test('keys of the YAML files are there as well', () => {
  expect(
    Testing.toHaveResourceWithProperties(synthesised(), OpenrouterKey.tfResourceType, { key_id: 'team/reports' }),
  ).toBe(true)
})
