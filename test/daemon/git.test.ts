/** The loop follows a git repository: real git, a bare repository on disk, and the real loop as a process. */
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { gitSource } from '../../src/daemon/source.ts'
import { CLI, folder, type House, house, leaveHouses, manifest } from '../fakes/cli.ts'

afterAll(leaveHouses)

const IDENTITY = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'init.defaultBranch=main']

interface Repository {
  readonly url: string
  /** Writes files, commits and pushes. Returns the commit. */
  push(files: Readonly<Record<string, string>>, ...flags: readonly string[]): string
  /** A symbolic link, for the next push. */
  link(path: string, to: string): void
  git(...args: readonly string[]): string
}

function repository(): Repository {
  const bare = folder()
  const tree = folder()
  const git = (...args: readonly string[]): string =>
    execFileSync('git', [...IDENTITY, ...args], {
      cwd: tree,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  git('init', '--bare', '--quiet', bare)
  git('clone', '--quiet', bare, '.')
  git('checkout', '--quiet', '-B', 'main')
  return {
    url: bare,
    git,
    link: (path, to) => symlinkSync(to, join(tree, path)),
    push(files, ...flags) {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(tree, path)), { recursive: true })
        writeFileSync(join(tree, path), text)
      }
      git('add', '-A')
      git('commit', '--quiet', '--allow-empty', '-m', 'change')
      git('push', '--quiet', ...flags, 'origin', 'HEAD:main')
      return git('rev-parse', 'HEAD')
    },
  }
}

const sourceOf = (url: string, more: Partial<Parameters<typeof gitSource>[0]> = {}) =>
  gitSource({ url, ref: 'main', folder: folder(), path: '.', acceptCommit: null, env: process.env, ...more })

describe.concurrent('a followed repository', () => {
  test('is fetched shallowly, and what came since the last look is seen', async () => {
    const repo = repository()
    for (let i = 0; i < 5; i++) repo.push({ 'a.txt': `${i}` })
    const source = await sourceOf(repo.url)
    const first = await source.look()
    expect(first).toMatchObject({ commit: repo.git('rev-parse', 'HEAD'), ref: 'refs/heads/main', problem: null })
    const count = execFileSync('git', ['rev-list', '--count', 'HEAD'], { cwd: first.folder, encoding: 'utf8' })
    expect(count.trim()).toBe('1')
    await source.applied(first)
    expect(await source.hasMoved()).toBe(false)
    const last = [1, 2, 3].map((n) => repo.push({ 'a.txt': `later ${n}` })).at(-1)
    expect(await source.hasMoved()).toBe(true)
    expect(await source.look()).toMatchObject({ commit: last, problem: null })
  })

  test('that was rewritten is not followed, also after a restart, until somebody names the commit', async () => {
    const repo = repository()
    repo.push({ 'a.txt': '1' })
    const checkout = folder()
    const before = await (await sourceOf(repo.url, { folder: checkout })).look()
    await (await sourceOf(repo.url, { folder: checkout })).applied(before)
    repo.git('checkout', '--quiet', '--orphan', 'other')
    const rewritten = repo.push({ 'b.txt': '2' }, '--force')
    const refused = await (await sourceOf(repo.url, { folder: checkout })).look()
    expect(refused).toMatchObject({ commit: before.commit, problem: { code: 'LOOP_COMMIT_REFUSED' } })
    expect(refused.problem?.hint).toBe(`keywright reconcile --accept-commit ${rewritten}`)
    const named = await sourceOf(repo.url, { folder: checkout, acceptCommit: rewritten.slice(0, 10) })
    expect(await named.look()).toMatchObject({ commit: rewritten, problem: null })
  })

  test('is judged by what another machine applied last, where this one has no memory', async () => {
    const repo = repository()
    const old = repo.push({ 'a.txt': '1' })
    const last = repo.push({ 'a.txt': '2' })
    const source = await sourceOf(repo.url)
    const seen = await source.look()
    expect(await source.mayApply(seen, old)).toBe(true)
    expect(await source.mayApply(seen, last)).toBe(true)
    expect(await source.mayApply(seen, 'a'.repeat(40))).toBe(false)
  })

  test('may be a tag, annotated or not', async () => {
    const repo = repository()
    const commit = repo.push({ 'a.txt': '1' })
    repo.git('tag', 'v1')
    repo.git('tag', '-a', 'v2', '-m', 'second')
    repo.git('push', '--quiet', '--tags', 'origin')
    for (const ref of ['v1', 'v2']) {
      const source = await sourceOf(repo.url, { ref })
      expect(await source.look()).toMatchObject({ commit, ref: `refs/tags/${ref}` })
      expect(await source.hasMoved()).toBe(false)
    }
  })

  test('runs no filter of a user on what .gitattributes ask for, and takes files as they are', async () => {
    const repo = repository()
    const smudged = join(folder(), 'smudged')
    const home = folder()
    writeFileSync(join(home, '.gitconfig'), `[filter "x"]\n smudge = touch ${smudged}\n[core]\n autocrlf = true\n`)
    repo.push({
      '.gitattributes': '* filter=x text eol=crlf ident\n',
      'a.txt': '1\n$Id$\n',
    })
    const source = await sourceOf(repo.url, { env: { ...process.env, HOME: home } })
    const { folder: at } = await source.look()
    expect(readFileSync(join(at, 'a.txt'), 'utf8')).toBe('1\n$Id$\n')
    expect(existsSync(smudged)).toBe(false)
  })

  test.each(['a folder', 'a link'])('does not bring along the state of this machine, be it %s', async (what) => {
    const repo = repository()
    const commit = repo.push({ 'a.txt': '1' })
    const checkout = folder()
    const source = await sourceOf(repo.url, { folder: checkout })
    await source.applied(await source.look())
    mkdirSync(join(checkout, '.keywright'))
    writeFileSync(join(checkout, '.keywright/state.1.jsonl'), 'ours')
    if (what === 'a link') repo.link('.keywright', '/etc')
    repo.push(what === 'a link' ? { 'a.txt': '2' } : { 'a.txt': '2', '.keywright/state.1.jsonl': 'theirs' })
    expect(await source.look()).toMatchObject({ commit, problem: { code: 'LOOP_STATE_TRACKED' } })
    expect(readFileSync(join(checkout, '.keywright/state.1.jsonl'), 'utf8')).toBe('ours')
    expect(readFileSync(join(checkout, 'a.txt'), 'utf8')).toBe('1')
  })

  test('does not bring along a state in a place of its own choice', async () => {
    const repo = repository()
    const commit = repo.push({ 'a.txt': '1' })
    const source = await sourceOf(repo.url)
    await source.applied(await source.look())
    repo.push({ 'keywright.yaml': 'store: { kind: local, path: deep/er }\n', 'deep/er/state.1.jsonl': 'theirs' })
    const { problem, folder: at, ...kept } = await source.look()
    expect(kept).toMatchObject({ commit })
    expect(problem).toMatchObject({
      code: 'LOOP_STATE_TRACKED',
      message: expect.stringContaining('holds deep/er/state.1.jsonl'),
    })
    expect(existsSync(join(at, 'deep'))).toBe(false)
    repo.git('rm', '-r', '--quiet', 'deep')
    repo.push({ 'keywright.yaml': '', 'deep/states.jsonl': 'another file' })
    expect((await source.look()).problem).toBeNull()
  })

  test('that cannot be asked leaves the last commit in force', async () => {
    const repo = repository()
    const commit = repo.push({ 'a.txt': '1' })
    const checkout = folder()
    const source = await sourceOf(repo.url, { folder: checkout })
    await source.applied(await source.look())
    const lost = await sourceOf(`${repo.url}/nowhere`, { folder: checkout })
    expect(await lost.look()).toMatchObject({ commit, problem: { code: 'LOOP_GIT' } })
    await expect((await sourceOf(`${repo.url}/nowhere`)).look()).rejects.toMatchObject({ code: 'LOOP_GIT' })
  })
})

