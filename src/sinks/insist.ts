/**
 * Tries a piece of work again after a passing failure, with full jitter.
 *
 * The work looks first and changes then. So it may start over also when it stays unknown whether a change arrived: the look tells.
 */
import { isKeywrightError, type KeywrightError } from '../core/diagnostic.ts'
import { BACKOFF, jittered } from '../io/http/backoff.ts'
import type { Clock } from '../ports/clock.ts'
import { unreachable as passing } from './refusal.ts'

export interface Insistence {
  readonly clock: Clock
  /** 0 <= x < 1. */
  readonly random: () => number
}

const lasting = new WeakSet<KeywrightError>()

/** `SINK_UNREACHABLE`. With `lasting` trying again does not help, as for a certificate that nobody vouches for. */
export function unreachable(message: string, hint: string, more: { readonly lasting?: boolean } = {}): KeywrightError {
  const error = passing(message, hint)
  if (more.lasting === true) lasting.add(error)
  return error
}

export async function insist<T>({ clock, random }: Insistence, work: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await work()
    } catch (error) {
      if (!isKeywrightError(error, 'SINK_UNREACHABLE') || lasting.has(error) || tried >= BACKOFF.tries) throw error
      const wait = error.retryAfter ?? jittered(tried, random)
      if (wait > BACKOFF.longestWait) throw error
      await clock.sleep(wait)
    }
  }
}

const UNTRUSTED = /CERT|VERIFY|SIGNED|ISSUER|TLS|SSL|ALTNAME/

/** A code of a failed connection that is about a certificate. */
export function isUntrusted(code: string): boolean {
  return UNTRUSTED.test(code)
}
