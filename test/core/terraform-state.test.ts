import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isId } from '../../src/core/address.ts'
import { keysOfState } from '../../src/core/terraform-state.ts'
import { type InState, tfstate } from '../fakes/tfstate.ts'

const read = (...keys: readonly InState[]) => keysOfState(JSON.parse(tfstate(keys)))
const HASH = 'a'.repeat(64)

test.each<[InState, string, string]>([
  [{ name: 'ci_bot' }, 'openrouter_api_key.ci_bot', 'ci_bot'],
  [{ index: 0 }, 'openrouter_api_key.bot[0]', 'bot-0'],
  [{ index: 'Ärger/1' }, 'openrouter_api_key.bot["Ärger/1"]', 'bot-a-rger-1'],
  [{ module: 'module.a' }, 'module.a.openrouter_api_key.bot', 'a/bot'],
  [{ module: 'module.a["x.y"].module.b[3]' }, 'module.a["x.y"].module.b[3].openrouter_api_key.bot', 'a-x.y-b-3/bot'],
  [{ name: 'x'.repeat(90) }, `openrouter_api_key.${'x'.repeat(90)}`, 'x'.repeat(40)],
])('calls %j by its address, and proposes an id', (key, address, id) => {
  expect(read({ hash: HASH, ...key }).keys).toMatchObject([{ address, id, hash: HASH, secret: null }])
})

test('proposes something that is an id, whatever modules and indexes are called', () => {
  const text = fc.string({ unit: 'binary', maxLength: 60 })
  fc.assert(
    fc.property(text, text, (index, inner) => {
      const module = `module.m[${JSON.stringify(inner)}]`
      const [key] = read({ hash: HASH, index, module }).keys
      expect(isId(key?.id ?? '')).toBe(true)
    }),
  )
})

test('is not brought out of its step by a state that is none', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (resource, instances) => {
      const type = { mode: 'managed', type: 'openrouter_api_key', name: 'a', provider: 'provider["r/o/openrouter"]' }
      const { keys } = keysOfState({ version: 4, resources: [resource, { ...type, instances }] })
      expect(keys).toEqual([])
    }),
  )
})
