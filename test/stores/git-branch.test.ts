import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { systemClock } from '../../src/io/clock.ts'
import type { StateStore } from '../../src/ports/state-store.ts'
import { type GitStore, gitStore } from '../../src/stores/git.ts'
import { aHeader, aRecord } from '../fakes/records.ts'
import { bareRepository } from '../fakes/stores.ts'

type More = Partial<Parameters<typeof gitStore>[0]>

/** A repository of its own for each test, and what is done to it. */
interface World {
  readonly url: string
  readonly root: string
  open(more?: More): GitStore
  git(...args: readonly string[]): string
  /** A commit on the branch by somebody else: files by path, `null` to remove, or a mode and an object. */
  meddle(files: Readonly<Record<string, string | null>>, mode?: string): void
}

function aWorld(): World & { leave(): Promise<void> } {
  const { url, root } = bareRepository()
  const opened: GitStore[] = []
  const git = (
    args: readonly string[],
    more: { readonly input?: string; readonly env?: NodeJS.ProcessEnv } = {},
  ): string =>
    execFileSync('git', [`--git-dir=${url}`, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
      encoding: 'utf8',
      ...more,
    })
  return {
    url,
    root,
    open(more = {}) {
      const store = gitStore({ root: join(root, 'project'), env: process.env, url, clock: systemClock, ...more })
      opened.push(store)
      return store
    },
    git: (...args) => git(args),
    meddle(files, mode = '100644') {
      const env = { ...process.env, GIT_INDEX_FILE: join(root, 'index') }
      const run = (args: readonly string[], input?: string): string =>
        git(args, { env, ...(input === undefined ? {} : { input }) }).trim()
      run(['read-tree', 'keywright-state'])
      for (const [path, text] of Object.entries(files)) {
        const oid = text === null ? '' : run(['hash-object', '-w', '--stdin'], text)
        const line = text === null ? `0 ${'0'.repeat(40)}\t${path}` : `${mode} ${oid}\t${path}`
        run(['update-index', '--index-info'], `${line}\n`)
      }
      const commit = run(['commit-tree', '-p', 'keywright-state', '-m', 'x', run(['write-tree'])])
      run(['update-ref', 'refs/heads/keywright-state', commit])
    },
    async leave() {
      for (const store of opened) await store.close()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

const it = test.extend<{ world: World }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern that it needs no other fixture
  world: async ({}, use) => {
    const world = aWorld()
    await use(world)
    await world.leave()
  },
})

const save = (store: StateStore, address: string, expectedSerial: number, more = {}) =>
  store.commit('acme', [{ address, expectedSerial, record: aRecord(address, more) }])

describe.concurrent('the branch of the git store', () => {
  it('says in each commit what happened, who did it and in which run', async ({ world: { open, git } }) => {
    const actor = { who: 'ann <ann>', runUrl: 'https://ci/run/7', commit: 'abc123' }
    const lastChange = { at: '2027-01-01T00:00:00Z', what: 'activated' }
    await save(open(), 'acme/ci/bot', 0, { highest: 3, actor, lastChange })
    const [subject, author, ...body] = git('log', '-1', '--format=%s%n%an%n%b', 'keywright-state').trim().split('\n')
    expect([subject, author]).toEqual(['acme/ci/bot #3 activated', 'ann ann'])
    expect(body.slice(0, 2)).toEqual(['Run: https://ci/run/7', 'Commit: abc123'])
    const store = open()
    await store.commit(
      'acme',
      ['acme/a', 'acme/b'].map((address) => ({ address, expectedSerial: 0, record: aRecord(address) })),
    )
    expect(git('log', '-1', '--format=%s', 'keywright-state').trim()).toBe('acme: 2 keys')
    const lease = await store.lease('acme', { ttlMillis: 60_000, waitMillis: 0, command: 'keywright apply' })
    expect(git('log', '-1', '--format=%s', 'keywright-state')).toMatch(
      /^acme: lease taken by keywright apply \(process \d+ on /,
    )
    await lease.release()
  })

  it('changes one line for one changed member, whoever wrote the members in which order', async ({
    world: { open, git },
  }) => {
    const store = open()
    await save(store, 'acme/a', 0, { owner: 'ann' })
    const { owner: _, ...rest } = aRecord('acme/a')
    await open().commit('acme', [{ address: 'acme/a', expectedSerial: 1, record: { owner: 'bob', ...rest } }])
    const stat = git('show', '--numstat', '--format=', 'keywright-state').trim()
    expect(stat).toBe('2\t2\tacme/keys/a.json') // owner and serial
  })

  it('is an orphan beside the history of the repository, and keeps what others put there', async ({
    world: { open, git, meddle },
  }) => {
    git('update-ref', 'refs/heads/main', git('commit-tree', '-m', 'first', git('mktree', '--missing').trim()).trim())
    await save(open(), 'acme/a', 0)
    meddle({ 'README.md': 'by hand', 'notes/x.json': '{}' })
    await save(open(), 'acme/b', 0)
    expect(git('rev-list', '--max-parents=0', 'keywright-state', 'main').trim().split('\n')).toHaveLength(2)
    expect(git('show', 'keywright-state:README.md')).toBe('by hand')
  })

  it.for<[string, Readonly<Record<string, string | null>>]>([
    ['a record that is none', { 'acme/keys/a.json': '{"address":"acme/a"}' }],
    ['a record of another key', { 'acme/keys/a.json': JSON.stringify(aRecord('acme/b', { serial: 1 })) }],
    ['a file that is no JSON', { 'acme/lease.json': '<<<<<<< HEAD' }],
    ['no format', { 'keywright.json': null }],
    ['a header with another name', { 'acme/stack.json': JSON.stringify(aHeader('zeta')) }],
    ['a record of many megabytes', { 'acme/keys/a.json': JSON.stringify({ x: 'y'.repeat(2 << 20) }) }],
  ])('is refused whole when it holds %s', async ([, files], { world: { open, meddle } }) => {
    await save(open(), 'acme/a', 0)
    meddle(files)
    await expect(open().read('acme')).rejects.toMatchObject({ code: 'STATE_CORRUPT' })
    await expect(save(open(), 'acme/c', 0)).rejects.toMatchObject({ code: 'STATE_CORRUPT' })
  })

  it('is refused when a record is a link, and when it is of a later format', async ({ world: { open, meddle } }) => {
    await save(open(), 'acme/a', 0)
    meddle({ 'acme/keys/b.json': '/etc/passwd' }, '120000')
    await expect(open().read('acme')).rejects.toMatchObject({ code: 'STATE_CORRUPT' })
    meddle({ 'acme/keys/b.json': null })
    meddle({ 'keywright.json': '{"format":3}' })
    await expect(open().read('acme')).rejects.toMatchObject({ code: 'STATE_TOO_NEW' })
    await expect(save(open(), 'acme/c', 0)).rejects.toMatchObject({ code: 'STATE_TOO_NEW' })
  })

  it('is empty again when somebody deleted it', async ({ world: { open, git } }) => {
    const store = open()
    await save(store, 'acme/a', 0)
    git('update-ref', '-d', 'refs/heads/keywright-state')
    expect((await store.read('acme')).records.size).toBe(0)
    await expect(save(store, 'acme/a', 1)).rejects.toMatchObject({ code: 'STATE_CONFLICT' })
  })

  it('is told apart from a push that a rule of the server refuses', async ({ world: { open, url } }) => {
    await save(open(), 'acme/a', 0)
    writeFileSync(join(url, 'hooks', 'pre-receive'), '#!/bin/sh\necho "the secret of the server" >&2\nexit 1\n', {
      mode: 0o755,
    })
    const failed = await save(open(), 'acme/b', 0).catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 'STORE_DENIED', hint: expect.stringContaining('branch') })
    expect(String(failed)).not.toContain('the secret')
  })

  it('knows its own commit again when the answer of the push was lost', async ({ world: { open, url } }) => {
    const store = open()
    await save(store, 'acme/a', 0)
    // The server takes it, and the connection dies before it says so.
    writeFileSync(join(url, 'hooks', 'post-receive'), '#!/bin/sh\nkill -9 $PPID\n', { mode: 0o755 })
    expect(await save(store, 'acme/a', 1, { highest: 5 })).toEqual([aRecord('acme/a', { serial: 2, highest: 5 })])
    rmSync(join(url, 'hooks', 'post-receive'))
    expect((await open().read('acme')).records.get('acme/a')?.serial).toBe(2)
  })
})

