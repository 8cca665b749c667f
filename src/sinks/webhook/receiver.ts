/** The line to a receiver: posts signed JSON, and says what its answers mean. */
import { createHmac, randomUUID } from 'node:crypto'
import { plainAddress } from '../../core/config/url.ts'
import { HTTP_KEY_VARIABLE, type HttpConfig } from '../../core/http-kind.ts'
import { SECOND } from '../../core/time.ts'
import { isObject, type JsonObject } from '../../io/http/json.ts'
import type { Owner } from '../../ports/secret-sink.ts'
import type { SinkContext } from '../context.ts'
import { credentialFrom } from '../credential.ts'
import { denied, misfit } from '../refusal.ts'
import { REST_TUNING, type RestAnswer, type RestTuning, restLine } from '../rest-line.ts'

export type Posted =
  | { readonly op: 'preflight' | 'read' }
  | {
      readonly op: 'write'
      readonly secret: string
      readonly fingerprint: string
      readonly ifVersion?: string | null
      readonly owner?: Owner
    }
  | { readonly op: 'remove'; readonly ifFingerprint: string }
  | { readonly op: 'after'; readonly address: string; readonly n: number }

export interface Post {
  /** What messages are about. */
  readonly about: string
  /** Of the delivery; the same for each try. A new one unless said. */
  readonly id?: string
}

export interface Receiver {
  /** The body of a good answer. `conflict`: 409, of a write. */
  post(
    words: Posted & { readonly place?: Readonly<Record<string, string>> },
    post: Post,
  ): Promise<JsonObject | 'conflict'>
  close(): Promise<void>
}

/** Sends nothing yet. */
export async function receiver(
  config: HttpConfig,
  context: SinkContext,
  tuning: Partial<RestTuning> = {},
): Promise<Receiver> {
  const tuned = { ...REST_TUNING, ...tuning }
  const { caFile } = config
  const address = plainAddress(config.url)
  const signing: Signing = { config, context, now: tuned.clock.now }
  const line = await restLine({ context, address, caFile, signed: (call) => signed(call, signing) }, tuned)
  return {
    async post(words, { about, id = `kw_${randomUUID()}` }) {
      const body = JSON.stringify({ version: 1, ...words })
      const answer = await line.ask({ method: 'POST', path: '', body, headers: { 'webhook-id': id } })
      return answer.status === 409 && words.op === 'write' ? 'conflict' : accepted(answer, about, context.name)
    },
    close: () => line.close(),
  }
}

interface Signing {
  readonly config: HttpConfig
  readonly context: SinkContext
  readonly now: () => number
}

interface Unsigned {
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

const KEY = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/

/** Called for each try: an old timestamp would be refused. */
async function signed({ body = '{}', headers = {} }: Unsigned, { config, context, now }: Signing): Promise<Unsigned> {
  const key = await credentialFrom(config.key ?? { env: HTTP_KEY_VARIABLE }, context, KEY)
  const timestamp = String(Math.floor(now() / SECOND))
  const whole = `${body.slice(0, -1)},"nonce":"${randomUUID()}"}`
  const mac = createHmac('sha256', Buffer.from(key.expose().slice('whsec_'.length), 'base64'))
  const signature = mac.update(`${headers['webhook-id']}.${timestamp}.${whole}`).digest('base64')
  const proof = { 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
  return { body: whole, headers: { ...headers, ...proof } }
}

function accepted({ status, json }: RestAnswer, about: string, name: string): JsonObject {
  const says = `${about}: the receiver of the sink ${name} answered ${status}`
  if (status >= 200 && status < 300) {
    if (isObject(json)) return json
    throw unfit(name, 'a JSON object')
  }
  switch (status) {
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

export function unfit(name: string, what: string): Error {
  const message = `the receiver of the sink ${name} answered without ${what}`
  return misfit(message, 'see examples/sinks/http for what it has to answer')
}
