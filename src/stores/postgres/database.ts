/** Connections to the database, and what their failures mean. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Pool, PoolClient } from 'pg'
import { isLoopback } from '../../core/config/url.ts'
import { isKeywrightError, type KeywrightError } from '../../core/diagnostic.ts'
import type { Secret } from '../../core/secret.ts'
import { peer } from '../../io/peer.ts'
import { deniedAt, unreadable, unwritable } from '../store-errors.ts'

export interface PostgresOptions {
  /** Folder of keywright.yaml: `caFile` starts there. */
  readonly root: string
  /** A whole connection URL, instead of the rest. */
  readonly connection?: Secret
  readonly host?: string
  readonly port?: number
  readonly database?: string
  readonly user?: string
  readonly password?: Secret
  readonly schema?: string
  readonly caFile?: string
}

export interface Database {
  readonly location: string
  readonly schema: string
  /**
   * Runs `work` on a connection of its own; a broken one is not used again. Where it broke under the work, the work is done again on the
   * next one if `mayRepeat` says so: what only reads always, what writes never unless said. Throws as `failure` says.
   */
  use<T>(what: 'read' | 'written', work: (client: PoolClient) => Promise<T>, mayRepeat?: () => boolean): Promise<T>
  close(): Promise<void>
}

const SCHEMA = 'keywright'
const CONNECTIONS = 4
const CONNECT_MILLIS = 10_000
/** A frozen process must not keep the others from a stack: the server ends its transaction. */
const SETTINGS = '-c statement_timeout=60000 -c lock_timeout=30000 -c idle_in_transaction_session_timeout=10000'

export function openDatabase(options: PostgresOptions): Database {
  const { schema = SCHEMA } = options
  const location = locationOf(options)
  let pool: Promise<Pool> | null = null
  return {
    location,
    schema,
    async use(what, work, mayRepeat = () => what === 'read') {
      pool ??= connect(options)
      for (let tries = 0; ; tries++) {
        let client: PoolClient | null = null
        let failed: unknown = null
        try {
          client = await (await pool).connect()
          client.on('error', ignored)
          return await work(client)
        } catch (error) {
          failed = error
          const isLost = client !== null && isBreak(error)
          if (!isLost || tries >= CONNECTIONS || !mayRepeat()) throw failure(error, location, what)
        } finally {
          client?.off('error', ignored)
          client?.release(failed !== null && !isKeywrightError(failed))
        }
      }
    },
    async close() {
      const closing = pool
      pool = null
      await (await closing?.catch(() => null))?.end()
    },
  }
}

/** A connection that breaks while it is used fails its query, and says so a second time. */
function ignored(): void {
  // the query has failed already
}

function locationOf({ connection, host = 'localhost', database = '', schema = SCHEMA }: PostgresOptions): string {
  return connection === undefined ? `postgres ${host}/${database} (${schema})` : `postgres (${schema})`
}

async function connect(options: PostgresOptions): Promise<Pool> {
  const { Pool } = await peer(async () => (await import('pg')).default, { by: 'the store postgres', packages: ['pg'] })
  const pool = new Pool({
    ...wayTo(options),
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MILLIS,
    options: SETTINGS,
    application_name: 'keywright',
    allowExitOnIdle: true,
  })
  pool.on('error', () => undefined) // an idle connection that broke is replaced when the next one is needed
  return pool
}

/** Encrypted and checked unless the server is this machine; with `caFile` in any case. A URL without it may say otherwise by `sslmode`. */
function wayTo({ root, connection, host = 'localhost', port, database, user, password, caFile }: PostgresOptions) {
  const ca = caFile === undefined ? null : readFileSync(resolve(root, caFile), 'utf8')
  const tls = (near: boolean) => (ca !== null ? { ssl: { ca } } : near ? {} : { ssl: {} })
  if (connection !== undefined) {
    const text = connection.expose()
    if (ca !== null) return { connectionString: withoutTls(text), ...tls(false) }
    return { connectionString: text, ...(/[?&]sslmode=/.test(text) ? {} : tls(isNear(hostIn(text)))) }
  }
  return {
    host,
    ...(port === undefined ? {} : { port }),
    ...(database === undefined ? {} : { database }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password: password.expose() }),
    ...tls(isNear(host)),
  }
}

/** What a URL says of TLS would replace what `caFile` says. */
function withoutTls(url: string): string {
  return url.replace(/([?&])ssl\w*=[^&]*&?/g, '$1').replace(/[?&]+$/, '')
}

function hostIn(url: string): string {
  try {
    const { hostname, searchParams } = new URL(url)
    return searchParams.get('host') ?? hostname
  } catch {
    return ''
  }
}

/** This machine, or the folder of a socket. */
function isNear(host: string): boolean {
  return host === '' || host.startsWith('/') || host === '::1' || isLoopback(host)
}

/** SQLSTATE of an answer, or the code of a socket; empty for anything else. */
export function stateOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? code : ''
}

/** Not the work failed but its connection: the socket, or the server ended it (a restart, a failover, a transaction that froze). */
function isBreak(error: unknown): boolean {
  return !isKeywrightError(error) && /^(?:|ECONNRESET|EPIPE|57P0[1235]|25P03|08...)$/.test(stateOf(error))
}

function failure(error: unknown, location: string, what: 'read' | 'written'): KeywrightError {
  if (isKeywrightError(error)) return error
  const code = stateOf(error)
  const told = { location, cause: error }
  if (/^28/.test(code))
    return deniedAt({ ...told, why: `the login is wrong (${code})`, hint: 'psql   with the same connection' })
  if (code === '3D000') return deniedAt({ ...told, why: 'there is no such database', hint: 'createdb NAME' })
  if (code === '42501')
    return deniedAt({
      ...told,
      why: 'the role may not use that schema (42501)',
      hint: 'GRANT CREATE ON DATABASE ... TO ...',
    })
  const why = code === '' ? 'the connection broke' : `the server or the connection said ${code}`
  const hint = 'pg_isready   with the same connection'
  return what === 'read' ? unreadable({ ...told, why, hint }) : unwritable({ ...told, why, hint })
}
