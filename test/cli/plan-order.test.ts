/** What a reviewer sees first, how much fits into a comment, and what GitHub marks beside a file. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { annotationsOf, planAnnotations, renderAnnotations } from '../../src/cli/render/annotations.ts'
import { MOST_TEXT } from '../../src/cli/render/markdown-sections.ts'
import { renderDiagnostics } from '../../src/cli/render/diagnostics.ts'
import { renderPlan } from '../../src/cli/render/plan.ts'
import type { Change, Plan } from '../../src/core/plan.ts'
import { gateOf } from '../../src/core/plan-order.ts'
import { aKey } from '../fakes/desired.ts'
import { hostile } from '../fakes/hostile.ts'
import { aPlan, aPlanView, STACK } from './render-cases.ts'

const HUMAN = { format: 'human', color: false, columns: 100 } as const
const MARKDOWN = { format: 'markdown', color: false, columns: 100 } as const

function one(id: string, more: Partial<Change>): Change {
  const [model] = aPlan().changes
  if (!model) throw new Error('the plan of the render cases has no change')
  const blank = { action: 'update', places: [], fields: [], steps: [], loosens: false, retires: [] } as const
  const { expiresIn: _, owner: __, ...rest } = model
  return { ...rest, ...blank, address: `${STACK}/${id}`, ...more }
}

const limit = (loosens: boolean) => [{ field: 'limit', from: 20, to: 50, mutability: 'update', loosens } as const]
const retire = (id: string) => one(id, { action: 'retire', steps: ['disable'] })
const create = (id: string) => one(id, { action: 'create', places: [{ text: `vault:${id}#key`, change: 'new' }] })
const loosen = (id: string) => one(id, { fields: limit(true), loosens: true })

const plan = (changes: readonly Change[]): Partial<Plan> => ({
  changes,
  held: [],
  waiting: [],
  stops: [],
  problems: [],
  approval: {
    loosen: changes.filter(({ loosens }) => loosens).length,
    newPlaces: changes.filter(({ places }) => places.length > 0).length,
    retire: changes.filter(({ action }) => action === 'retire').length,
  },
})
const view = (changes: readonly Change[]) => ({ ...aPlanView(undefined, plan(changes)), refusals: [] })

describe('order', () => {
  test('new places come first, then what is loosened, then what ends, then the rest', () => {
    const text = renderPlan(view([one('d', { fields: limit(false) }), retire('c'), loosen('b'), create('a')]), HUMAN)
    const ids = [...text.matchAll(/^ {2}[+~-] (\w)/gm)].map(([, id]) => id)
    expect(ids).toEqual(['a', 'b', 'c', 'd'])
  })

  test('the gate is open for nothing, routine for what allows nobody anything new, and asks for the rest', () => {
    const gate = (changes: readonly Change[]) => gateOf({ ...aPlan(), ...plan(changes) })
    expect(gate([])).toBe('none')
    expect(gate([one('a', { origin: 'scheduled', action: 'rotate' })])).toBe('none')
    expect(gate([one('a', { fields: limit(false) })])).toBe('routine')
    for (const change of [create('a'), loosen('a'), retire('a')]) expect(gate([change])).toBe('approval')
    const off = [{ field: 'disabled', from: false, to: true, mutability: 'update', loosens: false } as const]
    expect(gate([one('a', { fields: off })])).toBe('approval')
  })
})

describe('a comment', () => {
  const LINK = 'https://github.com/acme/keys/actions/runs/1'
  const mixed = (count: number, endings: number) =>
    Array.from({ length: count }, (_, i) => {
      const id = `team-${i % 40}/service-with-a-name-${String(i).padStart(4, '0')}`
      return i < endings
        ? retire(id)
        : i % 3 === 0
          ? create(id)
          : i % 3 === 1
            ? loosen(id)
            : one(id, { fields: limit(false) })
    })
  const teams = (changes: readonly Change[]) =>
    new Map(changes.map(({ address }) => [address, address.split('/')[1] ?? '']))

  test.each([
    [2_000, 100],
    [2_000, 500],
    [2_000, 1_400],
    [10_000, 5_000],
  ])('for %i changes stays under 60,000 characters and names up to 500 of %i keys that end', (count, endings) => {
    const changes = mixed(count, endings)
    const text = renderPlan({ ...view(changes), teams: teams(changes), link: LINK }, MARKDOWN)
    expect(text.length).toBeLessThan(MOST_TEXT)
    const section = text.slice(text.indexOf('#### Ends'))
    const named = changes
      .slice(0, Math.min(endings, 500))
      .filter(({ address }) => section.includes(address.slice(STACK.length + 1)))
    expect(named).toHaveLength(Math.min(endings, 500))
    if (endings > 500)
      expect(section).toContain(`and ${(endings - 500).toLocaleString('en')} more keys: [all of them](${LINK})`)
    expect(text).toContain(`#### Ends: ${endings} retire`)
    const hidden = [...text.matchAll(/([\d,]+) more changes?/g)].map(([, n = '']) => Number(n.replace(',', '')))
    expect(hidden.length).toBeGreaterThan(0)
  })

  test('has room for every key that ends, whatever else a change is full of', () => {
    const marks = '<&*`|~[]()'.repeat(40)
    const long = (prefix: string, i: number): string => `${prefix}/${'x'.repeat(40)}-${String(i).padStart(4, '0')}`
    const count = <T>(make: (i: number) => T): readonly T[] => Array.from({ length: 500 }, (_, i) => make(i))
    const ending = count((i) => retire(long('end', i)))
    const noise = [
      ...count((i) => create(long('new', i))),
      ...count((i) => one(long('more', i), { fields: limit(true), loosens: true, owner: marks })),
    ]
    const changes = count((i) => ({ path: `guard.${marks}${i}`, from: marks, to: marks }))
    const trust = { ref: 'origin/main', commit: 'a'.repeat(40), changes, unreadable: false }
    const refusals = Array.from({ length: 200 }, (_, i) => ({
      severity: 'error' as const,
      code: 'GUARD_OWNER_REQUIRED' as const,
      message: `${marks}${i}`,
    }))
    const text = renderPlan({ ...view([...noise, ...ending]), trust, refusals, link: LINK }, MARKDOWN)
    expect(text.length).toBeLessThan(MOST_TEXT)
    const section = text.slice(text.indexOf('#### Ends'))
    expect(ending.filter(({ address }) => section.includes(address.slice(STACK.length + 1)))).toHaveLength(500)
    for (const title of [
      'Changes to keywright.yaml',
      'New destinations',
      'Allowed more than before',
      'Ends: 500 retire',
    ])
      expect(text).toContain(`#### ${title}`)
    expect(text).toMatch(/and \d+ more changed options: \[all of them\]/)
    expect(text).toContain('**refused** by 200 guards')
  })

  test('writes out the letters of a destination that looks like another one', () => {
    const [evil, plain] = ['vault:ci/p\u0430yments#key', 'vault:ci/payments#key']
    const to = (text: string) => one('a', { action: 'create', places: [{ text, change: 'new' }] })
    const shown = renderPlan(view([to(evil)]), MARKDOWN)
    expect(shown).toContain('**letters of several scripts:** <code>vault&#58;ci&#47;p&#92;u0430yments&#35;key</code>')
    expect(renderPlan(view([to(plain)]), MARKDOWN)).not.toContain('several scripts')
  })

  test('says when the snapshot is too old to be believed', () => {
    const aged = (hours: number) =>
      renderPlan({ ...view([]), requests: null, snapshotAge: hours * 3_600_000 }, MARKDOWN)
    expect(aged(47)).not.toContain('The snapshot is')
    expect(aged(24 * 21)).toContain('**The snapshot is 21 d old**')
  })

  test('of problems alone has room for as many as fit, and counts the rest', () => {
    const wrong = Array.from({ length: 3_000 }, (_, i) => ({
      severity: 'error' as const,
      code: 'MANIFEST_UNKNOWN_FIELD' as const,
      message: `${'[x](http://evil)'.repeat(100)}${i}`,
    }))
    const text = renderDiagnostics(wrong, MARKDOWN)
    expect(text.length).toBeLessThan(MOST_TEXT)
    const shown = text.match(/\*\*error\*\*/g)?.length ?? 0
    expect(shown).toBeGreaterThan(2)
    expect(text).toContain('more problems not shown')
  })

  test('says in its first lines what it costs, what is loosened, and whether and why somebody has to agree', () => {
    const text = renderPlan(view([create('a'), loosen('b'), retire('c')]), MARKDOWN)
    const [head, , verdict = ''] = text.split('\n')
    expect(head).toBe('### keywright plan: 1 create, 1 update, 1 retire')
    expect(verdict).toMatch(
      /^\*\*needs approval\*\* \(1 LOOSEN, 1 new place, 1 retire\) · max spend 5,120 → 5,190.50 USD a month · 9 writes/,
    )
    expect(renderPlan(view([one('a', { fields: limit(false) })]), MARKDOWN)).toContain('(routine: nothing loosened')
  })

  test('is folded by team, and the destinations of secrets are not', () => {
    const changes = [create('pay/a'), loosen('find/b')]
    const named = new Map([
      [`${STACK}/pay/a`, 'pay'],
      [`${STACK}/find/b`, 'find'],
    ])
    const text = renderPlan({ ...view(changes), teams: named }, MARKDOWN)
    expect(text).toContain('<details><summary>Team <code>pay</code>: 1 create</summary>')
    expect(text).toContain('<details><summary>Team <code>find</code>: 1 update</summary>')
    expect(text.indexOf('#### New destinations')).toBeLessThan(text.indexOf('<details>'))
    expect(text.match(/<details>/g)).toHaveLength(text.match(/<\/details>/g)?.length ?? 0)
  })

  test('says how old the snapshot is, and what it did not believe of keywright.yaml', () => {
    const trust = {
      ref: 'origin/main',
      commit: 'a'.repeat(40),
      changes: [{ path: 'guard.maxDeletes', from: '10', to: '1000' }],
      unreadable: false,
    }
    const text = renderPlan({ ...view([]), requests: null, snapshotAge: 3 * 3_600_000, trust }, HUMAN)
    expect(text).toContain('from a snapshot of 3 h ago, nothing was sent')
    expect(text).toContain('keywright.yaml is that of origin/main (aaaaaaa). This tree changes it; shown, not used:')
    expect(text).toMatch(/! guard\.maxDeletes +10 -> 1000/)
    const comment = renderPlan({ ...view([]), trust }, MARKDOWN)
    expect(comment).toContain('#### Changes to keywright.yaml: shown, not used')
  })

  test('gives no link that could end in the middle', () => {
    const changes = mixed(2_000, 700)
    const text = renderPlan({ ...view(changes), link: 'https://x) [y](https://evil' }, MARKDOWN)
    expect(text).not.toContain('evil')
    expect(text).toContain('`keywright plan` shows all')
  })
})