describe.concurrent('pushes', () => {
  it('are at most 60 for 1,000 issues of four saves each, in as many lanes as the store asks for', async ({
    world: { open, git },
  }) => {
    const store = open()
    const waiting = Array.from({ length: 1_000 }, (_, n) => `acme/k${n}`)
    const lane = async (): Promise<void> => {
      for (let address = waiting.pop(); address !== undefined; address = waiting.pop())
        for (let serial = 0; serial < 4; serial++) {
          await new Promise((done) => setTimeout(done, Math.random() * 20)) // a request to the key API
          await save(store, address, serial)
        }
    }
    await Promise.all(Array.from({ length: store.pace?.lanes ?? 1 }, lane))
    expect((await store.read('acme')).records.size).toBe(1_000)
    expect(store.flushes).toBeLessThanOrEqual(60)
    expect(Number(git('rev-list', '--count', 'keywright-state'))).toBe(store.flushes)
  })
})

describe.concurrent('the way to the repository', () => {
  it('is origin of the repository around keywright.yaml, also of a shallow clone, which stays as it is', async ({
    world: { open, git, url, root },
  }) => {
    git('update-ref', 'refs/heads/main', git('commit-tree', '-m', 'first', git('mktree', '--missing').trim()).trim())
    const first = git('rev-parse', 'main').trim()
    git('update-ref', 'refs/heads/main', git('commit-tree', '-p', first, '-m', 'second', `${first}^{tree}`).trim())
    const clone = join(root, 'clone')
    execFileSync('git', ['clone', '--quiet', '--depth=1', '-b', 'main', `file://${url}`, clone])
    const seen = (): string =>
      execFileSync(
        'sh',
        ['-c', 'git status --porcelain; git for-each-ref; cat .git/shallow; git count-objects -v; cat .git/config'],
        { cwd: clone, encoding: 'utf8' },
      )
    const before = seen()
    mkdirSync(join(clone, 'deep'))
    const store = gitStore({ root: join(clone, 'deep'), env: process.env, clock: systemClock })
    await save(store, 'acme/a', 0)
    expect((await open().read('acme')).records.size).toBe(1)
    expect(seen()).toBe(before)
    await store.close()
  })

  it('does not lead into the folder of keywright.yaml, where a change could bring hooks along', async ({
    world: { open, root },
  }) => {
    await expect(open({ root }).read('acme')).rejects.toMatchObject({ code: 'STORE_OPTION' })
    await expect(open({ url: 'ext::sh -c true' }).read('acme')).rejects.toMatchObject({ code: 'STORE_OPTION' })
  })

  it('says what to write where there is no repository', async ({ world: { open, root } }) => {
    mkdirSync(join(root, 'plain'))
    const env = { ...process.env, GIT_CEILING_DIRECTORIES: root }
    const store = gitStore({ root: join(root, 'plain'), env, clock: systemClock })
    await expect(store.read('acme')).rejects.toMatchObject({
      code: 'STORE_OPTION',
      message: expect.stringContaining('origin'),
    })
    await expect(open({ url: join(root, 'nowhere.git') }).read('acme')).rejects.toMatchObject({ code: 'STORE_DENIED' })
  })

  it('carries a token in a header, and nowhere that others can see', async ({ world: { open } }) => {
    const headers: (string | undefined)[] = []
    const server = createServer((request, response) => {
      headers.push(request.headers.authorization)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' })
      response.end()
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/acme/keys.git`
    const basic = (login: string): string => `Basic ${Buffer.from(login).toString('base64')}`
    const token = Secret.of('ghs_secretsecret')
    const failed = await open({ url: address, token })
      .read('acme')
      .catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 'STORE_DENIED' })
    expect(JSON.stringify([failed, String(failed)])).not.toContain('ghs_')
    expect(headers[0]).toBe(basic('x-access-token:ghs_secretsecret'))
    headers.length = 0
    const env = { ...process.env, GITHUB_TOKEN: 'ghs_job', GITHUB_SERVER_URL: 'https://127.0.0.1' }
    await open({ url: address, env })
      .read('acme')
      .catch(() => undefined)
    expect(headers[0]).toBe(basic('x-access-token:ghs_job'))
    headers.length = 0
    await open({ url: address, env: { ...env, GITHUB_SERVER_URL: 'https://github.com' } })
      .read('acme')
      .catch(() => undefined)
    expect(headers[0]).toBeUndefined()
    headers.length = 0
    await open({ url: address, token, user: 'gitlab-ci-token' })
      .read('acme')
      .catch(() => undefined)
    expect(headers[0]).toBe(basic('gitlab-ci-token:ghs_secretsecret'))
    server.close()
  })

  it('keeps its clone out of the project and takes it away at the end', async ({ world: { open, root } }) => {
    const store = open()
    await save(store, 'acme/a', 0)
    await store.close()
    expect(existsSync(join(root, 'project'))).toBe(false)
  })
})
