import { Gitlab } from '@gitbeaker/rest'
import { afterEach, describe, expect, it, test } from 'vitest'
import type { GitlabConfig } from '../../../src/core/git-host-kinds.ts'
import type { Place } from '../../../src/core/key.ts'
import { Secret } from '../../../src/core/secret.ts'
import type { Owner, PlaceAt, SecretSink } from '../../../src/ports/secret-sink.ts'
import { fingerprint } from '../../../src/sinks/bytes.ts'
import { openGitlab } from '../../../src/sinks/gitlab.ts'
import { type FakeGitlab, fakeGitlab, MAINTAINER, put, variableIn } from '../../fakes/gitlab/server.ts'
import { leapingClock } from '../../fakes/key-apis.ts'
import { contextOf, placeOf } from '../../fakes/sinks.ts'
import { type Answers, meets, outlasts, PASSING, reply, type Scene } from '../rest-faults.ts'

const FIRST = Secret.of('sk-or-v1-first-0123456789')
const SECOND = Secret.of('sk-or-v1-second-$HOME-9876543210')
const HOME = 'projects/acme/app'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

interface Stage {
  readonly gitlab: FakeGitlab
  readonly sink: SecretSink
  readonly clock: ReturnType<typeof leapingClock>
  readonly place: Place
}

async function stage(change: Partial<GitlabConfig> & { readonly secret?: string } = {}): Promise<Stage> {
  const { secret = MAINTAINER, ...rest } = change
  const gitlab = await fakeGitlab()
  open.push(gitlab)
  const config: GitlabConfig = { kind: 'gitlab-variables', apiUrl: gitlab.apiUrl, ...rest }
  const clock = leapingClock()
  const context = contextOf('/nowhere', { env: { GITLAB_TOKEN: secret, CI_JOB_TOKEN: 'glcbt-64_abc' } })
  const sink = await openGitlab(config, context, { clock, random: () => 0, timeoutMillis: 300 })
  open.push({ close: () => sink.close?.() })
  const path = config.level === 'group' ? 'acme' : 'acme/app'
  return { gitlab, sink, clock, place: placeOf(`here:${path}#KEY`, config) }
}

function ownedBy(place: Place, change: Partial<Owner> = {}): PlaceAt {
  return { ...place, owner: { address: 'acme-7f3a/platform/ci-bot', lineage: 'k3v7x2ab', n: 4, ...change } }
}

async function failure(work: Promise<unknown>): Promise<{ code: string; message: string; hint: string }> {
  const error = await work.then(
    () => ({ code: 'none' }),
    (thrown) => thrown,
  )
  return { code: error.code, message: error.message, hint: error.hint }
}

