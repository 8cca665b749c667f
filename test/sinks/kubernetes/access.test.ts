import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fingerprint } from '../../../src/sinks/bytes.ts'
import { kubeconfigFor, ROOT } from '../../fakes/kubernetes/server.ts'
import { AUTHORITY, CERTIFICATE, PRIVATE_KEY } from '../../fakes/vault/certificate.ts'
import { FIRST, failure, fake, folderWith, stage } from './stage.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const kubeconfig = { auth: { kind: 'kubeconfig' } } as const

test('a kubeconfig with a token and an authority of its own', async () => {
  const kube = await fake({ secure: true })
  const root = folderWith({ config: kubeconfigFor(kube.server, { token: ROOT }) })
  const { sink, place } = await stage({ ...kubeconfig, env: { KUBECONFIG: join(root, 'config') } }, kube)
  await sink.write(place('ci/keys#k'), FIRST, null)
  expect(kube.seen.every(({ token }) => token === ROOT)).toBe(true)
})

test('a kubeconfig with a client certificate', async () => {
  const kube = await fake({ secure: true, mutual: true })
  const user = { 'client-certificate-data': base64(CERTIFICATE), 'client-key-data': base64(PRIVATE_KEY) }
  const root = folderWith({ config: kubeconfigFor(kube.server, user) })
  const { sink, place } = await stage({ ...kubeconfig, env: { KUBECONFIG: join(root, 'config') } }, kube)
  await sink.write(place('ci/keys#k'), FIRST, null)
  expect(kube.seen.every(({ token }) => token === null)).toBe(true)
})

test('a kubeconfig with a login plugin, as those of clouds, asked again when its token is refused', async () => {
  const kube = await fake({ secure: true })
  kube.tokens.set('fresh', kube.tokens.get(ROOT) ?? [])
  const root = folderWith({ count: '', 'plugin.cjs': '' })
  const script = `const fs = require('node:fs'); fs.appendFileSync(${JSON.stringify(join(root, 'count'))}, 'x');
    const token = fs.readFileSync(${JSON.stringify(join(root, 'count'))}, 'utf8').length > 1 ? 'fresh' : 'stale'
    process.stdout.write(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } }))`
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: process.execPath,
    args: ['-e', script],
    interactiveMode: 'Never',
  }
  const config = folderWith({ config: kubeconfigFor(kube.server, { exec }) })
  const { sink, place } = await stage({ ...kubeconfig, env: { KUBECONFIG: join(config, 'config') } }, kube)
  await sink.write(place('ci/keys#k'), FIRST, null)
  expect([...new Set(kube.seen.map(({ token }) => token))]).toEqual(['stale', 'fresh'])
})

test('another context, from several files', async () => {
  const kube = await fake({ secure: true })
  const other = kubeconfigFor('http://127.0.0.1:1', { token: 'other' })
    .replaceAll('"ci"', '"old"')
    .replaceAll('"fake"', '"gone"')
  const root = folderWith({ a: other.replaceAll('"me"', '"you"'), b: kubeconfigFor(kube.server, { token: ROOT }) })
  const env = { KUBECONFIG: `${join(root, 'a')}:${join(root, 'b')}` }
  const { sink, place } = await stage({ auth: { kind: 'kubeconfig', context: 'ci' }, env }, kube)
  expect(await sink.read(place('ci/keys#k'))).toBeNull()
  const { sink: nowhere } = await stage({ auth: { kind: 'kubeconfig', context: 'typo' }, env }, kube)
  expect((await failure(nowhere.read(place('ci/keys#k')))).message).toMatch(/no such context/)
})

test('the service account of a pod, whose token is read again when it was replaced', async () => {
  const kube = await fake({ secure: true })
  const pod = folderWith({ token: `${ROOT}\n`, 'ca.crt': AUTHORITY })
  const { hostname, port } = new URL(kube.server)
  const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port }
  const { sink, place } = await stage({ auth: { kind: 'service-account' }, env, pod }, kube)
  await sink.write(place('ci/keys#k'), FIRST, null)
  kube.tokens.set('next', kube.tokens.get(ROOT) ?? [])
  kube.tokens.delete(ROOT)
  writeFileSync(join(pod, 'token'), 'next')
  expect(await sink.remove(place('ci/keys#k'), fingerprint(FIRST))).toBe(true)
  const { sink: outside } = await stage({ auth: { kind: 'service-account' }, env: {}, pod }, kube)
  expect(await failure(outside.read(place('ci/keys#k')))).toMatchObject({
    code: 'SINK_DENIED',
    message: expect.stringMatching(/this is no pod/),
  })
})

test.each([
  ['no kubeconfig', null, /cannot read the kubeconfig/],
  ['no YAML', 'a: [', /cannot read the kubeconfig/],
  [
    'an unchecked certificate',
    kubeconfigFor('https://127.0.0.1:1', { token: 'x' }, { 'insecure-skip-tls-verify': true }),
    /skips the check/,
  ],
  [
    'a proxy',
    kubeconfigFor('https://127.0.0.1:1', { token: 'x' }, { 'proxy-url': 'http://127.0.0.1:2' }),
    /through a proxy/,
  ],
  ['no TLS', kubeconfigFor('http://cluster.example', { token: 'x' }), /without TLS/],
  [
    'a plugin that fails',
    kubeconfigFor('https://127.0.0.1:1', { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'false' } }),
    /login plugin/,
  ],
])('refuses %s', async (_, text, message) => {
  const root = folderWith(text === null ? {} : { config: text })
  const { sink, place } = await stage({ ...kubeconfig, env: { KUBECONFIG: join(root, 'config') } })
  const said = await failure(sink.read(place('ci/keys#k')))
  expect(said).toMatchObject({
    code: expect.stringMatching(/SINK_(?:DENIED|MISFIT)/),
    message: expect.stringMatching(message),
  })
  expect(said.hint).toMatch(/./)
})
