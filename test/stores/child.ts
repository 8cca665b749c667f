/** A process of its own on a local store: `child.ts ROOT COMPACT_BYTES count N` or `... hold TTL`. Speaks lines on stdout. */

import process from 'node:process'
import { createInterface } from 'node:readline'
import { isKeywrightError } from '../../src/core/diagnostic.ts'
import { systemClock } from '../../src/io/clock.ts'
import { type LocalStore, localStore } from '../../src/stores/local.ts'
import { aRecord } from '../fakes/records.ts'

const [root = '', compactBytes = '', what = '', figure = ''] = process.argv.slice(2)
const store = localStore({ root, clock: systemClock, compactBytes: Number(compactBytes) })

/** Adds one to `highest`, whatever the others do meanwhile. */
async function countUp(from: LocalStore): Promise<void> {
  for (;;) {
    const known = (await from.read('acme')).records.get('acme/a')
    const record = aRecord('acme/a', { highest: (known?.highest ?? 0) + 1 })
    try {
      await from.commit('acme', [{ address: 'acme/a', expectedSerial: known?.serial ?? 0, record }])
      return
    } catch (error) {
      if (!isKeywrightError(error, 'STATE_CONFLICT')) throw error
    }
  }
}

async function hold(ttlMillis: number): Promise<void> {
  const lease = await store.lease('acme', { ttlMillis, waitMillis: 0, command: 'child' })
  process.stdout.write('held\n')
  for await (const address of createInterface({ input: process.stdin })) {
    const change = { address, expectedSerial: 0, record: aRecord(address) }
    const outcome = await store.commit('acme', [change], lease).then(
      () => 'saved',
      (error: unknown) => (isKeywrightError(error) ? error.code : String(error)),
    )
    process.stdout.write(`${outcome}\n`)
  }
}

if (what === 'hold') await hold(Number(figure))
for (let i = 0; what === 'count' && i < Number(figure); i++) {
  const outcome = await countUp(store).then(
    () => 'counted',
    (error: unknown) => (isKeywrightError(error) ? error.code : String(error)),
  )
  process.stdout.write(`${outcome}\n`)
  if (outcome !== 'counted') break
}
await store.close()
