/** Names of live keys, values of the API and words of pull requests reach every renderer; none of them may do anything there. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Look } from '../../src/cli/shell/command.ts'
import { display } from '../../src/core/display.ts'
import { hostile } from '../fakes/hostile.ts'
import { CASES } from './render-cases.ts'

const HUMAN: Look = { format: 'human', color: false, columns: 80 }
const COLOR: Look = { format: 'human', color: true, columns: 80 }
const MARKDOWN: Look = { format: 'markdown', color: false, columns: 80 }
const JSON_LOOK: Look = { format: 'json', color: false, columns: 80 }

const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/u
const RUNS = { numRuns: process.env.SLOW === '1' ? 1_000 : 15 }

function shownOf(output: string): string {
  return output.replaceAll('\n', '').replace(/\u001b\[\d+m/g, '')
}

describe.each(Object.entries(CASES))('%s', (_, render) => {
  test('prints no control, hidden or reversing character, and no command of a build system', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const look of [HUMAN, COLOR]) {
          const output = render(look, { text })
          expect(shownOf(output)).not.toMatch(HIDDEN)
          expect(output).not.toMatch(/^\s*::|##\[|##vso/m)
        }
      }),
      RUNS,
    )
  })

  test('prints the same for a text and for what is shown of it, so nothing in it starts a line', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const short = Array.from(text).slice(0, 9).join('')
        // A text of which nothing can be shown may be left out, with the words that announce it.
        fc.pre(display(short).trim() === display(short) && display(short) !== '')
        expect(render(HUMAN, { text: display(short) })).toBe(render(HUMAN, { text: short }))
      }),
      RUNS,
    )
  })
})

describe.each(['plan', 'status', 'show', 'census', 'rebuild', 'diagnostics', 'apply-done'])('JSON of %s', (name) => {
  const render = CASES[name]

  test('is inert where it is printed, and the very text where it is parsed', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        fc.pre(!/\p{Cs}/u.test(text))
        const output = render?.(JSON_LOOK, { text }) ?? ''
        expect(output.replaceAll('\n', '')).not.toMatch(HIDDEN)
        expect(output).not.toMatch(/::|##/)
        expect(JSON.parse(output)).toMatchObject({ schemaVersion: 1 })
        if (name === 'census') expect(JSON.stringify(JSON.parse(output))).toContain(JSON.stringify(text))
      }),
      RUNS,
    )
  })
})

describe.each(['plan', 'diagnostics'])('Markdown of %s', (name) => {
  const render = CASES[name]
  const without = (output: string): string => output.replace(/<code>[^<]*<\/code>/g, '<code></code>')

  test('has the same structure whatever the live text is, and shows it only in code spans of references', () => {
    const structure = without(render?.(MARKDOWN, { text: 'nightly' }) ?? '')
    fc.assert(
      fc.property(hostile, (text) => {
        const output = render?.(MARKDOWN, { text }) ?? ''
        expect(without(output)).toBe(structure)
        for (const [, span = ''] of output.matchAll(/<code>([^<]*)<\/code>/g))
          expect(span).toMatch(/^(?:[^!-/:-@[-`{-~]|&#\d+;)*$/u)
      }),
      RUNS,
    )
  })
})
