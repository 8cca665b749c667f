/** The thread that reads manifests for `KeyManifests`. */
import { workerData } from 'node:worker_threads'
import type { Config } from '../core/config/config.ts'
import { type MemberRow, SINK_KINDS } from '../core/sink-kinds.ts'
import { loadProject } from '../io/project.ts'

const { root, env, port, flag } = workerData

loadProject({ at: { root }, env, now: Date.now() })
  .then(({ keys, diagnostics, config, moved, handedOver, adopted }) =>
    port.postMessage({ keys, diagnostics, members: membersOf(config), sections: { moved, handedOver, adopted } }),
  )
  .catch((error) => port.postMessage({ failure: error instanceof Error ? error.message : String(error) }))
  .finally(() => {
    Atomics.store(flag, 0, 1)
    Atomics.notify(flag, 0)
  })

/** What a place in each configured sink is written with; the rest of its address is the sink's. */
function membersOf(config: Config | null): Readonly<Record<string, readonly string[]>> {
  const rows = Array.from(config?.sinks ?? [], ([name, { kind }]) => {
    const members: readonly MemberRow[] = SINK_KINDS[kind].members
    return [name, members.map(({ member }) => member)] as const
  })
  return Object.fromEntries(rows)
}
