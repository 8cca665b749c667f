/**
 * A real PostgreSQL server of its own: on a socket in a temporary folder, where everybody is let in, and at a port of localhost, where it
 * takes nothing but TLS and a password. Debian's binaries, or those of PG_BIN.
 */
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CERTIFICATE, PRIVATE_KEY } from './vault/certificate.ts'

export interface Postgres {
  /** Folder of the socket. */
  readonly host: string
  /** Of the socket, and of the way with TLS at localhost. */
  readonly port: number
  readonly user: string
  /** With TLS it is wanted. The certificate is of the authority of vault/certificate.ts. */
  readonly password: string
  /** A new database; its name. */
  create(): Promise<string>
  /** Runs SQL in a database as its owner; what psql prints. */
  sql(database: string, text: string): string
  stop(): Promise<void>
}

const USER = 'postgres'
const PASSWORD = 'not-for-everybody'
let count = 0

/** Throws, naming the package, when there is no PostgreSQL. */
export async function startPostgres(): Promise<Postgres> {
  const bin = binaries()
  const folder = mkdtempSync(join(tmpdir(), 'keywright-pg-'))
  const as = account()
  if (as) chownSync(folder, as.uid, as.gid)
  chmodSync(folder, 0o755)
  const data = join(folder, 'data')
  const run = (program: string, args: readonly string[]): string =>
    execFileSync(join(bin, program), args, { ...as, cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  run('initdb', ['-D', data, '-U', USER, '-A', 'trust', '-N', '--no-instructions', '-E', 'UTF8', '--locale=C'])
  const port = await freePort()
  const own = (name: string, text: string): void => {
    writeFileSync(join(data, name), text, { mode: 0o600 })
    if (as) chownSync(join(data, name), as.uid, as.gid)
  }
  own('server.crt', CERTIFICATE)
  own('server.key', PRIVATE_KEY)
  own('pg_hba.conf', 'local all all trust\nhostssl all all all scram-sha-256\n')
  const settings = {
    listen_addresses: 'localhost',
    port: String(port),
    ssl: 'on',
    unix_socket_directories: folder,
    fsync: 'off',
    max_connections: '60',
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = spawn(join(bin, 'postgres'), ['-D', data, ...flags], { ...as, cwd: folder, stdio: 'ignore' })
  const ended = new Promise<void>((done) => server.once('exit', () => done()))
  const end = (): void => void server.kill('SIGQUIT')
  process.once('exit', end)
  const psql = (database: string, text: string): string =>
    run('psql', ['-X', '-q', '-A', '-t', '-h', folder, '-p', String(port), '-U', USER, '-d', database, '-c', text])
  await listening(() => psql('postgres', `ALTER ROLE ${USER} PASSWORD '${PASSWORD}'`))
  return {
    host: folder,
    port,
    password: PASSWORD,
    user: USER,
    async create() {
      const name = `kw_${++count}`
      psql('postgres', `CREATE DATABASE ${name}`)
      return name
    },
    sql: psql,
    async stop() {
      process.off('exit', end)
      end()
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function binaries(): string {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const found = [process.env.PG_BIN ?? '', ...versions.map((version) => join(debian, version, 'bin'))]
  const bin = found.find((one) => existsSync(join(one, 'initdb')))
  if (bin === undefined) throw new Error('no PostgreSQL here: apt-get install postgresql, or set PG_BIN')
  return bin
}

/** initdb refuses root. */
function account(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string): number => Number(execFileSync('id', [flag, USER], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

async function listening(ask: () => string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      ask()
      return
    } catch (error) {
      if (tries > 200) throw error
      await new Promise((done) => setTimeout(done, 50))
    }
  }
}
