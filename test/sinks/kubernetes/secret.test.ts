import { expect, test } from 'vitest'
import { fingerprint } from '../../../src/sinks/bytes.ts'
import { type Rule, seed, textAt } from '../../fakes/kubernetes/server.ts'
import { FIRST, failure, ownedBy, SECOND, stage } from './stage.ts'

test('makes a Secret that is not there, and owns its key and its stamp alone', async () => {
  const { kube, sink, place } = await stage()
  await sink.write(ownedBy(place('ci/keys#api-key')), FIRST, null)
  expect(textAt(kube, 'ci/keys', 'api-key')).toBe(FIRST.expose())
  const { type, annotations, owners } = kube.secrets.get('ci/keys') ?? {}
  expect(type).toBe('Opaque')
  const stamp = `acme-7f3a/platform/ci-bot k3v7x2ab 4 ${fingerprint(FIRST)}`
  expect([...(annotations ?? [])]).toEqual([['keywright/api-key', stamp]])
  expect([...(owners ?? [])]).toEqual([
    ['keywright.api-key|Apply', new Set(['data.api-key', 'annotations.keywright/api-key'])],
  ])
})

test('keeps the keys of others, of other managers and of keywright', async () => {
  const { kube, sink, place } = await stage()
  seed(kube, 'ci/keys', { theirs: 'stays' })
  await sink.write(ownedBy(place('ci/keys#a')), FIRST, null)
  await sink.write(ownedBy(place('ci/keys#b'), { lineage: 'bbbbbbbb' }), SECOND, null)
  await sink.remove(ownedBy(place('ci/keys#a')), fingerprint(FIRST))
  expect(['theirs', 'a', 'b'].map((key) => textAt(kube, 'ci/keys', key))).toEqual(['stays', null, SECOND.expose()])
  expect([...(kube.secrets.get('ci/keys')?.annotations.keys() ?? [])]).toEqual(['keywright/b'])
})

test('takes over a key that another manager owns, when it is the one that was seen', async () => {
  const { kube, sink, place } = await stage()
  seed(kube, 'ci/keys', { k: 'theirs' })
  const { version } = await sink.preflight(place('ci/keys#k'))
  await sink.write(place('ci/keys#k'), FIRST, version)
  expect(textAt(kube, 'ci/keys', 'k')).toBe(FIRST.expose())
  expect(await sink.remove(place('ci/keys#k'), fingerprint(FIRST))).toBe(true)
  expect(textAt(kube, 'ci/keys', 'k')).toBeNull()
})

test('removes a key that holds its bytes although another manager wrote them', async () => {
  const { kube, sink, place } = await stage()
  seed(kube, 'ci/keys', { k: FIRST.expose() })
  expect(await sink.remove(place('ci/keys#k'), fingerprint(FIRST))).toBe(true)
  expect(textAt(kube, 'ci/keys', 'k')).toBeNull()
})

test('replaces nothing that moved between look and write, and starts over for a neighbour', async () => {
  const { kube, sink, place } = await stage()
  const { version } = await sink.write(place('ci/keys#k'), FIRST, null)
  let left = 1
  kube.before = ({ method }) => {
    if (method === 'PATCH' && left-- > 0) seed(kube, 'ci/keys', { neighbour: 'moved' })
  }
  const next = await sink.write(place('ci/keys#k'), SECOND, version)
  expect(textAt(kube, 'ci/keys', 'k')).toBe(SECOND.expose())
  kube.before = ({ method }) => {
    if (method === 'PATCH') seed(kube, 'ci/keys', { k: 'theirs' })
  }
  expect((await failure(sink.write(place('ci/keys#k'), FIRST, next.version))).code).toBe('PLACE_CONFLICT')
  expect(textAt(kube, 'ci/keys', 'k')).toBe('theirs')
})

