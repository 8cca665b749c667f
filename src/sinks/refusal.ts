/** Failures of services that keep secrets, in our own words: a text of theirs is never repeated, since it could quote what was sent. */
import { KeywrightError } from '../core/diagnostic.ts'

/** `retryAfter`: milliseconds that the service asked to be left alone for. */
export function unreachable(message: string, hint: string, retryAfter?: number | null): KeywrightError {
  const wait = retryAfter === undefined || retryAfter === null ? {} : { retryAfter }
  return new KeywrightError('SINK_UNREACHABLE', { message, hint, retryable: true, ...wait })
}

export function denied(message: string, hint: string): KeywrightError {
  return new KeywrightError('SINK_DENIED', { message, hint })
}

export function misfit(message: string, hint: string): KeywrightError {
  return new KeywrightError('SINK_MISFIT', { message, hint })
}
