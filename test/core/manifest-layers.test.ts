import { describe, expect, test } from 'vitest'
import { DAY, HOUR } from '../../src/core/time.ts'
import { aRotation } from '../fakes/desired.ts'
import { keysOf, SMALL_CONFIG, sourced } from '../fakes/sources.ts'

const PLACE = 'deliverTo: ["mem:${id}"]'

async function only(entry: string, files: Readonly<Record<string, string>> = {}) {
  const { keys, said } = await keysOf(entry, { files })
  expect(said).toEqual([])
  const [key] = keys.values()
  if (key === undefined) throw new Error('no key')
  return key
}

describe('built-in defaults', () => {
  test('fill everything that is not written', async () => {
    const { origin: _, sources, digest, ...key } = await only(`a: { limit: 5, ${PLACE} }`)
    expect(key).toEqual({
      address: 'acme-7f3a/a',
      stack: 'acme-7f3a',
      id: 'a',
      provider: 'openrouter',
      kind: 'openrouter',
      scope: 'default',
      name: 'a',
      fields: { limit: 5, limitReset: null, includeByokInLimit: false, disabled: false, expiresAt: null },
      expiresIn: null,
      unmanaged: [],
      places: [{ sink: 'mem', identity: 'memory:a', at: { path: 'a' }, text: 'mem:a' }],
      rotation: aRotation({ serial: 0 }),
      removalHold: 7 * DAY,
      protect: false,
      labels: {},
      bornHarmless: false,
    })
    expect(Object.keys(sources ?? {})).toEqual(['limit', 'deliverTo'])
    expect(digest).toMatch(/^[0-9a-f]{16}$/)
  })

  test('leave the expiry of a renewed key to its generations', async () => {
    const key = await only(`a: { limit: 5, expiresIn: 90d, ${PLACE} }`)
    expect(key.fields).not.toHaveProperty('expiresAt')
    expect(key.expiresIn).toBe(90 * DAY)
  })

  test('read unlimited, never, 0 and manual', async () => {
    const entry = `a: { limit: unlimited, limitReset: never, removal: { hold: 0 }, rotation: { every: manual, grace: 0, hold: 0 }, ${PLACE} }`
    const key = await only(entry)
    expect(key.fields).toMatchObject({ limit: null, limitReset: null })
    expect(key).toMatchObject({ removalHold: 0, rotation: { every: null, grace: 0, hold: 0 } })
  })

  test('make a disabled key harmless at birth', async () => {
    expect(await only(`a: { limit: 5, disabled: true, ${PLACE} }`)).toMatchObject({ bornHarmless: true })
  })
})

const LAYERED = `
version: 1
environments: { prod: { stack: acme-prod } }
providers: { openrouter: { kind: openrouter, token: { env: T } } }
sinks: { mem: { kind: memory } }
profiles:
  agent: { owner: profile, limit: 2, labels: { a: profile, b: profile }, rotation: { every: 30d, grace: 2h } }
`
const BASE = `
defaults: { owner: defaults, purpose: defaults, limit: 1, labels: { a: defaults, z: defaults } }
keys:
  x/\${each.key}:
    like: agent
    forEach: { one: { limit: 4 }, two: {} }
    limit: 3
    labels: { b: entry }
    rotation: { grace: 3h }
    ${PLACE}
`

