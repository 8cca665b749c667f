import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchesGlob } from '../../src/core/glob.ts'
import type { Place } from '../../src/core/key.ts'
import {
  clashes,
  type PlaceEntry,
  resolvePlace,
  SINK_KINDS,
  type SinkConfig,
  sinkNameOf,
} from '../../src/core/places.ts'

const dotenv: SinkConfig = { kind: 'dotenv' }
const file: SinkConfig = { kind: 'file' }
const memory: SinkConfig = { kind: 'memory' }
const exec: SinkConfig = { kind: 'exec', command: ['store', '-v'] }

function place(entry: PlaceEntry, config: SinkConfig, name = 'here'): Place {
  const resolved = resolvePlace(entry, name, config)
  if ('problems' in resolved) throw new Error(JSON.stringify(resolved.problems))
  return resolved.place
}

function problems(entry: PlaceEntry, config: SinkConfig): string[] {
  const resolved = resolvePlace(entry, 'here', config)
  return 'problems' in resolved ? resolved.problems.map((each) => `${each.member}: ${each.message} > ${each.hint}`) : []
}

describe('a place', () => {
  it('of a dotenv sink is a name in its file', () => {
    expect(place({ sink: 'here', name: 'KEY' }, dotenv)).toEqual({
      sink: 'here',
      identity: 'dotenv:.env.keys#KEY',
      at: { path: '.env.keys', name: 'KEY' },
      text: 'here:.env.keys#KEY',
    })
  })

  it('of a file sink lies below its root', () => {
    const rooted = place({ sink: 'here', path: 'a/b', field: 'c.d' }, { kind: 'file', root: 'secrets' })
    expect(rooted.at).toEqual({ path: 'secrets/a/b', field: 'c.d' })
    expect(rooted.text).toBe('here:a/b#c.d')
    expect(rooted.identity).toBe(place('there:secrets/a/b#c.d', file, 'there').identity)
  })

  it('of an exec sink is told apart by the command line', () => {
    const other: SinkConfig = { kind: 'exec', command: ['store -v'] }
    expect(place('here:a', exec).identity).not.toBe(place('here:a', other).identity)
  })

  it('keeps its identity when the sink is renamed, and loses it when the sink leads elsewhere', () => {
    const before = place('a:KEY', dotenv, 'a')
    expect(place('b:KEY', dotenv, 'b').identity).toBe(before.identity)
    expect(place('a:KEY', { kind: 'dotenv', path: 'x/.env' }, 'a').identity).not.toBe(before.identity)
  })

  it.each([
    ['the usual port and a slash at the end', { address: 'https://Vault.internal:443/' }],
    ['the name of the default mount', { mount: 'secret' }],
    ['the root namespace', { namespace: 'root' }],
    ['another version of the engine', { kv: 1 as const }],
  ])('of a vault sink is the same one with %s', (_, change) => {
    const vault: SinkConfig = { kind: 'vault', address: 'https://vault.internal' }
    const plain = place('here:ci/openrouter#api_key', vault)
    expect(plain).toEqual({
      sink: 'here',
      identity: 'vault:https://vault.internal/secret:ci/openrouter#api_key',
      at: { path: 'ci/openrouter', field: 'api_key' },
      text: 'here:ci/openrouter#api_key',
    })
    expect(place('here:ci/openrouter#api_key', { ...vault, ...change }).identity).toBe(plain.identity)
  })

  it.each([
    { address: 'https://vault.other' },
    { address: 'https://vault.internal:8200' },
    { mount: 'kv' },
    { namespace: 'team-a' },
  ])('of a vault sink is another one with %j', (change) => {
    const vault: SinkConfig = { kind: 'vault', address: 'https://vault.internal' }
    expect(place('here:a#k', { ...vault, ...change }).identity).not.toBe(place('here:a#k', vault).identity)
  })

  it('of a vault sink needs a path and a field', () => {
    const vault: SinkConfig = { kind: 'vault', address: 'https://vault.internal' }
    expect(problems('here:ci/openrouter', vault)).toEqual(['field: the place has no field > field: api_key'])
    for (const path of ['../sys/seal', '/a', 'a//b', 'a/', 'a b', 'a\\b'])
      expect(problems({ sink: 'here', path, field: 'k' }, vault)).toHaveLength(1)
  })

  it('keeps its template', () => {
    expect(place({ sink: 'here', path: 'a', value: 'Bearer ${secret}' }, file).template).toBe('Bearer ${secret}')
  })

  it.each([
    ['here:KEY', dotenv],
    ['here:.env.keys#KEY', dotenv],
    ['here:ci/x', file],
    ['here:ci/x#a.b', file],
    ['here:ci:x#k', exec],
    ['here:x', memory],
  ] as const)('reads back the text that plans show: %s', (text, config) => {
    const first = place(text, config)
    expect(place(first.text, config)).toEqual(first)
    expect(sinkNameOf(text)).toBe('here')
  })

  it.each([
    '..',
    '../a',
    'a/..',
    'a/../b',
    '/a',
    'a//b',
    'a/',
    './a',
    'a/.',
    '',
    'a\\b',
    'C:/a',
    'a\nb',
    'a#b',
    '.git/x',
    'a/.GIT/hooks',
    '.keywright/s',
  ])('is never at the path %j', (path) => {
    expect(problems({ sink: 'here', path }, file)).toEqual([expect.stringMatching(/^path: .* > path: /)])
  })

  it.each(['a', '.env', 'a/b.c/..d', '.github/x', 'a.git/x', 'ключ/x y', '...'])('may be at the path %j', (path) => {
    expect(place({ sink: 'here', path }, file).at.path).toBe(path)
  })

  it('never leads out of its folder, whatever the path', () => {
    const wild = fc.array(fc.constantFrom('.', '..', '/', '\\', 'a', '.git', '\0', '#', ':'), { maxLength: 8 })
    fc.assert(
      fc.property(wild, (parts) => {
        const path = parts.join('')
        const good =
          path.split('/').every((part) => !['', '.', '..', '.git'].includes(part)) && !/[\\\0#]|^[a-z]:/i.test(path)
        expect('place' in resolvePlace({ sink: 'here', path }, 'here', file)).toBe(good)
      }),
      { numRuns: 1000 },
    )
  })

  it.each(['1A', 'A-B', 'A B', 'A=B', '', 'É'])('of a dotenv sink is never called %j', (name) => {
    expect(problems({ sink: 'here', name }, dotenv)).toHaveLength(1)
  })

  it('reports every problem at once, with the nearest member name', () => {
    expect(problems({ sink: 'here', pth: 'a', field: '.', value: 'x' }, file)).toEqual([
      'pth: a place of kind file takes no "pth" > did you mean path?',
      'path: the place has no path > path: secrets/openrouter',
      expect.stringMatching(/^field: /),
      expect.stringMatching(/^value: /),
    ])
  })

  it('of a dotenv sink cannot name another file', () => {
    expect(problems('here:other.env#KEY', dotenv)).toHaveLength(1)
  })
})

describe('allow', () => {
  it('admits only what one of its globs matches', () => {
    const config: SinkConfig = { kind: 'file', allow: ['ci/**', 'one#key'] }
    expect(place('here:ci/a/b#c', config).text).toBe('here:ci/a/b#c')
    expect(place('here:one#key', config).text).toBe('here:one#key')
    expect(problems('here:one#other', config)).toEqual([
      'path: the sink here does not allow the place one#other > add it to sinks.here.allow in keywright.yaml: "one"',
    ])
  })

  it('of a dotenv sink speaks of names', () => {
    const config: SinkConfig = { kind: 'dotenv', allow: ['CI_*'] }
    expect(place('here:CI_KEY', config).at.name).toBe('CI_KEY')
    expect(problems('here:KEY', config)).toHaveLength(1)
  })

  it('that is empty admits nothing', () => {
    expect(problems('here:a', { kind: 'memory', allow: [] })).toHaveLength(1)
  })
})

describe('a glob', () => {
  it.each([
    ['*', 'a', true],
    ['*', 'a/b', false],
    ['**', 'a/b', true],
    ['a/**', 'a', true],
    ['a/**', 'a/b/c', true],
    ['a/**', 'ab', false],
    ['**/k', 'k', true],
    ['**/k', 'a/b/k', true],
    ['**/k', 'ak', false],
    ['a/**/k', 'a/k', true],
    ['a?', 'ab', true],
    ['a?', 'a/', false],
    ['a.b+(c)[d]{e}|$^-', 'a.b+(c)[d]{e}|$^-', true],
    ['a.b', 'axb', false],
    ['A', 'a', false],
  ])('%s on %s is %s', (glob, text, expected) => {
    expect(matchesGlob(glob, text)).toBe(expected)
  })
})

describe('two places clash', () => {
  const of = (text: string, config: SinkConfig): Place => place(text, config)
  it.each([
    ['the same place', of('x:a#k', file), of('y:a#k', file), true],
    ['two fields of one file', of('x:a#k', file), of('x:a#kk', file), false],
    ['a field inside another', of('x:a#k', file), of('x:a#k.z', file), true],
    ['a file and a field of it', of('x:a', file), of('x:a#k', file), true],
    ['two names in one dotenv file', of('x:A', dotenv), of('x:B', dotenv), false],
    ['a file that is a dotenv file too', of('x:.env.keys', file), of('x:B', dotenv), true],
    ['the same path in two worlds', of('x:a', memory), of('x:a', exec), false],
  ])('or not: %s', (_, a, b, expected) => {
    expect(clashes(a, b)).toBe(expected)
    expect(clashes(b, a)).toBe(expected)
  })
})

describe('the table of kinds', () => {
  it('has an example for every member that its own pattern accepts', () => {
    for (const kind of Object.values(SINK_KINDS))
      for (const row of kind.members) expect(row.example).toMatch(new RegExp(row.pattern, 'u'))
  })

  it('has a default for every option that its own pattern accepts', () => {
    expect(SINK_KINDS.dotenv.options[0].default).toMatch(new RegExp(SINK_KINDS.dotenv.options[0].pattern, 'u'))
  })
})