test('a Secret that somebody makes at the same time keeps what they put there', async () => {
  const { kube, sink, place } = await stage()
  let once = true
  kube.before = ({ method }) => {
    if (method !== 'PATCH' || !once) return
    once = false
    seed(kube, 'ci/keys', { k: 'theirs', neighbour: 'stays' })
  }
  expect((await failure(sink.write(place('ci/keys#k'), FIRST, null))).code).toBe('PLACE_CONFLICT')
  expect([textAt(kube, 'ci/keys', 'k'), textAt(kube, 'ci/keys', 'neighbour')]).toEqual(['theirs', 'stays'])
})

test('finishes after a crash between the empty Secret and its key', async () => {
  const { kube, sink, place } = await stage()
  kube.fault = ({ method }, count) => (count > 1 ? { cut: true, late: method === 'PATCH' && count === 2 } : null)
  expect((await failure(sink.write(place('ci/keys#k'), FIRST, null))).code).toBe('SINK_UNREACHABLE')
  expect(kube.secrets.get('ci/keys')?.data.size).toBe(0)
  kube.fault = () => null
  const { sink: later } = await stage({}, kube)
  await later.write(place('ci/keys#k'), FIRST, null)
  expect(textAt(kube, 'ci/keys', 'k')).toBe(FIRST.expose())
})

test('refuses the stamp of another key, and renews its own', async () => {
  const { kube, sink, place } = await stage()
  const mine = place('ci/keys#k')
  const { version } = await sink.write(ownedBy(mine), FIRST, null)
  expect(await failure(sink.write(ownedBy(mine, { lineage: 'aaaaaaaa' }), SECOND, version))).toEqual({
    code: 'PLACE_OWNED',
    message: 'here:ci/keys#k is stamped as the place of acme-7f3a/platform/ci-bot',
    hint: 'use another place, or if that key is gone: kubectl -n ci annotate secret keys keywright/k-',
  })
  await sink.write(ownedBy(mine, { n: 5 }), FIRST, version)
  expect(kube.secrets.get('ci/keys')?.annotations.get('keywright/k')).toMatch(/ k3v7x2ab 5 /)
})

test('takes bytes that are no text for somebody else’s', async () => {
  const { kube, sink, place } = await stage()
  seed(kube, 'ci/keys', {})?.data.set('k', '//4=')
  expect((await failure(sink.write(place('ci/keys#k'), FIRST, null))).code).toBe('PLACE_CONFLICT')
})

test('refuses an immutable Secret and a namespace that is not there', async () => {
  const { kube, sink, place } = await stage()
  Object.assign(seed(kube, 'ci/keys', { k: 'x' }) ?? {}, { immutable: true })
  expect(await failure(sink.preflight(place('ci/keys#k')))).toEqual({
    code: 'SINK_MISFIT',
    message: 'the Secret ci/keys is immutable',
    hint: 'kubectl -n ci delete secret keys   or another one',
  })
  expect(await failure(sink.preflight(place('nowhere/keys#k')))).toEqual({
    code: 'SINK_MISFIT',
    message: 'the sink here finds no namespace nowhere',
    hint: 'kubectl create namespace nowhere',
  })
})

const all = ['get', 'patch', 'create']

test.each([
  ['get', false],
  ['get', true],
  ['patch', true],
  ['patch', false],
  ['create', false],
])('the preflight finds out that %s is not allowed (there: %s), and leaves nothing behind', async (verb, there) => {
  const { kube } = await stage()
  if (there) seed(kube, 'ci/keys', { neighbour: 'stays' })
  const before = JSON.stringify([...kube.secrets.values()].map(({ version }) => version))
  const rule: Rule = { verbs: all.filter((one) => one !== verb), resourceNames: ['keys'] }
  kube.tokens.set('narrow', [rule])
  const { sink, place } = await stage({ env: { TOKEN: 'narrow' } }, kube)
  expect(await failure(sink.preflight(place('ci/keys#k')))).toEqual({
    code: 'SINK_DENIED',
    message: `the login of the sink here may not ${verb === 'get' ? 'get' : 'patch'} the Secret ci/keys`,
    hint: 'kubectl -n ci create role keywright --verb=get,patch,create --resource=secrets --resource-name=keys   and bind it',
  })
  expect(JSON.stringify([...kube.secrets.values()].map(({ version }) => version))).toBe(before)
})
