/** One fixture per kind of store: a fresh world, of which every `open()` is a handle as another process would have it. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '../../src/core/secret.ts'
import type { StateStore } from '../../src/ports/state-store.ts'
import { gitStore } from '../../src/stores/git.ts'
import { httpStore } from '../../src/stores/http.ts'
import { localStore } from '../../src/stores/local.ts'
import { memoryStore, memoryWorld } from '../../src/stores/memory.ts'
import { openPostgres } from '../../src/stores/postgres.ts'
import type { StoreConfig } from '../../src/stores/registry.ts'
import { s3Store } from '../../src/stores/s3.ts'
import { type HandClock, handClock } from './hand-clock.ts'
import { type Postgres, startPostgres } from './postgres.ts'
import { BUCKET, S3_KEY, startS3 } from './s3.ts'
import { STATE_PASSWORD, startStateServer } from './state-server.ts'

export interface StoreFixture {
  readonly clock: HandClock
  open(): StateStore
  /** `store:` of keywright.yaml that leads there, with what the environment has to hold. */
  readonly config: StoreConfig
  readonly env?: Readonly<Record<string, string>>
  /** Flushes so far of all handles: writes to disk, pushes. Zero where nothing is flushed. */
  flushes(): number
  cleanUp(): Promise<void>
}

/** One server for all tests of a file. */
let postgres: Promise<Postgres> | null = null

export async function closeStoreServers(): Promise<void> {
  const server = await postgres
  postgres = null
  await server?.stop()
}

type Opened = StateStore & { readonly flushes: number }

export const STORE_FIXTURES: Readonly<Record<string, () => StoreFixture | Promise<StoreFixture>>> = {
  memory: () => {
    const world = memoryWorld()
    const clock = handClock()
    return {
      clock,
      config: { kind: 'memory' },
      open: () => memoryStore(world, clock),
      flushes: () => 0,
      cleanUp: async () => undefined,
    }
  },
  local: () => {
    const root = scratchFolder()
    return handles(
      (clock) => localStore({ root, clock }),
      { kind: 'local', path: join(root, '.keywright') },
      () => removeFolder(root),
    )
  },
  git: async () => {
    const { url, root } = bareRepository()
    return handles(
      (clock) => gitStore({ root: join(root, 'project'), env: process.env, url, clock }),
      { kind: 'git', url },
      () => removeFolder(root),
    )
  },
  s3: async () => {
    const s3 = await startS3()
    const credentials = {
      accessKeyId: Secret.of(S3_KEY.accessKeyId),
      secretAccessKey: Secret.of(S3_KEY.secretAccessKey),
    }
    const { endpoint } = s3
    const source = (name: string) => ({ env: name })
    return {
      ...handles(
        (clock) => s3Store({ bucket: BUCKET, prefix: 'kw/', endpoint, credentials, clock }),
        {
          kind: 's3',
          bucket: BUCKET,
          prefix: 'kw',
          endpoint,
          accessKeyId: source('S3_ID'),
          secretAccessKey: source('S3_SECRET'),
        },
        () => s3.close(),
      ),
      env: { S3_ID: S3_KEY.accessKeyId, S3_SECRET: S3_KEY.secretAccessKey },
    }
  },
  postgres: async () => {
    postgres ??= startPostgres()
    const server = await postgres
    const database = await server.create()
    return handles(
      (clock) => openPostgres({ root: '/', host: server.host, port: server.port, user: server.user, database, clock }),
      { kind: 'postgres', host: server.host, port: server.port, user: server.user, database },
      () => undefined,
    )
  },
  http: async () => {
    const server = await startStateServer()
    return {
      ...handles(
        (clock) => httpStore({ address: server.address, ...server.login, clock }),
        { kind: 'http', address: server.address, username: server.login.username, password: { env: 'HTTP_PASSWORD' } },
        () => server.close(),
      ),
      env: { HTTP_PASSWORD: STATE_PASSWORD },
    }
  },
}

/** A fixture whose handles have one clock and count their flushes. */
function handles(
  openOne: (clock: HandClock) => Opened,
  config: StoreConfig,
  end: () => void | Promise<void>,
): StoreFixture {
  const clock = handClock()
  const opened: Opened[] = []
  return {
    clock,
    config,
    open: () => {
      const store = openOne(clock)
      opened.push(store)
      return store
    },
    flushes: () => opened.reduce((sum, store) => sum + store.flushes, 0),
    cleanUp: async () => {
      for (const store of opened) await store.close()
      await end()
    },
  }
}

function removeFolder(root: string): void {
  rmSync(root, { recursive: true, force: true })
}

/** An empty repository, as a host has it, in a folder of its own. */
export function bareRepository(): { readonly url: string; readonly root: string } {
  const root = scratchFolder()
  const url = join(root, 'remote.git')
  execFileSync('git', ['init', '--quiet', '--bare', url])
  return { url, root }
}

export function scratchFolder(): string {
  return mkdtempSync(join(tmpdir(), 'keywright-stores-'))
}

/** Sources of credentials as the command line reads them, variables only. */
export function secretFrom(
  env: Readonly<Record<string, string | undefined>>,
): (source: unknown) => Promise<Secret | null> {
  return async (source) => {
    const name = typeof source === 'object' && source !== null && 'env' in source ? String(source.env) : ''
    const text = env[name]
    return text === undefined ? null : Secret.of(text)
  }
}
