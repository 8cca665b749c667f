import type { Config } from '../../core/config/config.ts'
import { KeywrightError } from '../../core/diagnostic.ts'
import type { SecretSink } from '../../ports/secret-sink.ts'
import { openSink } from '../../sinks/registry.ts'
import type { Shell } from './command.ts'

export interface Sinks {
  /** Throws `RECORD_UNCONFIGURED` for a name the configuration does not have. */
  open(name: string): Promise<SecretSink>
  close(): Promise<void>
}

/** Sinks by configured name, each opened once, when it is first needed. */
export function openSinks(shell: Shell, config: Pick<Config, 'sinks'>, root: string): Sinks {
  const opened = new Map<string, Promise<SecretSink>>()
  const open = async (name: string): Promise<SecretSink> => {
    const sink = config.sinks.get(name)
    if (!sink) throw unconfigured(name)
    return openSink(sink, { name, root, allowExec: shell.env.KEYWRIGHT_ALLOW_EXEC === '1', env: shell.env })
  }
  return {
    open(name) {
      const sink = opened.get(name) ?? open(name)
      opened.set(name, sink)
      return sink
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
