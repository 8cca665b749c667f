import { afterEach, expect, it, test } from 'vitest'
import { hookOf } from '../../../src/core/hook-kinds.ts'
import type { SinkConfig } from '../../../src/core/places.ts'
import { openHook } from '../../../src/sinks/hooks/registry.ts'
import { leapingClock } from '../../fakes/key-apis.ts'
import { contextOf } from '../../fakes/sinks.ts'
import { type Asked, json, type Reply, type Web, web } from '../../fakes/web.ts'

const open: { close(): unknown }[] = []
afterEach(() => {
  for (const one of open.splice(0)) one.close()
})

interface Workload {
  readonly annotations: Record<string, string>
  /** As of the pods: changes with their template alone. */
  generation: number
}

const ROUTE = /^\/apis\/apps\/v1\/namespaces\/([^/]+)\/(deployments|statefulsets|daemonsets)\/([^/]+)$/

/** Workloads of one API server, patched strategically; the template's annotations are what a rollout follows. */
async function cluster(names: readonly string[]): Promise<{ server: Web; workloads: Map<string, Workload> }> {
  const workloads = new Map(names.map((name) => [name, { annotations: { kept: 'yes' }, generation: 1 }]))
  const answer = ({ method, path, headers, json: body }: Asked): Reply => {
    if (headers.authorization !== 'Bearer token-of-the-fake')
      return json(401, { kind: 'Status', reason: 'Unauthorized' })
    const [, namespace, kinds, name] = ROUTE.exec(path) ?? []
    const found = workloads.get(`${namespace}/${kinds}/${name}`)
    if (!found) return json(404, { kind: 'Status', reason: 'NotFound' })
    if (method !== 'PATCH' || headers['content-type'] !== 'application/strategic-merge-patch+json') return json(415, {})
    const { spec } = body as { spec: { template: { metadata: { annotations: Record<string, string> } } } }
    const before = JSON.stringify(found.annotations)
    Object.assign(found.annotations, spec.template.metadata.annotations)
    if (JSON.stringify(found.annotations) !== before) found.generation += 1
    return json(200, { kind: 'Deployment' })
  }
  const server = await web(answer)
  open.push(server)
  return { server, workloads }
}

const restart = async (server: Web, workload: string, occasion: { address?: string; n: number }): Promise<void> => {
  const config: SinkConfig = {
    kind: 'kubernetes',
    cluster: 'fake',
    server: server.origin,
    auth: { kind: 'token', token: { env: 'TOKEN' } },
  }
  const hook = hookOf('rollout-restart', 'here', { namespace: 'shop', workload })
  const context = contextOf('/nowhere', { env: { TOKEN: 'token-of-the-fake' } })
  const opened = await openHook({
    hook,
    config,
    context,
    tuning: { clock: leapingClock(), random: () => 0, timeoutMillis: 300 },
  })
  const { address = 'acme-7f3a/bot', n } = occasion
  await opened.run({ id: `k3v7x2ab-${n}-x`, address, n })
}

it.each(['deployment', 'statefulset', 'daemonset'])(
  'restarts a %s once for each generation, and leaves its other annotations',
  async (kind) => {
    const { server, workloads } = await cluster([`shop/${kind}s/web`])
    const seen = workloads.get(`shop/${kind}s/web`)
    await restart(server, `${kind}/web`, { n: 1 })
    await restart(server, `${kind}/web`, { n: 1 })
    expect(seen?.generation).toBe(2)
    await restart(server, `${kind}/web`, { n: 2 })
    await restart(server, `${kind}/web`, { n: 1 })
    expect(seen?.generation).toBe(4)
    await restart(server, `${kind}/web`, { address: 'acme-7f3a/other', n: 1 })
    expect(seen?.generation).toBe(5)
    expect(seen?.annotations.kept).toBe('yes')
    expect(Object.values(seen?.annotations ?? {})).toContain('acme-7f3a/bot #1 k3v7x2ab')
  },
)

test('a workload that is not there, or a token without the right, is said with what to type', async () => {
  const { server } = await cluster([])
  await expect(restart(server, 'deployment/web', { n: 1 })).rejects.toMatchObject({
    code: 'SINK_MISFIT',
    hint: 'kubectl -n shop get deployments',
  })
  server.fault = () => ({ reply: json(403, { kind: 'Status', reason: 'Forbidden' }) })
  await expect(restart(server, 'deployment/web', { n: 1 })).rejects.toMatchObject({
    code: 'SINK_DENIED',
    hint: 'kubectl -n shop create role keywright-restart --verb=patch --resource=deployments.apps',
  })
  server.fault = () => ({ reply: json(503, {}) })
  await expect(restart(server, 'deployment/web', { n: 1 })).rejects.toMatchObject({ code: 'SINK_UNREACHABLE' })
})
