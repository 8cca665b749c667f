/** The receivers of keywright.yaml, ready to send. What cannot be used says why, once a run, and stops nothing. */

import { sourceText, type TokenSurroundings, tokensOf } from '../../cli/shell/tokens.ts'
import type { TokenSource } from '../../core/config/config.ts'
import type { ChannelConfig } from '../../core/config/watching.ts'
import type { Secret } from '../../core/secret.ts'
import type { Message, Send } from './message.ts'
import { type Address, addressOf, isPermitted, secretAddress, send } from './post.ts'
import { signedHttp } from './signed-http.ts'
import { SLACK_HOSTS, slack } from './slack.ts'

export interface Receiver {
  readonly config: ChannelConfig
  readonly send: Send
}

/** A receiver that cannot be used fails each message with the reason. */
export async function openReceiver(config: ChannelConfig, around: TokenSurroundings): Promise<Receiver> {
  const broken = (why: string): Receiver => ({ config, send: async (_: Message) => why })
  const sources = config.kind === 'slack' ? config.url : config.secret
  const secret = await firstOf(sources, around)
  if (secret === null) return broken(`nothing usable in ${sources.map(sourceText).join(', ')}`)
  const address = config.kind === 'slack' ? secretAddress(secret) : addressOf(config.url)
  if (address === null) return broken('its address is no plain https:// address')
  const known = config.kind === 'slack' ? SLACK_HOSTS : []
  if (!isPermitted(address, around.env.KEYWRIGHT_ALLOW_HOSTS, known)) return broken(notAllowed(address))
  return { config, send: config.kind === 'slack' ? slack(address) : signedHttp(address, secret) }
}

/** Asks for the heartbeat address. `null` when that worked, or there is none. */
export async function beat(sources: readonly TokenSource[], around: TokenSurroundings): Promise<string | null> {
  if (sources.length === 0) return null
  const secret = await firstOf(sources, around)
  const address = secret && secretAddress(secret)
  if (!address) return `heartbeat: no address in ${sources.map(sourceText).join(', ')}`
  if (!isPermitted(address, around.env.KEYWRIGHT_ALLOW_HOSTS, [])) return `heartbeat: ${notAllowed(address)}`
  const problem = await send(address, { method: 'GET' })
  return problem === null ? null : `heartbeat: ${problem}`
}

export async function firstOf(sources: readonly TokenSource[], around: TokenSurroundings): Promise<Secret | null> {
  for await (const secret of tokensOf(sources, around)) return secret
  return null
}

function notAllowed({ host }: Address): string {
  return `KEYWRIGHT_ALLOW_HOSTS does not allow ${host}`
}
