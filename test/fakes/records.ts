import type { KeyRecord, StackHeader } from '../../src/core/record.ts'

/** The smallest record. */
export function aRecord(address: string, more: Partial<KeyRecord> = {}): KeyRecord {
  return {
    address,
    lineage: 'k3v7x2ab',
    serial: 0,
    provider: 'openrouter',
    kind: 'openrouter',
    scope: '',
    highest: 0,
    generations: [],
    abandoned: [],
    patches: [],
    places: [],
    protect: false,
    policy: { grace: 0, hold: 0, removalHold: 0 },
    issuedAt: [],
    ...more,
  }
}

export function aHeader(stack: string, more: Partial<StackHeader> = {}): StackHeader {
  return { stack, version: 1, serial: 0, identities: {}, ...more }
}
