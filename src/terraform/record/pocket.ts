/** A store for one record, for the time of one apply: the Terraform state is what is left of it. */
import { KeywrightError } from '../../core/diagnostic.ts'
import type { KeyRecord } from '../../core/record.ts'
import type { Lease, StateStore } from '../../ports/state-store.ts'

/** Terraform's own state lock is the lease: a record is in the hands of one apply. */
export const LEASE: Lease = { check: async () => undefined, release: async () => undefined }

export function pocket(first: KeyRecord): StateStore {
  const records = new Map<string, KeyRecord>(first.serial > 0 ? [[first.address, first]] : [])
  return {
    kind: 'terraform',
    cas: 'strong',
    location: 'the Terraform state',
    stacks: async () => [],
    read: async () => ({ header: null, records: new Map(records) }),
    async commit(_stack, changes) {
      for (const { address, expectedSerial } of changes)
        if ((records.get(address)?.serial ?? 0) !== expectedSerial) throw moved(address)
      return changes.map(({ address, expectedSerial, record }) => {
        records.delete(address)
        if (record === null) return null
        const saved = { ...record, serial: expectedSerial + 1 }
        records.set(address, saved)
        return saved
      })
    },
    commitHeader: async (header, expectedSerial) => ({ ...header, serial: expectedSerial + 1 }),
    lease: async () => LEASE,
    leaseHolder: async () => null,
    breakLease: async () => undefined,
    close: async () => undefined,
  }
}

function moved(address: string): KeywrightError {
  return new KeywrightError('STATE_CONFLICT', {
    message: `the record of ${address} moved while it was worked on`,
    hint: 'terraform apply',
    retryable: true,
  })
}