describe('layers', () => {
  test('win in the order defaults, profile, entry, row, patch', async () => {
    const patch = 'patch: { x/two: { limit: 5, labels: { c: patch } } }'
    const { keys, said } = await sourced({
      config: LAYERED,
      env: 'prod',
      files: { 'a.keys.yaml': BASE, 'env/prod/p.keys.yaml': patch },
    })
    expect(said).toEqual([])
    expect(keys.get('x/one')).toMatchObject({ owner: 'profile', purpose: 'defaults', fields: { limit: 4 } })
    expect(keys.get('x/two')?.fields.limit).toBe(5)
    expect(keys.get('x/one')?.labels).toEqual({ a: 'profile', b: 'entry', z: 'defaults' })
    expect(keys.get('x/two')?.labels).toEqual({ a: 'profile', b: 'entry', c: 'patch', z: 'defaults' })
    expect(keys.get('x/one')?.rotation).toMatchObject({ every: 30 * DAY, grace: 3 * HOUR })
  })

  test('remember where each value was written', async () => {
    const { keys } = await sourced({ config: LAYERED, env: 'prod', files: { 'a.keys.yaml': BASE } })
    const { sources, origin } = keys.get('x/one') ?? {}
    expect(origin).toEqual({ file: 'a.keys.yaml', line: 4, column: 3 })
    expect(sources?.purpose).toEqual({ file: 'a.keys.yaml', line: 2, column: 30 })
    expect(sources?.owner).toEqual({ file: 'keywright.yaml', line: 7, column: 12 })
    expect(sources?.limit).toEqual({ file: 'a.keys.yaml', line: 6, column: 23 })
    expect(sources?.['rotation.grace']).toEqual({ file: 'a.keys.yaml', line: 9, column: 17 })
  })

  test('replace lists and drop what unset names', async () => {
    const files = {
      'b.keys.yaml': `defaults: { like: agent, deliverTo: [mem:d] }\nkeys: { a: { limit: 1, unset: [rotation, limitReset], deliverTo: [mem:a] } }`,
    }
    const { keys } = await sourced({ files })
    expect(keys.get('a')).toMatchObject({ rotation: { every: null }, fields: { limitReset: null, limit: 1 } })
    expect(keys.get('a')?.places.map(({ text }) => text)).toEqual(['mem:a'])
  })
})

test('a place that is written unconditionally needs a hold', async () => {
  const sink = (conditional: boolean) => `s: { kind: exec, command: [./put], conditional: ${conditional} }, mem`
  const entry = 'a: { limit: 1, rotation: { hold: 0 }, deliverTo: ["s:a"] }'
  const sure = await keysOf(entry, { config: SMALL_CONFIG.replace('mem', sink(true)) })
  expect(sure.said).toEqual([])
  const blind = await keysOf(entry, { config: SMALL_CONFIG.replace('mem', sink(false)) })
  expect(blind.said).toEqual([
    'keys/a.keys.yaml:2:36 MANIFEST_ROTATION_IMPOSSIBLE hold: 0 needs places that are written conditionally, and s:a is not.',
  ])
})

describe('the digest', () => {
  test('changes with the entry and not with where it is written', async () => {
    const plain = await only(`a: { limit: 5, ${PLACE} }`)
    const moved = await only(`# further down\n\na: { limit: 5, ${PLACE} }`)
    const raised = await only(`a: { limit: 6, ${PLACE} }`)
    const renamed = await only(`a: { limit: 5, owner: me, ${PLACE} }`)
    expect(moved.origin.line).not.toBe(plain.origin.line)
    expect(moved.digest).toBe(plain.digest)
    expect(new Set([plain.digest, raised.digest, renamed.digest]).size).toBe(3)
  })
})

describe('words', () => {
  const config = SMALL_CONFIG.replace(
    'stack: acme-7f3a',
    'environments: { dev: { stack: acme-dev, vars: { cap: 7, who: dev } } }\nvars: { cap: 1, team: core }',
  )

  test('take variables with their type, those of the environment first', async () => {
    const entry =
      'a: { limit: "${var.cap}", owner: "${var.team}-${var.who} in ${env}", deliverTo: ["mem:${env}/${id}"] }'
    const { keys, said } = await keysOf(entry, { config, env: 'dev' })
    expect(said).toEqual([])
    expect(keys.get('a')).toMatchObject({ owner: 'core-dev in dev', fields: { limit: 7 } })
    expect(keys.get('a')?.places[0]?.text).toBe('mem:dev/a')
  })

  test('check the type of what a word yields', async () => {
    const { said } = await keysOf('a: { limit: "${var.team}", deliverTo: [mem:a] }', { config, env: 'dev' })
    expect(said).toEqual([
      'keys/a.keys.yaml:2:15 MANIFEST_WRONG_VALUE "limit" must be a number of USD, 0 or more, or unlimited; here it is "${var.team}".',
    ])
  })

  test('leave the words of a template to the place', async () => {
    const key = await only(
      'a/${each.key}: { forEach: [x], limit: 1, deliverTo: [{ sink: mem, path: a, value: "${each.key}:${id}:${secret}" }] }',
    )
    expect(key.places[0]?.template).toBe('x:${id}:${secret}')
  })
})