describe('a variable', () => {
  it.each([
    ['a project', {}, HOME, '*'],
    ['a group', { level: 'group' as const }, 'groups/acme', '*'],
    ['one environment', { environmentScope: 'review/*' }, HOME, 'review/*'],
  ])('of %s is born masked and raw, and read back', async (_, change, home, scope) => {
    const { gitlab, sink, place } = await stage(change)
    expect(await sink.preflight(place)).toEqual({ version: null })
    await sink.write(place, SECOND, null)
    expect(variableIn(gitlab, home, 'KEY', scope)).toMatchObject({
      value: SECOND.expose(),
      masked: true,
      protected: false,
      raw: true,
    })
    expect(await sink.read(place)).toMatchObject({ fingerprint: fingerprint(SECOND) })
    expect(await sink.remove(place, fingerprint(FIRST))).toBe(false)
    expect(await sink.remove(place, fingerprint(SECOND))).toBe(true)
    expect(gitlab.homes.get(home)).toEqual([])
  })

  it('that is there gets stricter where keywright.yaml asks for it, and never looser', async () => {
    const strict = await stage({ protected: true })
    put(strict.gitlab, HOME, { key: 'KEY', value: 'old', variable_type: 'file' })
    await strict.sink.write(strict.place, FIRST, null)
    expect(variableIn(strict.gitlab, HOME, 'KEY')).toMatchObject({
      masked: true,
      protected: true,
      variable_type: 'file',
    })
    const loose = await stage({ masked: false })
    put(loose.gitlab, HOME, { key: 'KEY', value: 'old-value', masked: true, protected: true })
    await loose.sink.write(loose.place, FIRST, null)
    expect(variableIn(loose.gitlab, HOME, 'KEY')).toMatchObject({ masked: true, protected: true })
  })

  it('of other environments stays as it is', async () => {
    const { gitlab, sink, place } = await stage()
    put(gitlab, HOME, { key: 'KEY', value: 'of production', environment_scope: 'production' })
    await sink.write(place, FIRST, null)
    await sink.remove(place, fingerprint(FIRST))
    expect(gitlab.homes.get(HOME)).toMatchObject([{ value: 'of production', environment_scope: 'production' }])
  })

  it('is written once more only for a change', async () => {
    const { gitlab, sink, place } = await stage()
    await sink.write(ownedBy(place), FIRST, null)
    const before = gitlab.seen.length
    await sink.write(ownedBy(place), FIRST, null)
    expect(gitlab.seen.slice(before).map(({ method }) => method)).toEqual(['GET'])
  })

  it('that comes or goes between the look and the write is written all the same', async () => {
    const { gitlab, sink, place } = await stage()
    let moves = 2
    gitlab.before = ({ method }) => {
      if (method === 'POST' && moves-- === 2) put(gitlab, HOME, { key: 'KEY', value: 'came first' })
      if (method === 'PUT' && moves-- === 1) gitlab.homes.set(HOME, [])
    }
    await sink.write(place, FIRST, null)
    expect(variableIn(gitlab, HOME, 'KEY')?.value).toBe(FIRST.expose())
  })

  it('that is hidden is written and never read, and so never emptied', async () => {
    const { gitlab, sink, place } = await stage()
    put(gitlab, HOME, { key: 'KEY', value: 'x', hidden: true, masked: true })
    await sink.write(place, FIRST, null)
    expect(variableIn(gitlab, HOME, 'KEY')?.value).toBe(FIRST.expose())
    expect(await sink.read(place)).toBe('unreadable')
    expect(await sink.remove(place, fingerprint(FIRST))).toBe(false)
  })

  it('that GitLab cannot mask is refused, and nothing of it is said', async () => {
    const { sink, place } = await stage()
    const error = await failure(sink.write(place, Secret.of('short'), null))
    expect(error).toMatchObject({ code: 'SINK_DENIED', hint: expect.stringContaining('masked: false') })
    expect(JSON.stringify(error)).not.toContain('short')
  })
})

describe('a stamp', () => {
  it('stands in the description, moves on with the generations, and refuses another owner', async () => {
    const { gitlab, sink, place } = await stage()
    await sink.write(ownedBy(place), FIRST, null)
    expect(variableIn(gitlab, HOME, 'KEY')?.description).toBe('keywright acme-7f3a/platform/ci-bot k3v7x2ab #4')
    await sink.write(ownedBy(place, { n: 5, address: 'acme-7f3a/renamed' }), SECOND, null)
    expect(variableIn(gitlab, HOME, 'KEY')?.description).toBe('keywright acme-7f3a/renamed k3v7x2ab #5')
    const stranger = ownedBy(place, { lineage: 'zzzzzzzz' })
    expect(await failure(sink.preflight(stranger))).toMatchObject({
      code: 'PLACE_OWNED',
      message: expect.stringContaining('the place of acme-7f3a/renamed'),
    })
    expect((await failure(sink.write(stranger, FIRST, null))).code).toBe('PLACE_OWNED')
    expect(variableIn(gitlab, HOME, 'KEY')?.value).toBe(SECOND.expose())
  })

  it('is left out where somebody wrote a description', async () => {
    const { gitlab, sink, place } = await stage()
    put(gitlab, HOME, { key: 'KEY', value: 'x', description: 'ask Kim first' })
    await sink.write(ownedBy(place), FIRST, null)
    expect(variableIn(gitlab, HOME, 'KEY')).toMatchObject({ description: 'ask Kim first', value: FIRST.expose() })
  })
})

