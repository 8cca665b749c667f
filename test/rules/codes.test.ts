import { expect, test } from 'vitest'
import { CODES } from '../../src/core/codes/index.ts'
import { filesIn } from './sources.ts'

const files = filesIn(['src']).filter(({ path }) => !path.startsWith('src/core/codes/'))

test('gives every code a paragraph that says what happened and what to do', () => {
  for (const [code, paragraph] of Object.entries(CODES)) {
    expect(code).toMatch(/^[A-Z]+(?:_[A-Z]+)+$/)
    expect(paragraph.length, code).toBeGreaterThanOrEqual(60)
    expect(paragraph, code).toMatch(/[.)]$/)
  }
})

test('uses every code somewhere', () => {
  const isUsed = (code: string): boolean => {
    // Problems of files come in two areas: `${area}_SYNTAX` is MANIFEST_SYNTAX and CONFIG_SYNTAX.
    const rest = /^(?:MANIFEST|CONFIG)_(.*)$/.exec(code)?.[1]
    const shapes = [`'${code}'`, ...(rest === undefined ? [] : [`'${rest}'`, `_${rest}\``])]
    return files.some(({ text }) => shapes.some((shape) => text.includes(shape)))
  }
  const unused = Object.keys(CODES).filter((code) => !isUsed(code))
  expect(unused).toEqual([])
})