describe('annotations', () => {
  const key = aKey({ id: 'b', stack: STACK, origin: { file: 'keys/b,1.keys.yaml', line: 7, column: 3 } })

  test('mark the entry that a change follows from, and the line of a problem', () => {
    const marked = {
      ...view([loosen('b'), one('z', { fields: limit(false) })]),
      desired: new Map([[key.address, key]]),
    }
    expect(renderAnnotations(planAnnotations(marked), 'infra/')).toBe(
      '::warning file=infra/keys/b%2C1.keys.yaml,line=7,col=3,title=keywright%3A LOOSEN::b: update, limit 20 -> 50 USD\n',
    )
    const wrong = {
      severity: 'error',
      code: 'MANIFEST_UNKNOWN_FIELD',
      message: '100% wrong.',
      hint: 'limit: 1',
      at: { file: 'a.yaml', line: 2, column: 1, length: 1 },
    } as const
    expect(renderAnnotations(annotationsOf([wrong]), '')).toBe(
      '::error file=a.yaml,line=2,col=1,title=MANIFEST_UNKNOWN_FIELD::100%25 wrong. Next: limit: 1\n',
    )
  })

  test('are as many of a kind as GitHub shows', () => {
    const wrong = { severity: 'error', code: 'MANIFEST_UNKNOWN_FIELD', message: 'x' } as const
    expect(
      renderAnnotations(annotationsOf(Array.from({ length: 40 }, () => wrong)), '')
        .trim()
        .split('\n'),
    ).toHaveLength(10)
  })

  test('hold one command each, whatever the text is', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const wrong = {
          severity: 'error',
          code: 'MANIFEST_UNKNOWN_FIELD',
          message: text,
          at: { file: text, line: 1, column: 1, length: 1 },
        } as const
        const output = renderAnnotations(annotationsOf([wrong]), '')
        expect(output.match(/\n/g)).toHaveLength(1)
        expect(output.match(/::/g)).toHaveLength(2)
        expect(output.slice(0, output.indexOf('title=')).match(/,/g)).toHaveLength(3)
      }),
      { numRuns: 60 },
    )
  })
})
