/** What a human can say about one address. It is written down first; what follows from it is the machine's. */
import { isLive, type KeyRecord } from '../record.ts'
import type { Event } from './event.ts'

type Claimed<On extends Event['on']> = Extract<Event, { readonly on: On }>

export type Word = Claimed<'requested' | 'extended' | 'pinned' | 'paused' | 'resumed' | 'compromised'>

/** Folds a human's word into the record. */
export function heed(record: KeyRecord, event: Word): KeyRecord {
  switch (event.on) {
    case 'requested': {
      const { on: _, ...request } = event
      const { pinned: __, ...rest } = record
      return { ...rest, issuedAt: [], requested: { n: record.highest, ...request } }
    }
    case 'extended':
      return extend(record, event)
    case 'pinned': {
      const { on: _, ...pin } = event
      return { ...record, pinned: { ...pin, notRestored: {} } }
    }
    case 'paused': {
      const { on: _, ...pause } = event
      return { ...record, paused: pause }
    }
    case 'resumed': {
      const { frozen: _, paused: __, pinned: ___, ...rest } = record
      return { ...rest, issuedAt: [] }
    }
    case 'compromised':
      return compromise(record, event)
    default:
      return event satisfies never
  }
}

function extend(record: KeyRecord, { until, atOnce }: Claimed<'extended'>): KeyRecord {
  return {
    ...record,
    generations: record.generations.map((g) => {
      if (g.phase !== 'superseded') return g
      const { atOnce: _, ...rest } = g
      return { ...rest, graceUntil: until, ...(atOnce ? { atOnce } : {}) }
    }),
  }
}

/** If the generation in service got out, it has to be replaced; older ones only end. */
function compromise(record: KeyRecord, event: Claimed<'compromised'>): KeyRecord {
  const { ns, at: when, afterReplacement } = event
  const { frozen: _, ...rest } = record
  const hit = record.generations.filter((g) => isLive(g) && ns.includes(g.n))
  const serves = hit.some((g) => g.phase === 'active' || g.phase === 'delivering')
  return {
    ...rest,
    generations: record.generations.map((g) => (isLive(g) && ns.includes(g.n) ? { ...g, compromised: true } : g)),
    ...(serves ? { issuedAt: [], compromised: { n: record.highest, at: when, afterReplacement } } : {}),
  }
}
