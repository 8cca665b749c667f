/** kubectl and the library of Kubernetes against the fake, and beside the sink: write, read, version, conflict, delete. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'
import { expect, test } from 'vitest'
import { fingerprint } from '../../../src/sinks/bytes.ts'
import { kubeconfigFor, ROOT, textAt } from '../../fakes/kubernetes/server.ts'
import { AUTHORITY } from '../../fakes/vault/certificate.ts'
import { FIRST, fake, folderWith, ownedBy, SECOND, stage } from './stage.ts'

const run = promisify(execFile)

test('the library: create, read, conflict, replace by version, delete', async () => {
  const kube = await fake({ secure: true })
  const config = new KubeConfig()
  config.loadFromString(kubeconfigFor(kube.server, { token: ROOT }))
  const api = config.makeApiClient(CoreV1Api)
  const namespace = 'ci'
  const code = (work: Promise<unknown>): Promise<number> =>
    work.then(
      () => 200,
      (error) => error.code,
    )
  const body = { metadata: { name: 'keys' }, stringData: { a: 'one' } }
  const made = await api.createNamespacedSecret({ namespace, body })
  expect(await code(api.createNamespacedSecret({ namespace, body }))).toBe(409)
  const read = await api.readNamespacedSecret({ namespace, name: 'keys' })
  expect(read.data).toEqual({ a: Buffer.from('one').toString('base64') })
  expect(read.metadata?.resourceVersion).toBe(made.metadata?.resourceVersion)
  expect(await code(api.readNamespacedSecret({ namespace, name: 'none' }))).toBe(404)
  expect((await api.listNamespacedSecret({ namespace })).items).toHaveLength(1)
  await api.deleteNamespacedSecret({ namespace, name: 'keys' })
  expect(kube.secrets.size).toBe(0)
})

test('kubectl: what the sink writes is read by it, and what it applies is left alone', async () => {
  const kube = await fake({ secure: true })
  const root = folderWith({ config: kubeconfigFor(kube.server, { token: ROOT }), 'ca.crt': AUTHORITY })
  const kubectl = async (args: readonly string[]): Promise<string> => {
    const all = ['--kubeconfig', join(root, 'config'), '--cache-dir', join(root, 'cache'), ...args]
    return (await run('kubectl', all, { env: { PATH: process.env.PATH, HOME: root } })).stdout
  }
  const secret = (data: Readonly<Record<string, string>>): string =>
    JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, stringData: data })
  const apply = (path: string): Promise<string> =>
    kubectl(['apply', '--server-side', '--validate=false', '--field-manager=gitops', '-f', path])
  const { sink, place } = await stage({ caFile: 'ca.crt', root }, kube)
  const files = folderWith({ 'one.json': secret({ theirs: 'one' }), 'two.json': secret({ theirs: 'two', k: 'clash' }) })

  await apply(join(files, 'one.json'))
  const { version } = await sink.write(ownedBy(place('ci/keys#k')), FIRST, null)
  const shown = JSON.parse(await kubectl(['get', 'secret', 'keys', '-o', 'json']))
  expect(Buffer.from(shown.data.k, 'base64').toString()).toBe(FIRST.expose())
  expect(Buffer.from(shown.data.theirs, 'base64').toString()).toBe('one')
  expect(shown.metadata.annotations['keywright/k']).toContain('k3v7x2ab')

  await apply(join(files, 'one.json'))
  expect(textAt(kube, 'ci/keys', 'k')).toBe(FIRST.expose())
  const clash = await apply(join(files, 'two.json')).catch((error) => error)
  expect(clash.stderr).toMatch(/conflict/)
  expect(textAt(kube, 'ci/keys', 'theirs')).toBe('one')

  await kubectl(['patch', 'secret', 'keys', '--type=merge', '-p', '{"stringData":{"other":"x"}}'])
  await sink.write(ownedBy(place('ci/keys#k')), SECOND, version)
  await sink.remove(ownedBy(place('ci/keys#k')), fingerprint(SECOND))
  expect([textAt(kube, 'ci/keys', 'theirs'), textAt(kube, 'ci/keys', 'other')]).toEqual(['one', 'x'])
  await kubectl(['delete', 'secret', 'keys', '--wait=false'])
  expect(await sink.read(place('ci/keys#k'))).toBeNull()
})
