/**
 * Proof, before a key exists, that a later write can succeed, with nothing left behind.
 *
 * The server says what the token may do. A token that may not ask tries: a write on the condition of a version that cannot be passes the
 * policy and then fails. PATCH never creates anything, so it is tried wherever the mount leads; POST only at a proven KV version 2.
 */
import type { PlaceAt } from '../../ports/secret-sink.ts'
import { covers, type EngineParts, notAllowed, rightsOn } from './engine.ts'
import { dataPath, type Seen } from './look.ts'
import { isMismatch } from './put.ts'

export interface Proving {
  readonly place: PlaceAt
  readonly seen: Seen
  /** The server said that the mount is a KV engine of version 2. */
  readonly isVersion2: boolean
}

const IMPOSSIBLE = JSON.stringify({ options: { cas: 2_147_483_647 }, data: {} })

/** Throws `SINK_DENIED`. */
export async function assertWritable(parts: EngineParts, proving: Proving): Promise<void> {
  const { line, mount, name, config } = parts
  const path = dataPath(mount, proving.place)
  const rights = await rightsOn(line, path)
  const isFine = rights === null ? await tries(parts, path, proving) : covers(rights, needs(parts, proving.seen))
  if (isFine) return
  const read = (config.readable ?? true) ? ['read'] : []
  throw notAllowed(name, path, ['create', 'update', 'patch', ...read])
}

/** Each need with the rights that meet it. Who cannot see the secret needs both ways unless the metadata tell which it will be. */
function needs({ config }: EngineParts, { version, fields }: Seen): readonly (readonly string[])[] {
  if (version === 0) return [['create']]
  if (config.readable ?? true) return [fields === null ? ['update'] : ['patch', 'update']]
  return version === null ? [['patch'], ['create']] : [['patch']]
}

async function tries({ line }: EngineParts, path: string, { seen, isVersion2 }: Proving): Promise<boolean> {
  const fails = async (method: 'PATCH' | 'POST'): Promise<boolean> =>
    isMismatch(await line.once({ method, path, body: IMPOSSIBLE }))
  if ((seen.fields !== null || seen.version !== 0) && (await fails('PATCH'))) return true
  return (isVersion2 || (seen.version ?? 0) > 0) && (await fails('POST'))
}
