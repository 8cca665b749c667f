/**
 * One stack in the tables. An exchange is one transaction that locks the row of the stack, so it never has to be repeated: it folds on what
 * is there by then. Stacks do not wait for each other.
 */
import type { PoolClient } from 'pg'
import { isKeywrightError } from '../../core/diagnostic.ts'
import { STATE_FORMAT } from '../../core/state-format.ts'
import type { Shelf } from '../book.ts'
import { type Folded, foldBeside } from '../fold.ts'
import { type Entry, type Ledger, stackLedger, type Verdict } from '../ledger.ts'
import { unwritable } from '../store-errors.ts'
import { headerIn, leaseIn, recordIn } from '../stored.ts'
import { type Database, stateOf } from './database.ts'
import { migrate, versionIn } from './migrations.ts'

const NOTHING = -1
const MOST_TRIES = 5

export function postgresShelf(database: Database, stack: string, onWrite: () => void): Shelf {
  const { schema, location } = database
  let revision = NOTHING
  let ledger: Ledger = new Map()
  let isMigrated = false
  let isThere = false

  const forget = (): void => {
    revision = NOTHING
    ledger = new Map()
  }

  const revisionIn = async (client: PoolClient, lock: '' | 'FOR UPDATE'): Promise<number> => {
    const { rows } = await client.query(`SELECT revision FROM ${schema}.stacks WHERE stack = $1 ${lock}`, [stack])
    return rows.length === 0 ? NOTHING : Number(rows[0].revision)
  }

  /** What is newer than what was seen. Of a database that was set back, everything. */
  const catchUp = async (client: PoolClient, now: number): Promise<void> => {
    if (now === revision) return
    const since = now < revision ? NOTHING : revision
    const where = `${location} ${stack}`
    const { rows: heads } = await client.query(
      `SELECT s.header, l.serial, l.revision, l.holder FROM ${schema}.stacks s LEFT JOIN ${schema}.leases l USING (stack) WHERE s.stack = $1`,
      [stack],
    )
    const { rows } = await client.query(
      `SELECT address, format, record FROM ${schema}.records WHERE stack = $1 AND revision > $2`,
      [stack, since],
    )
    const records = new Map(since === NOTHING ? [] : stackLedger(ledger, stack).records)
    for (const { address, format, record } of rows) {
      if (record === null) records.delete(address)
      else records.set(address, recordIn(record, address, { where: `${where} ${address}`, format }))
    }
    const [head] = heads
    const lease = {
      serial: Number(head?.serial ?? 0),
      revision: Number(head?.revision ?? 0),
      holder: head?.holder ?? null,
    }
    ledger = new Map([
      [stack, { header: headerIn(head?.header, stack, where), lease: leaseIn(lease, where), records, shared: true }],
    ])
    revision = now
  }

  const follow = (): Promise<void> =>
    database.use('read', async (client) => {
      isThere ||= (await versionIn(client, schema, location)) > 0
      if (!isThere) return
      if ((await revisionIn(client, '')) === revision) return
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
      await catchUp(client, await revisionIn(client, ''))
      await client.query('COMMIT')
    })

  const write = async (client: PoolClient, { next, touched }: Folded, now: number): Promise<void> => {
    const part = stackLedger(next, stack)
    const { header, lease, addresses } = touched.get(stack) ?? { header: false, lease: false, addresses: new Set() }
    await client.query(`UPDATE ${schema}.stacks SET revision = $2 WHERE stack = $1`, [stack, now])
    if (header)
      await client.query(`UPDATE ${schema}.stacks SET header = $2 WHERE stack = $1`, [
        stack,
        JSON.stringify(part.header),
      ])
    if (lease)
      await client.query(
        `INSERT INTO ${schema}.leases (stack, serial, revision, holder) VALUES ($1, $2, $3, $4)
         ON CONFLICT (stack) DO UPDATE SET serial = $2, revision = $3, holder = $4`,
        [stack, part.lease.serial, part.lease.revision, part.lease.holder && JSON.stringify(part.lease.holder)],
      )
    const changed = [...addresses]
    const texts = changed.map((address) => {
      const record = part.records.get(String(address))
      return record ? JSON.stringify(record) : null
    })
    if (changed.length > 0)
      await client.query(
        `INSERT INTO ${schema}.records (stack, address, revision, format, record)
         SELECT $1, address, $2, $3, record::json FROM unnest($4::text[], $5::text[]) AS changed (address, record)
         ON CONFLICT (stack, address) DO UPDATE SET revision = $2, format = $3, record = excluded.record`,
        [stack, now, STATE_FORMAT, changed, texts],
      )
  }

  /** `null`: nothing of it was done, and it may be tried again. */
  const attempt = async (entries: readonly Entry[]): Promise<readonly Verdict[] | null> => {
    let sent: { readonly xid: string; readonly folded: Folded; readonly revision: number } | null = null
    /** As long as no commit was sent, nothing was done: a process that froze within its transaction begins anew when it wakes up. */
    const isUndone = (): boolean => {
      if (sent === null) forget()
      return sent === null
    }
    const once = async (client: PoolClient): Promise<readonly Verdict[]> => {
      if (!isMigrated) await migrate(client, schema, location)
      isMigrated = true
      await client.query('BEGIN')
      await client.query(`INSERT INTO ${schema}.stacks (stack, revision) VALUES ($1, 0) ON CONFLICT DO NOTHING`, [
        stack,
      ])
      const before = await revisionIn(client, 'FOR UPDATE')
      await catchUp(client, before)
      const folded = foldBeside(ledger, entries)
      if (folded.touched.size === 0) {
        await client.query('ROLLBACK')
        if (before === 0) forget() // the row may have been ours alone, and is gone with the rollback
        return folded.verdicts
      }
      onWrite()
      await write(client, folded, before + 1)
      const { rows } = await client.query('SELECT txid_current()::text AS xid')
      sent = { xid: rows[0].xid, folded, revision: before + 1 }
      await client.query('COMMIT')
      ledger = folded.next
      revision = before + 1
      return folded.verdicts
    }
    try {
      return await database.use('written', once, isUndone)
    } catch (error) {
      forget() // what was read in a transaction that failed may never have been
      if (!isKeywrightError(error, 'STATE_UNWRITABLE')) throw error
      const repeatable = /^(?:40001|40P01|55P03|25P03|57P05)$/.test(stateOf(error.cause))
      if (sent === null && !repeatable) throw error
      if (sent === null) return null
      return (await isCommitted(sent)) ? verdictsOf(sent) : null
    }
  }

  /** The connection broke with the commit under way: the server knows what became of it. */
  const isCommitted = ({ xid }: { readonly xid: string }): Promise<boolean> =>
    database.use(
      'written',
      async (client) => {
        for (;;) {
          const { rows } = await client.query('SELECT txid_status($1::bigint) AS status', [xid])
          if (rows[0]?.status !== 'in progress') return rows[0]?.status === 'committed'
          await client.query('SELECT pg_sleep(0.2)')
        }
      },
      () => true,
    )

  return {
    get ledger() {
      return ledger
    },
    follow,
    async exchange(entries) {
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const verdicts = await attempt(entries)
        if (verdicts !== null) return verdicts
      }
      throw unwritable({ location, why: 'the server gave up each time', hint: 'run the same command again' })
    },
  }
}

function verdictsOf({ folded }: { readonly folded: Folded }): readonly Verdict[] {
  return folded.verdicts
}
