/**
 * Restarts a workload by an annotation of its pod template, as `kubectl rollout restart` does. The annotation is that of the key, and says which
 * generation the pods were started for: said twice, it restarts them once.
 */
import { createHash } from 'node:crypto'
import type { KubernetesConfig } from '../../core/kubernetes-kind.ts'
import { SECOND } from '../../core/time.ts'
import { systemClock } from '../../io/clock.ts'
import type { AfterHook } from '../../ports/after-hook.ts'
import { POD } from '../kubernetes/access.ts'
import { line } from '../kubernetes/line.ts'
import { denied, misfit } from '../refusal.ts'
import type { HookParts } from './registry.ts'

export async function rolloutRestart({
  hook,
  config,
  context,
  tuning = {},
}: HookParts<KubernetesConfig>): Promise<AfterHook> {
  const { namespace = '', workload = '' } = hook.at
  const [kind = '', name = ''] = workload.split('/')
  return {
    async run({ id, address, n }) {
      const api = line(config, context, {
        clock: systemClock,
        random: Math.random,
        timeoutMillis: 15 * SECOND,
        pod: POD,
        ...tuning,
      })
      const annotations = { [annotationFor(address)]: `${address} #${n} ${id.slice(0, 8)}` }
      try {
        const { status } = await api.ask({
          method: 'PATCH',
          path: `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/${kind}s/${encodeURIComponent(name)}?fieldManager=keywright`,
          contentType: 'application/strategic-merge-patch+json',
          body: JSON.stringify({ spec: { template: { metadata: { annotations } } } }),
        })
        if (status < 300) return
        const says = `${hook.text}: the sink ${context.name} answered ${status}`
        if (status === 404) throw misfit(`${says}: no such workload`, `kubectl -n ${namespace} get ${kind}s`)
        throw denied(
          says,
          `kubectl -n ${namespace} create role keywright-restart --verb=patch --resource=${kind}s.apps`,
        )
      } finally {
        await api.close()
      }
    },
  }
}

/** Keys that restart one workload do so side by side. */
function annotationFor(address: string): string {
  return `keywright.key/${createHash('sha256').update(address).digest('hex').slice(0, 16)}`
}
