import type { Eyes } from '../../engine/prove-places.ts'
import { extractSecret } from '../../sinks/bytes.ts'
import { openApis } from './apis.ts'
import type { Shell } from './command.ts'
import { openSinks } from './sinks.ts'
import type { SoundProject } from './world.ts'

/** Sinks to read and hashes to compare with: no lease, no request unless a kind of key API cannot compare by itself. */
export function openEyes(shell: Shell, { config, root }: SoundProject): Eyes & { close(): Promise<void> } {
  const sinks = openSinks(shell, config, root)
  const apis = openApis({ shell, config, root })
  return {
    sink: sinks.open,
    extract: extractSecret,
    matches: async (provider, secret, id) => (await apis.open(provider)).matches(secret, id),
    close: async () => {
      await sinks.close()
      await apis.close()
    },
  }
}
