/** Until when old secrets work. */
import { endingsOf } from '../../core/endings.ts'
import type { DesiredKey } from '../../core/key.ts'
import type { KeyRecord } from '../../core/record.ts'
import { at, type Instant, instant, type Millis } from '../../core/time.ts'
import { idIn } from './change.ts'
import { span, when } from './words.ts'

export interface Grace {
  readonly address: string
  readonly n: number
  readonly until: Instant
}

export function graces(record: KeyRecord, desired: DesiredKey | null): readonly Grace[] {
  return endingsOf(record, desired).flatMap(({ n, for: what, until }) =>
    what === 'grace' && until !== null ? [{ address: record.address, n, until: instant(until) }] : [],
  )
}

export function graceLines(all: readonly Grace[], { now }: { readonly now: Millis }): readonly string[] {
  return all.map(({ address, n, until }) => {
    const id = idIn(address.slice(0, address.indexOf('/')), address)
    return `${id}: #${n} works until ${when(until, now)}, in ${span(Math.max(0, at(until) - now))}.`
  })
}
