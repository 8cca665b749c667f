/** The deployment examples hold what their readers are told, as far as it can be checked without a cluster. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { reconcile } from '../../src/cli/commands/reconcile.ts'

const FLAGS = new Set(reconcile.flags?.map(({ flag }) => /--[a-z-]+/.exec(flag)?.[0] ?? ''))

test('systemd: units that systemd understands, with flags that exist', () => {
  const units = [
    'examples/systemd/keywright.service',
    'examples/cron/keywright-apply.service',
    'examples/cron/keywright-apply.timer',
  ]
  for (const path of units) {
    const line = /^ExecStart=(.*)$/m.exec(readFileSync(path, 'utf8'))?.[1] ?? ''
    if (line.includes('reconcile')) for (const flag of line.match(/--[a-z-]+/g) ?? []) expect(FLAGS).toContain(flag)
  }
  if (!existsSync('/usr/bin/systemd-analyze')) return
  const { stderr, status } = spawnSync(
    'systemd-analyze',
    ['verify', '--man=no', ...units.map((path) => resolve(path))],
    { encoding: 'utf8' },
  )
  expect(stderr.split('\n').filter((line) => /keywright/.test(line))).toEqual([])
  expect(status).toBe(0)
})

test('cron: a line that cron takes, and a shell understands', () => {
  const lines = readFileSync('examples/cron/keywright.cron', 'utf8').split('\n')
  const jobs = lines.filter((line) => /^[*\d]/.test(line))
  expect(jobs).toHaveLength(1)
  const [, command = ''] = /^(?:\S+ ){5}\S+ (.*)$/.exec(jobs[0] ?? '') ?? []
  expect(command).toContain('keywright apply --yes')
  expect(command).not.toContain('%')
  expect(spawnSync('sh', ['-n', '-c', command]).status).toBe(0)
})

test('kubernetes: objects whose parts fit together, and that kubectl can build', () => {
  const objects = parseAllDocuments(readFileSync('examples/kubernetes/deployment.yaml', 'utf8')).map((one) =>
    one.toJS(),
  )
  const kinds = new Map(objects.map((one) => [one.kind, one]))
  expect([...kinds.keys()]).toEqual(['ServiceAccount', 'PersistentVolumeClaim', 'Deployment', 'Service'])
  const { spec, metadata } = kinds.get('Deployment').spec.template
  const [container] = spec.containers
  expect(kinds.get('Service').spec.selector).toEqual(metadata.labels)
  expect(kinds.get('Deployment').spec.selector.matchLabels).toEqual(metadata.labels)
  const volumes = spec.volumes.map(({ name }: { name: string }) => name)
  expect(container.volumeMounts.map(({ name }: { name: string }) => name)).toEqual(volumes)
  expect(container.args.slice(0, 2)).toEqual(['keywright', 'reconcile'])
  for (const arg of container.args.filter((one: string) => one.startsWith('--'))) expect(FLAGS).toContain(arg)
  expect(container.ports[0].containerPort).toBe(Number(container.args.at(-1).split(':')[1]))
  if (!existsSync('/usr/bin/kubectl')) return
  const home = mkdtempSync(join(tmpdir(), 'keywright-kube-'))
  const built = spawnSync('kubectl', ['kustomize', 'examples/kubernetes'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: home },
  })
  rmSync(home, { recursive: true })
  expect(built.stderr).toBe('')
  expect(built.stdout).toContain('kind: Deployment')
})
