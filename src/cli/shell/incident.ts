/** A project as far as it can be used when something is on fire: manifests may be broken, the lease is not waited for. */
import type { Config } from '../../core/config/config.ts'
import type { DesiredKey } from '../../core/key.ts'
import type { KeyRecord } from '../../core/record.ts'
import type { Desk } from '../../engine/desk.ts'
import type { KeyApi } from '../../ports/key-api.ts'
import { actorOf } from './actor.ts'
import { openApis, type Traffic } from './apis.ts'
import type { Shell } from './command.ts'
import { Reported } from './reported.ts'
import { openState } from './world.ts'

export interface Incident {
  readonly stack: string
  readonly desk: Desk
  /** Keys of the manifests that could be read. */
  readonly keys: readonly DesiredKey[]
  /** Configured names, OpenRouter accounts first. */
  readonly providers: readonly string[]
  records(): Promise<ReadonlyMap<string, KeyRecord>>
  api(provider: string): Promise<KeyApi>
  traffic(): Traffic
  close(): Promise<void>
}

/**
 * `null` when there is no project around. Throws `Reported` when keywright.yaml itself has an error: what it says about hosts and
 * tokens is then not to be trusted.
 */
export async function openIncident(shell: Shell): Promise<Incident | null> {
  const opened = await openState(shell).catch((error: unknown) => {
    if (error instanceof Reported && error.diagnostics.every(({ code }) => code === 'CONFIG_MISSING')) return null
    throw error
  })
  if (opened === null) return null
  const { project, store } = opened
  const { config, root } = project
  const wrong = project.diagnostics.filter(({ severity, code }) => severity === 'error' && code.startsWith('CONFIG_'))
  if (wrong.length > 0) {
    await opened.close()
    throw new Reported(wrong)
  }
  const apis = openApis({ shell, config, root })
  const { stack } = config
  return {
    stack,
    desk: { stack, store, clock: shell.clock, actor: actorOf(shell.env) },
    keys: project.keys,
    providers: namesOf(config),
    records: async () => (await store.read(stack)).records,
    api: apis.open,
    traffic: apis.traffic,
    close: async () => {
      await apis.close()
      await opened.close()
    },
  }
}

function namesOf({ providers }: Config): readonly string[] {
  const names = [...providers.values()]
  return [
    ...names.filter(({ kind }) => kind === 'openrouter'),
    ...names.filter(({ kind }) => kind !== 'openrouter'),
  ].map(({ name }) => name)
}
