import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { codeOf, filesIn } from './sources.ts'

const files = filesIn(['src', 'test'])

/** Section 6 of the design: one word per idea, and these are not among them. */
const FORBIDDEN = [
  'target',
  'current',
  'existing',
  'actual',
  'remote',
  'sync',
  'delta',
  'backend',
  'driver',
  'slot',
  'manager',
  'util',
  'utils',
  'helper',
  'helpers',
  'common',
  'impl',
]

function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
}

/** The API itself calls the key that asks the current key. */
const isForbidden = (name: string): boolean =>
  wordsOf(name.replace(/CurrentKey|currentKey/, '')).some((word) => FORBIDDEN.includes(word))

test('names no file with a word that says nothing', () => {
  expect(files.map(({ path }) => path).filter((path) => isForbidden(basename(path)))).toEqual([])
})

test('exports no name with a word that says nothing', () => {
  const found = files.flatMap(({ path, text }) => {
    const names = [
      ...codeOf(text).matchAll(/^export (?:async )?(?:function\*?|const|class|interface|type) (\w+)/gm),
    ].map(([, name = '']) => name)
    return names.filter(isForbidden).map((name) => `${path}: ${name}`)
  })
  expect(found).toEqual([])
})

test('leaves no notes to itself and switches no test off', () => {
  const found = files.flatMap(({ path, text }) => {
    const hits = [
      ...text.matchAll(
        /\b(?:TODO|FIXME|XXX|HACK)\b|\b(?:test|it|describe)\.(?:skip|only|todo)\b|\bx(?:it|describe)\(|@ts-(?:ignore|nocheck)/g,
      ),
    ]
    return hits.map(([hit]) => `${path}: ${hit}`)
  })
  // Generated classes are written for a less strict compiler; this file says so at their head.
  const known = ['src/build/generate/bindings.ts: @ts-nocheck']
  expect(found.filter((line) => !line.startsWith('test/rules/words.test.ts') && !known.includes(line))).toEqual([])
})

test('names no folder of one machine', () => {
  const all = [...files, ...filesIn(['examples', 'schemas'], [''])]
  const found = all.flatMap(({ path, text }) =>
    [...text.matchAll(/(?<![\w.:/])\/(?:home|Users|root|work|workspace|mnt)\/[\w.-]+/g)].map(
      ([hit]) => `${path}: ${hit}`,
    ),
  )
  expect(found).toEqual([])
})

test('keeps the top level to what the design lists', () => {
  const allowed = [
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'vitest.config.ts',
    'biome.json',
    'action.yml',
    'src',
    'schemas',
    'examples',
    'test',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
  ]
  const made = ['node_modules', 'dist', 'coverage']
  const found = readdirSync('.').filter(
    (name) => !name.startsWith('.') && !allowed.includes(name) && !made.includes(name),
  )
  expect(found).toEqual([])
})

/** 300 lines are a smell, and this is where it stinks. */
test('keeps files short', () => {
  const long = files
    .filter(({ path, text }) => path.startsWith('src/') && text.split('\n').length > 330)
    .map(({ path }) => path)
  expect(long).toEqual([])
})