describe('a preflight', () => {
  it.each([
    ['that may only read', { scopes: ['read_api'], role: 'maintainer' } as const],
    ['of a developer', { scopes: ['api'], role: 'developer' } as const],
  ])('refuses a token %s', async (_, token) => {
    const { gitlab, sink, place } = await stage({ secret: 'glpat-other' })
    gitlab.tokens.set('glpat-other', token)
    expect(await failure(sink.preflight(place))).toMatchObject({
      code: 'SINK_DENIED',
      message: expect.stringContaining('may not write variables'),
      hint: expect.stringContaining('Maintainer'),
    })
  })

  it.each([{ token: { env: 'CI_JOB_TOKEN' } }, { secret: 'glcbt-64_abc' }])(
    'sends nothing with a CI_JOB_TOKEN',
    async (change) => {
      const { gitlab, sink, place } = await stage(change)
      expect((await failure(sink.preflight(place))).message).toMatch(/CI_JOB_TOKEN, which cannot write variables/)
      expect(gitlab.seen).toEqual([])
    },
  )

  it('leaves nothing behind, and says when a path is of the other level', async () => {
    const { gitlab, sink, place } = await stage()
    await sink.preflight(place)
    expect(gitlab.homes.get(HOME)).toEqual([])
    const group = await stage({ level: 'group' })
    const nowhere = { ...group.place, at: { path: 'acme/app', field: 'K' } }
    expect(await failure(group.sink.preflight(nowhere))).toMatchObject({
      code: 'SINK_MISFIT',
      hint: expect.stringMatching(/^level: project/),
    })
  })
})

const TABLE: Answers = [
  ...PASSING,
  ['400', reply(400), { code: 'SINK_DENIED', message: /answered 400/, hint: /explain/, tries: 1 }],
  ['401', reply(401), { code: 'SINK_DENIED', message: /expired/, hint: /another token/, tries: 1 }],
  ['403', reply(403), { code: 'SINK_DENIED', message: /may not write/, hint: /Maintainer/, tries: 1 }],
  ['404', reply(404), { code: 'SINK_MISFIT', message: /no such project/, hint: /level: group/, tries: 1 }],
  ['409', reply(409), { code: 'SINK_DENIED', message: /answered 409/, hint: /explain/, tries: 1 }],
  ['422', reply(422), { code: 'SINK_DENIED', message: /answered 422/, hint: /explain/, tries: 1 }],
]

const scene = async (): Promise<Scene> => {
  const { gitlab, ...rest } = await stage()
  return { server: gitlab, ...rest }
}

describe('a preflight that meets', () => meets(TABLE, scene))

describe('while GitLab is in trouble', () => {
  outlasts(scene, async ({ sink, place }) => {
    await sink.write(place, FIRST, null)
    expect(await sink.read(place)).toMatchObject({ fingerprint: fingerprint(FIRST) })
  })
})

test('a place of another server, level or environment is refused before anything is sent', async () => {
  const { sink, gitlab } = await stage()
  for (const change of [{ level: 'group' as const }, { environmentScope: 'production' }, {}]) {
    const stray = (await stage(change)).place
    expect((await failure(sink.preflight(stray))).code).toBe('SINK_DENIED')
  }
  expect(gitlab.seen).toEqual([])
})

test('the fake takes what a full client sends, and answers what it understands', async () => {
  const { gitlab } = await stage()
  const api = new Gitlab({ host: gitlab.apiUrl.replace('/api/v4', ''), token: MAINTAINER })
  const { ProjectVariables, GroupVariables } = api
  const filter = { environment_scope: 'production' }
  await ProjectVariables.create('acme/app', 'K', 'value-one', {
    masked: true,
    environmentScope: 'production',
    raw: true,
    description: 'd',
  })
  await ProjectVariables.create('acme/app', 'K', 'value-two')
  await expect(ProjectVariables.create('acme/app', 'K', 'value-three')).rejects.toThrow(/taken|Bad Request/i)
  expect(await ProjectVariables.show('acme/app', 'K', { filter })).toMatchObject({
    value: 'value-one',
    masked: true,
    description: 'd',
  })
  await expect(ProjectVariables.show('acme/app', 'K')).rejects.toThrow(/multiple variables/i)
  await ProjectVariables.edit('acme/app', 'K', 'value-four', { filter })
  expect((await ProjectVariables.all('acme/app')).map(({ value }) => value)).toEqual(['value-four', 'value-two'])
  await ProjectVariables.remove('acme/app', 'K', { filter })
  await expect(ProjectVariables.show('acme/app', 'K', { filter })).rejects.toThrow(/Not Found/)
  await expect(
    ProjectVariables.edit('acme/app', 'K', 'bad', { masked: true, filter: { environment_scope: '*' } }),
  ).rejects.toThrow()
  expect(await GroupVariables.create('acme', 'G', 'of-a-group', { protected: true })).toMatchObject({ protected: true })
  await expect(ProjectVariables.all('acme/nowhere')).rejects.toThrow(/Not Found/)
})
