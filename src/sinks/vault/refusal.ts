/**
 * Failures of a Vault as errors of ours. They are made from our own words, names of places and status numbers: a text of the server is
 * looked at for a few phrases and never repeated, since it could quote what was sent.
 */
import type { KeywrightError } from '../../core/diagnostic.ts'
import { denied } from '../refusal.ts'

export { denied, misfit, unreachable } from '../refusal.ts'

/** A read was refused, and there is no telling whether the token or its policy is the reason. */
export function doubtful(name: string): KeywrightError {
  const message = `the sink ${name} may not read, or its token is expired, revoked or unknown`
  return denied(message, 'vault token lookup   or let its policy read, or give it the policy "default"')
}

/** A policy to paste. */
export function policy(path: string, capabilities: readonly string[]): string {
  return `path "${path}" { capabilities = [${capabilities.map((one) => `"${one}"`).join(', ')}] }`
}
