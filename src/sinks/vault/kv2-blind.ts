/**
 * KV version 2 under a policy that may write and not read (`readable: false`). One field is merged on the server, so neighbours are safe.
 * But nobody sees whether the field is still the one that a version spoke of: writes are not conditional, and nothing is emptied.
 */
import type { SecretSink } from '../../ports/secret-sink.ts'
import { fingerprint } from '../bytes.ts'
import { lanes } from '../lanes.ts'
import { conflict } from '../own-place.ts'
import { type EngineParts, insistently, mountCheck, pathOf } from './engine.ts'
import { lookBlindly } from './look.ts'
import { putBlindly, setStamp } from './put.ts'
import { refuseStranger, stampText } from './stamp.ts'
import { assertWritable } from './writable.ts'

const MOST_MOVES = 30

export function kv2Blind(parts: EngineParts): Omit<SecretSink, 'kind' | 'close'> {
  const { line, mount } = parts
  const ready = mountCheck(parts)
  const inLane = lanes()
  return {
    capabilities: { readable: false, conditional: false },
    async preflight(place) {
      const isVersion2 = await ready()
      const seen = await lookBlindly(parts, pathOf(place))
      refuseStranger(place, seen.stamps, mount)
      await assertWritable(parts, { place, seen, isVersion2 })
      return { version: null }
    },
    write: (place, bytes) =>
      inLane(pathOf(place), () =>
        insistently(line, async () => {
          await ready()
          for (let tried = 1; tried <= MOST_MOVES; tried++) {
            const seen = await lookBlindly(parts, pathOf(place))
            refuseStranger(place, seen.stamps, mount)
            if ((await putBlindly(parts, { place, value: bytes, seen })) === 'moved') continue
            const version = fingerprint(bytes)
            if (place.owner !== undefined) await setStamp(parts, place, stampText(place.owner, version))
            return { version }
          }
          throw conflict(place)
        }),
      ),
    read: async () => 'unreadable',
    remove: async () => false,
  }
}