function projectIn(home: House): Readonly<Record<string, string>> {
  return {
    '.gitignore': '.env.keys\n.keywright/\n',
    'keywright.yaml': home.read('keywright.yaml'),
    'a.keys.yaml': manifest({ a: 'limit: 10' }),
  }
}

test.concurrent('the loop applies each push, keeps the last good manifests through a broken one, and ends well on SIGTERM', async ({
  expect,
}) => {
  const home = await house({ keys: {} })
  const repo = repository()
  const first = repo.push(projectIn(home))
  const loop = home.start(['reconcile', '--git', repo.url, '--poll', '1s', '--every', '1h'])
  await expect.poll(() => home.live().length, { timeout: 30_000 }).toBe(1)
  await loop.saw('next look')
  const second = repo.push({ 'a.keys.yaml': manifest({ a: 'limit: 10', b: 'limit: 5' }) })
  await expect.poll(() => home.live().length, { timeout: 30_000 }).toBe(2)
  repo.push({ 'a.keys.yaml': 'keys: { a: { limt: 1 } }\n' })
  await loop.saw('MANIFEST_UNKNOWN_FIELD: a.keys.yaml:1:14: ')
  expect(home.live().filter(({ disabled }) => !disabled)).toHaveLength(2)
  loop.child.kill('SIGTERM')
  expect(await loop.ended).toMatchObject({ code: 0 })
  const { entries } = JSON.parse((await home.run('history --json -C .keywright-checkout')).stdout)
  const acts = entries.map((one: { address: string; what: string; commit: string }) => [
    one.address.at(-1),
    one.what,
    one.commit,
  ])
  expect(acts.toReversed()).toEqual([
    ['a', 'issued', first],
    ['a', 'active', first],
    ['b', 'issued', second],
    ['b', 'active', second],
  ])
})

test.concurrent('the example gitops-loop: a push, a rotation, an alert and an end', async () => {
  const env = { ...process.env, KEYWRIGHT: `${process.execPath} ${CLI}` }
  const story = resolve('examples/gitops-loop/story.sh')
  const { stdout } = await promisify(execFile)('bash', [story], { env, timeout: 120_000 })
  expect(stdout).toContain('"address":"gitops-g4k2/platform/ci-bot","status":"settled"')
  expect(stdout).toContain('the limit is 10 and 80 USD')
  expect(stdout).toMatch(/1 in grace|#1 in grace/)
  expect(stdout).toContain('Slack was told 1 time')
  expect(stdout).toContain('the loop ended with 0')
})
