/** Keys of Kubernetes Secrets. */
import { type KubernetesConfig, kubernetesHome } from '../core/kubernetes-kind.ts'
import { SECOND } from '../core/time.ts'
import { systemClock } from '../io/clock.ts'
import type { SecretSink } from '../ports/secret-sink.ts'
import type { SinkContext } from './context.ts'
import { POD } from './kubernetes/access.ts'
import { type KubernetesTuning, line } from './kubernetes/line.ts'
import { annotation, look, namesOf, type Parts, prove, put, type Seen } from './kubernetes/secret.ts'
import { ofOwnPlaces } from './own-place.ts'
import { onShelf, type Shelf } from './shelf.ts'

const TUNING: KubernetesTuning = { clock: systemClock, random: Math.random, timeoutMillis: 15 * SECOND, pod: POD }

/** Sends nothing and logs in nowhere yet. */
export async function openKubernetes(
  config: KubernetesConfig,
  context: SinkContext,
  tuning: Partial<KubernetesTuning> = {},
): Promise<SecretSink> {
  const tuned = { ...TUNING, ...tuning }
  const api = line(config, context, tuned)
  const offers = onShelf(shelf({ line: api, name: context.name }), tuned)
  return { kind: 'kubernetes', ...ofOwnPlaces(offers, kubernetesHome(config)), close: () => api.close() }
}

function shelf(parts: Parts): Shelf<Seen> {
  return {
    conditional: true,
    container: ({ at }) => at.path ?? '',
    look: (place) => look(parts, place),
    prove: (place, seen) => prove(parts, place, seen),
    put: (change) => put(parts, change),
    remedy: (place) => {
      const { namespace, secret } = namesOf(place)
      return `kubectl -n ${namespace} annotate secret ${secret} ${annotation(place)}-`
    },
  }
}
