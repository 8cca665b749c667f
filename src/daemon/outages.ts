/** Outages as the header of the stack remembers them, so that a restart and another machine know of them. */
import type { Outages } from '../core/loop/outage.ts'
import type { Memo } from '../core/record.ts'

export function outagesIn({ outage, away = {} }: Memo): Outages {
  return { all: outage ?? null, of: new Map(Object.entries(away)) }
}

export function withOutages({ outage: _, away: __, ...memo }: Memo, { all, of }: Outages): Memo {
  return {
    ...memo,
    ...(all === null ? {} : { outage: all }),
    ...(of.size === 0 ? {} : { away: Object.fromEntries(of) }),
  }
}