describe('forEach', () => {
  test('takes names from a list', async () => {
    const { keys, said } = await keysOf(
      'dev/${each.key}: { forEach: [alice, bob, 7], limit: 1, name: "of ${each.key}", deliverTo: ["mem:${each.key}"] }',
    )
    expect(said).toEqual([])
    expect([...keys.values()].map(({ id, name }) => `${id} ${name}`)).toEqual([
      'dev/7 of 7',
      'dev/alice of alice',
      'dev/bob of bob',
    ])
  })

  test('takes fields and free values from a mapping', async () => {
    const entry =
      'dev/${each.key}: { forEach: { a: { limit: 9, team: x }, b: { team: y } }, limit: 1, owner: "${each.value.team}", deliverTo: ["mem:${each.key}"] }'
    const { keys, said } = await keysOf(entry)
    expect(said).toEqual([])
    expect([...keys.values()].map(({ owner, fields }) => [owner, fields.limit])).toEqual([
      ['x', 9],
      ['y', 1],
    ])
  })

  test('takes rows from a table, with quotes, empty cells and other columns', async () => {
    const table = 'who,limit,disabled,note\r\nalice,20.5,true,"a, ""b"""\r\n\r\nbob,,,\r\n'
    const entry = 'dev/${each.key}: { forEach: { file: p.csv }, limit: 1, deliverTo: ["mem:${each.value.who}"] }'
    const { keys, said } = await keysOf(entry, { tables: { 'p.csv': table } })
    expect(said).toEqual([])
    expect(keys.get('dev/alice')?.fields).toMatchObject({ limit: 20.5, disabled: true })
    expect(keys.get('dev/bob')?.fields).toMatchObject({ limit: 1, disabled: false })
    expect(keys.get('dev/bob')?.places[0]?.text).toBe('mem:bob')
  })
})

describe('sections', () => {
  test('hand over renames and departures', async () => {
    const text = `keys: { b: { limit: 1, ${PLACE} } }\nmoved: [{ from: a, to: b }]\nhandedOver: [{ id: c, to: other-1 }]`
    const { moved, handedOver, said } = await sourced({ files: { 'a.keys.yaml': text } })
    expect(said).toEqual([])
    expect(moved).toEqual([{ from: 'a', to: 'b', origin: { file: 'a.keys.yaml', line: 2, column: 11 } }])
    expect(handedOver).toEqual([{ id: 'c', to: 'other-1', origin: { file: 'a.keys.yaml', line: 3, column: 16 } }])
  })
})

describe('resolution', () => {
  test('takes time in proportion to the number of keys', async () => {
    const { resolveManifests } = await import('../../src/core/manifest/resolve.ts')
    const { config } = await sourced({})
    if (config === null) throw new Error('no config')
    const seconds = (count: number): number => {
      const entry = (i: number) => ({ limit: 5, like: 'agent', deliverTo: [{ sink: 'dotenv', name: `K${i}` }] })
      const keys = Object.fromEntries(Array.from({ length: count }, (_, i) => [`team/svc-${i}`, entry(i)]))
      const origin = { file: 'a', line: 1, column: 1 }
      const document = { file: 'a', data: { keys }, range: () => ({ ...origin, length: 1 }), origin: () => origin }
      const from = performance.now()
      const faults = { in: () => false, at: () => false }
      const found = resolveManifests({
        documents: [{ document, ofEnvironment: false }],
        config,
        now: 0,
        tables: () => null,
        faults,
      })
      expect(found.keys).toHaveLength(count)
      return performance.now() - from
    }
    seconds(500)
    const few = Math.min(seconds(500), seconds(500), seconds(500))
    const many = Math.min(seconds(5_000), seconds(5_000))
    expect(many / few).toBeLessThan(40)
  })
})
