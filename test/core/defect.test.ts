import { expect, test } from 'vitest'
import { defectWords, framesOf } from '../../src/core/defect.ts'

const SECRET = 'sk-or-v1-0123456789abcdef'

test('a defect is told by its kind and its frames, never by its message', () => {
  const error = new TypeError(`Unexpected token in ${SECRET}\n    at the second line of ${SECRET}`)
  expect(defectWords(error)).toBe('TypeError')
  expect(framesOf(error)).toMatch(/^ {4}at .*defect\.test\.ts/m)
  expect(`${defectWords(error)}${framesOf(error)}`).not.toContain(SECRET)
})

test('the code of Node is kept, and a name or code that was set by hand is not', () => {
  expect(defectWords(Object.assign(new RangeError('x'), { code: 'ERR_OUT_OF_RANGE' }))).toBe(
    'RangeError ERR_OUT_OF_RANGE',
  )
  expect(defectWords(Object.assign(new Error('x'), { name: SECRET, code: SECRET }))).toBe('Error')
  expect(defectWords(SECRET)).toBe('something was thrown that is no error')
  expect(framesOf(SECRET)).toBe('')
})

test('a message that was changed afterwards leaves no frame to trust', () => {
  const error = new Error(`x\n    at ${SECRET}:1:1`)
  error.message = 'y'
  expect(framesOf(error)).not.toContain(SECRET)
})
