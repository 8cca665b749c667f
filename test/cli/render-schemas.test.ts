/** What `--format json` and `--events` print is what the published schemas say, by a validator that is not ours. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { artifacts } from '../../src/build/generate/artifacts.ts'
import type { Look } from '../../src/cli/shell/command.ts'
import { aFullRecord, CASES } from './render-cases.ts'

const LOOK: Look = { format: 'json', color: false, columns: 80 }

function validator(name: string) {
  const path = resolve(import.meta.dirname, `../../schemas/keywright.${name}.schema.json`)
  return new Ajv({ strict: false }).compile(JSON.parse(readFileSync(path, 'utf8')))
}

describe('schemas', () => {
  test('are fresh', () => {
    const stale = artifacts().filter(
      ({ path, text }) =>
        path.startsWith('schemas/') && readFileSync(resolve(import.meta.dirname, '../..', path), 'utf8') !== text,
    )
    expect(stale.map(({ path }) => path)).toEqual([])
  })

  test.each(['plan', 'plan-empty', 'plan-day2'])('the JSON of %s keeps to the schema of plans', (name) => {
    const validate = validator('plan')
    const data = JSON.parse(CASES[name]?.(LOOK) ?? '')
    expect([validate(data), validate.errors]).toEqual([true, null])
    expect(validate({ ...data, extra: 1 })).toBe(false)
  })

  test('a record keeps to its schema', () => {
    const validate = validator('record')
    expect([validate(JSON.parse(JSON.stringify(aFullRecord('a')))), validate.errors]).toEqual([true, null])
    expect(validate({ ...aFullRecord('a'), secret: 'x' })).toBe(false)
  })

  test('an event keeps to its schema', () => {
    const validate = validator('event')
    const event = {
      schemaVersion: 1,
      at: '2027-03-04T12:00:00.000Z',
      address: 'a-1/b',
      on: 'begin',
      step: 'issue',
      n: 1,
    }
    expect(validate(event)).toBe(true)
    expect(validate({ ...event, step: 'steal' })).toBe(false)
  })
})
