/** Failures of the way to a store. Built from our own words, codes and status numbers: what a server says is never repeated. */
import { KeywrightError } from '../core/diagnostic.ts'

export interface Unreached {
  /** Without credentials. */
  readonly location: string
  readonly why: string
  readonly hint: string
  readonly cause?: unknown
}

export function unreadable({ location, why, hint, cause }: Unreached): KeywrightError {
  const message = `The state in ${location} could not be read: ${why}.`
  return new KeywrightError('STATE_UNREADABLE', { message, hint, retryable: true, cause })
}

/** Nothing, or all, of what was to be saved may be there: whoever runs next looks. */
export function unwritable({ location, why, hint, cause }: Unreached): KeywrightError {
  const message = `The state in ${location} could not be written: ${why}.`
  return new KeywrightError('STATE_UNWRITABLE', { message, hint, retryable: true, cause })
}

export function deniedAt({ location, why, hint, cause }: Unreached): KeywrightError {
  return new KeywrightError('STORE_DENIED', { message: `The store ${location} refused: ${why}.`, hint, cause })
}
