import type { Config } from '../../core/config/config.ts'
import { KeywrightError } from '../../core/diagnostic.ts'
import type { Hook } from '../../core/hook-kinds.ts'
import type { AfterHook } from '../../ports/after-hook.ts'
import type { SecretSink } from '../../ports/secret-sink.ts'
import { openHook } from '../../sinks/hooks/registry.ts'
import { openSink, type SinkContext } from '../../sinks/registry.ts'
import type { Shell } from './command.ts'

export interface Sinks {
  /** Throws `RECORD_UNCONFIGURED` for a name the configuration does not have. */
  open(name: string): Promise<SecretSink>
  /** Through its sink. Throws the same, and `SINK_MISFIT`. */
  hook(hook: Hook): Promise<AfterHook>
  close(): Promise<void>
}

/** Sinks by configured name, each opened once, when it is first needed. */
export function openSinks(shell: Shell, config: Pick<Config, 'sinks'>, root: string): Sinks {
  const opened = new Map<string, Promise<SecretSink>>()
  const contextOf = (name: string): SinkContext => ({
    name,
    root,
    allowExec: shell.env.KEYWRIGHT_ALLOW_EXEC === '1',
    env: shell.env,
  })
  const open = async (name: string): Promise<SecretSink> => {
    const sink = config.sinks.get(name)
    if (!sink) throw unconfigured(name)
    return openSink(sink, contextOf(name))
  }
  return {
    open(name) {
      const sink = opened.get(name) ?? open(name)
      opened.set(name, sink)
      return sink
    },
    async hook(hook) {
      const sink = config.sinks.get(hook.sink)
      if (!sink) throw unconfigured(hook.sink)
      return openHook({ hook, config: sink, context: contextOf(hook.sink) })
    },
    async close() {
      for (const sink of opened.values()) await sink.then((one) => one.close?.()).catch(() => undefined)
    },
  }
}

function unconfigured(name: string): KeywrightError {
  return new KeywrightError('RECORD_UNCONFIGURED', {
    message: `A record has a place in the sink "${name}", which keywright.yaml does not have.`,
    hint: `put the sink "${name}" back into keywright.yaml until its places are emptied`,
  })
}
