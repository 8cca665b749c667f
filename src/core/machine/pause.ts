/** `pause --for`: nothing is begun at an address until then. A leak is stronger. */
import type { KeyRecord } from '../record.ts'
import { at, type Millis } from '../time.ts'
import type { Rest } from './step.ts'

export function isPaused({ paused, compromised }: KeyRecord, now: Millis): boolean {
  return paused !== undefined && compromised === undefined && now < at(paused.until)
}

export function paused({ paused: pause }: KeyRecord): Rest {
  return { do: 'rest', until: pause ? at(pause.until) : null, open: false, code: 'ADDRESS_PAUSED' }
}
