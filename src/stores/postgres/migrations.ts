/** The tables, made and changed step by step. A step is never edited once it was released. */
import type { PoolClient } from 'pg'
import { KeywrightError } from '../../core/diagnostic.ts'
import { stateOf } from './database.ts'

/**
 * `stacks.revision` counts the exchanges of a stack, and each record carries the one it was last written in: whoever looks again asks for
 * what is newer. A record that is gone stays as a row without one, so that this is seen as well.
 */
const STEPS: readonly ((schema: string) => string)[] = [
  (schema) => `
    CREATE TABLE ${schema}.stacks (
      stack text PRIMARY KEY, revision bigint NOT NULL, header json
    );
    CREATE TABLE ${schema}.leases (
      stack text PRIMARY KEY REFERENCES ${schema}.stacks, serial bigint NOT NULL, revision bigint NOT NULL, holder json
    );
    CREATE TABLE ${schema}.records (
      stack text NOT NULL REFERENCES ${schema}.stacks, address text NOT NULL, revision bigint NOT NULL,
      format smallint NOT NULL, record json, PRIMARY KEY (stack, address)
    );
    CREATE INDEX records_by_revision ON ${schema}.records (stack, revision);`,
]

/** Any number that nobody else locks; the same for all versions. */
const LOCK = 7_239_104_551

/** Steps that were done; 0 for a database without a state. Throws `STATE_TOO_NEW`. */
export async function versionIn(client: PoolClient, schema: string, location: string): Promise<number> {
  try {
    const { rows } = await client.query(`SELECT max(version) AS version FROM ${schema}.migrations`)
    const version = Number(rows[0]?.version ?? 0)
    if (version <= STEPS.length) return version
  } catch (error) {
    if (isMissing(error)) return 0
    throw error
  }
  throw new KeywrightError('STATE_TOO_NEW', {
    message: `The tables of ${location} were made by a newer keywright.`,
    hint: 'Update keywright, then run again.',
  })
}

/** Brings the tables up to date. Several processes may ask at once. */
export async function migrate(client: PoolClient, schema: string, location: string): Promise<void> {
  if ((await versionIn(client, schema, location)) === STEPS.length) return
  await client.query('BEGIN')
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK])
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`)
    await client.query(
      `CREATE TABLE IF NOT EXISTS ${schema}.migrations (version integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())`,
    )
    const done = await versionIn(client, schema, location)
    for (const [n, step] of STEPS.entries()) {
      if (n < done) continue
      await client.query(step(schema))
      await client.query(`INSERT INTO ${schema}.migrations (version) VALUES ($1)`, [n + 1])
    }
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

/** No such schema, or no such table in it. */
function isMissing(error: unknown): boolean {
  return stateOf(error) === '42P01' || stateOf(error) === '3F000'
}
