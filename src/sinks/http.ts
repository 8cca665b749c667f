/**
 * A receiver of the user's own: one address that is posted signed JSON, and answers with JSON. `examples/sinks/http` says it from the
 * receiver's side, and has one in 30 lines.
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
import { createHmac, randomUUID } from 'node:crypto'
import { plainAddress } from '../core/config/url.ts'
import { HTTP_KEY_VARIABLE, type HttpConfig, httpHome } from '../core/http-kind.ts'
import { SECOND } from '../core/time.ts'
import { isObject, type JsonObject } from '../io/http/json.ts'
import type { PlaceAt, SecretSink } from '../ports/secret-sink.ts'
import { fingerprint } from './bytes.ts'
import type { SinkContext } from './context.ts'
import { credentialFrom } from './credential.ts'
import { conflict, ownPlace } from './own-place.ts'
import { denied, misfit } from './refusal.ts'
import { REST_TUNING, type RestAnswer, type RestTuning, restLine } from './rest-line.ts'

/** Sends nothing yet. */
export async function openHttp(
  config: HttpConfig,
  context: SinkContext,
  tuning: Partial<RestTuning> = {},
): Promise<SecretSink> {
  const tuned = { ...REST_TUNING, ...tuning }
  const { caFile, readable = false, conditional = false } = config
  const signing: Signing = { config, context, now: tuned.clock.now }
  const line = await restLine(
    { context, address: plainAddress(config.url), caFile, signed: (call) => signed(call, signing) },
    tuned,
  )
  const ask = async (place: PlaceAt, words: Envelope): Promise<JsonObject> => {
    ownPlace(place, httpHome(config))
    const { op } = words
    const envelope = { version: 1, ...words, place: place.at }
    const headers = { 'webhook-id': `kw_${randomUUID()}` }
    const answer = await line.ask({ method: 'POST', path: '', body: JSON.stringify(envelope), headers })
    return accepted(answer, { place, name: context.name, op })
  }
  return {
    kind: 'http',
    capabilities: { readable, conditional },
    preflight: async (place) => ({ version: versionIn(await ask(place, { op: 'preflight' })) }),
    async write(place, bytes, ifVersion) {
      const print = fingerprint(bytes)
      const condition = conditional ? { ifVersion } : {}
      const words = {
        op: 'write',
        secret: bytes.expose(),
        fingerprint: print,
        ...condition,
        ...ownerOf(place),
      } as const
      return { version: versionIn(await ask(place, words)) ?? print }
    },
    async read(place) {
      if (!readable) return 'unreadable'
      const { fingerprint: print, version } = await ask(place, { op: 'read' })
      if (print === null || print === undefined) return null
      if (typeof print !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(print)) throw unfit(context.name, 'a fingerprint')
      return { fingerprint: print, version: typeof version === 'string' ? version : print }
    },
    remove: async (place, ifFingerprint) => (await ask(place, { op: 'remove', ifFingerprint })).empty === true,
    close: () => line.close(),
  }
}

interface Envelope {
  readonly op: 'preflight' | 'read' | 'write' | 'remove'
  readonly secret?: string
  readonly fingerprint?: string
  readonly ifVersion?: string | null
  readonly ifFingerprint?: string
  readonly owner?: JsonObject
}

function ownerOf({ owner }: PlaceAt): Pick<Envelope, 'owner'> {
  return owner === undefined ? {} : { owner: { ...owner } }
}

interface Signing {
  readonly config: HttpConfig
  readonly context: SinkContext
  readonly now: () => number
}

const KEY = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/

/** Called for each try: an old timestamp would be refused. */
async function signed(
  { body = '{}', headers = {} }: { readonly body?: string; readonly headers?: Readonly<Record<string, string>> },
  { config, context, now }: Signing,
): Promise<{ readonly body: string; readonly headers: Readonly<Record<string, string>> }> {
  const key = await credentialFrom(config.key ?? { env: HTTP_KEY_VARIABLE }, context, KEY)
  const timestamp = String(Math.floor(now() / SECOND))
  const whole = `${body.slice(0, -1)},"nonce":"${randomUUID()}"}`
  const mac = createHmac('sha256', Buffer.from(key.expose().slice('whsec_'.length), 'base64'))
  const signature = mac.update(`${headers['webhook-id']}.${timestamp}.${whole}`).digest('base64')
  return {
    body: whole,
    headers: { ...headers, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` },
  }
}

interface Sent {
  readonly place: PlaceAt
  readonly name: string
  readonly op: Envelope['op']
}

function accepted({ status, json }: RestAnswer, { place, name, op }: Sent): JsonObject {
  const says = `${place.text}: the receiver of the sink ${name} answered ${status}`
  if (status >= 200 && status < 300) {
    if (isObject(json)) return json
    throw unfit(name, 'a JSON object')
  }
  switch (status) {
    case 409:
      if (op === 'write') throw conflict(place)
      throw denied(says, 'look into the log of that receiver')
    case 401:
      throw denied(
        `${says}: it does not know our signature`,
        `export ${HTTP_KEY_VARIABLE}=whsec_...   the key of the receiver; and compare the clocks`,
      )
    case 404:
      throw misfit(says, 'url: the address of the receiver')
    default:
      throw denied(says, 'look into the log of that receiver')
  }
}

function unfit(name: string, what: string): Error {
  return misfit(
    `the receiver of the sink ${name} answered without ${what}`,
    'see examples/sinks/http for what it has to answer',
  )
}

function versionIn({ version }: JsonObject): string | null {
  return typeof version === 'string' ? version : null
}
