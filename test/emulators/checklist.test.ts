import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { CHECKLIST as OPENROUTER } from './checklist.ts'
import { CHECKLIST as STRAIT } from './strait/checklist.ts'

const CHECKLIST = [...OPENROUTER, ...STRAIT]

/** Numbers named by the titles of tests in this folder and below. A title is the first argument of `test` or of a `test.each(...)` call. */
function namedNumbers(): Set<string> {
  const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && name !== 'checklist.test.ts')
    .map((name) => readFileSync(`${import.meta.dirname}/${name}`, 'utf8'))
  const titles = sources.flatMap((source) =>
    [...source.matchAll(/(?:\btest|\))\(\s*(['"`])(.*?)\1,/g)].map(([, , title = '']) => title),
  )
  return new Set(titles.flatMap((title) => title.match(/\bD[12]\.\d+/g) ?? []))
}

describe('the checklist of wire facts', () => {
  test.each(CHECKLIST.map(({ id }) => id))('%s has a test that names it', (id) => {
    expect(namedNumbers()).toContain(id)
  })

  test('no test names a number that is not on the list', () => {
    const known = new Set(CHECKLIST.map(({ id }) => id))
    expect([...namedNumbers()].filter((id) => !known.has(id))).toEqual([])
  })

  test('no number is on the list twice', () => {
    expect(new Set(CHECKLIST.map(({ id }) => id)).size).toBe(CHECKLIST.length)
  })

  test('the list of Strait has all 30 numbers in order', () => {
    expect(STRAIT.map(({ id }) => id)).toEqual(Array.from({ length: 30 }, (_, index) => `D2.${index + 1}`))
  })
})
