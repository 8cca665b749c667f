/**
 * A receiver of the user's own: one address that is posted signed JSON, and answers with JSON. `examples/sinks/http` says it from the
 * receiver's side, and has a small one.
 *
 *     { "version": 1, "op": "preflight", "place": { "path": "ci/x", "field": "key" }, "nonce": "..." }
 *     { "version": 1, "op": "read",      ... }                                              only with `readable: true`
 *     { "version": 1, "op": "write",     ..., "secret": "...", "fingerprint": "sha256:...", "ifVersion": "7" | null, "owner": {...} }
 *     { "version": 1, "op": "remove",    ..., "ifFingerprint": "sha256:..." }
 *
 *     preflight: { "version": "7" | null }                         can write; leaves nothing behind. null or absent: the place is empty
 *     read:      { "fingerprint": "sha256:..." | null, "version" } null: the place is empty
 *     write:     { "version": "8" }                                stored durably; also when exactly that was there already
 *     remove:    { "empty": true | false }                         empties the place only if it holds bytes with that SHA-256
 *
 * Status 2xx with that body; 409: `ifVersion` no longer holds; 400, 401, 403, 404, 413, 422: refused for good; 429 and 5xx: later.
 * Signatures are those of Standard Webhooks (https://www.standardwebhooks.com, read 2026-11): `webhook-id` stays the same when a
 * delivery is repeated, so it is the idempotency key; `webhook-timestamp` ends its life after five minutes; the nonce in the body is new
 * each time, so a receiver that remembers nonces for that long is told nothing twice by an eavesdropper.
 */
import { type HttpConfig, httpHome } from '../core/http-kind.ts'
import type { JsonObject } from '../io/http/json.ts'
import type { PlaceAt, SecretSink } from '../ports/secret-sink.ts'
import { fingerprint } from './bytes.ts'
import type { SinkContext } from './context.ts'
import { conflict, ownPlace } from './own-place.ts'
import type { RestTuning } from './rest-line.ts'
import { type Posted, receiver, unfit } from './webhook/receiver.ts'

/** Sends nothing yet. */
export async function openHttp(
  config: HttpConfig,
  context: SinkContext,
  tuning: Partial<RestTuning> = {},
): Promise<SecretSink> {
  const { readable = false, conditional = false } = config
  const there = await receiver(config, context, tuning)
  const ask = async (place: PlaceAt, words: Posted): Promise<JsonObject> => {
    ownPlace(place, httpHome(config))
    const answer = await there.post({ ...words, place: place.at }, { about: place.text })
    if (answer === 'conflict') throw conflict(place)
    return answer
  }
  return {
    kind: 'http',
    capabilities: { readable, conditional },
    preflight: async (place) => ({ version: versionIn(await ask(place, { op: 'preflight' })) }),
    async write(place, bytes, ifVersion) {
      const print = fingerprint(bytes)
      const words = { op: 'write', secret: bytes.expose(), fingerprint: print } as const
      const condition = conditional ? { ifVersion } : {}
      const owner = place.owner === undefined ? {} : { owner: place.owner }
      return { version: versionIn(await ask(place, { ...words, ...condition, ...owner })) ?? print }
    },
    async read(place) {
      if (!readable) return 'unreadable'
      const { fingerprint: print, version } = await ask(place, { op: 'read' })
      if (print === null || print === undefined) return null
      if (typeof print !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(print)) throw unfit(context.name, 'a fingerprint')
      return { fingerprint: print, version: typeof version === 'string' ? version : print }
    },
    remove: async (place, ifFingerprint) => (await ask(place, { op: 'remove', ifFingerprint })).empty === true,
    close: () => there.close(),
  }
}

function versionIn({ version }: JsonObject): string | null {
  return typeof version === 'string' ? version : null
}
