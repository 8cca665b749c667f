import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { columns, display, displayName, html, markdown } from '../../src/core/display.ts'
import { hostile } from '../fakes/hostile.ts'

const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]|\p{Default_Ignorable_Code_Point}/u

describe('display', () => {
  test('shows one line without anything that could act or hide', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = display(text)
        expect(shown).not.toMatch(HIDDEN)
        expect(shown).not.toMatch(/::|##/)
        expect(shown).not.toMatch(/^\p{M}/u)
        expect(Array.from(shown).length).toBeLessThanOrEqual(120)
      }),
    )
  })

  test('shows a displayed text as it is', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(display(display(text, { max: 1_000 }), { max: 2_000 })).toBe(display(text, { max: 1_000 }))
      }),
    )
  })

  test('leaves ordinary names of any language alone', () => {
    for (const name of ['CI bot (prod)', 'Zoë’s key', 'ключ №5', '数据管道', 'a/b:c#d', 'cost: 5 €', 'x -> y', '🙂'])
      expect(display(name)).toBe(name)
  })

  test('writes out what cannot be seen', () => {
    expect(display('a\u001b[31mb\nc\u202ed\u{e0041}')).toBe('a\\x1b[31mb\\nc\\u202ed\\u{e0041}')
    expect(display('::add-mask::x ##[error]')).toBe(': :add-mask: :x # #[error]')
  })

  test('cuts what is too long, also when all of it has to be written out', () => {
    expect(display('x'.repeat(500), { max: 10 })).toBe(`${'x'.repeat(9)}…`)
    expect(Array.from(display('\u001b'.repeat(1_000_000), { max: 10 })).length).toBe(10)
  })

  test('lets at most two marks sit on a letter', () => {
    expect(display(`e${'\u0301'.repeat(40)}`)).toBe('e\u0301\u0301')
  })

  test('calls a key without a name untitled', () => {
    expect([displayName(''), displayName('  '), displayName('x')]).toEqual(['«untitled»', '«untitled»', 'x'])
  })
})

describe('escapers', () => {
  test('Markdown gets one code span in which every ASCII mark is a reference', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(markdown(text)).toMatch(/^<code>(?:[^!-/:-@[-`{-~]|&#\d+;)*<\/code>$/u)
      }),
    )
  })

  test('HTML gets no mark that ends an element or an attribute', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(html(text)).toMatch(/^(?:[^&<>"'`=]|&#\d+;)*$/u)
      }),
    )
  })
})

test('a wide letter takes two columns and a mark none', () => {
  expect(columns('ab')).toBe(2)
  expect(columns('漢字')).toBe(4)
  expect(columns('e\u0301')).toBe(1)
})
