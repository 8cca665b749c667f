import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type LoadOptions, loadProject } from '../../src/io/project.ts'
import { trustedFile } from '../../src/io/trusted.ts'
import { NOW, SMALL_CONFIG, short } from '../fakes/sources.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'keywright-project-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

async function load(options: Partial<LoadOptions> = {}) {
  const project = await loadProject({ at: { root }, now: NOW, ...options })
  return { ...project, ids: project.keys.map(({ id }) => id), said: project.diagnostics.map(short) }
}

const keys = (...ids: readonly string[]): string =>
  `keys:\n${ids.map((id) => `  ${id}: { limit: 1, deliverTo: ["mem:${id}"] }\n`).join('')}`

describe('a project', () => {
  test('is found from a folder inside it, but not above -C', async () => {
    write({ 'keywright.yaml': SMALL_CONFIG, 'keys/deep/a.keys.yaml': keys('a'), 'b.keys.json': '{ "keys": {} }' })
    const found = await load({ at: { cwd: join(root, 'keys', 'deep') } })
    expect(found).toMatchObject({
      root,
      ids: ['a'],
      files: ['b.keys.json', 'keys/deep/a.keys.yaml'],
      fileCount: 3,
      said: [],
    })
    const above = await load({ at: { root: join(root, 'keys') } })
    expect(above.diagnostics).toMatchObject([{ code: 'CONFIG_MISSING', hint: 'keywright init' }])
  })

  test('with another name of its file is not read, and says how it should be called', async () => {
    write({ 'keywright.yml': SMALL_CONFIG })
    expect((await load()).diagnostics).toMatchObject([
      { code: 'CONFIG_MISSING', hint: 'mv keywright.yml keywright.yaml' },
    ])
  })

  test('reads the files of its environment and of no other', async () => {
    const config = SMALL_CONFIG.replace(
      'stack: acme-7f3a',
      'environments: { dev: { stack: acme-dev }, prod: { stack: acme-prod } }',
    )
    write({
      'keywright.yaml': `${config}manifests: ["**/*.keys.yaml"]\n`,
      'keys/a.keys.yaml': keys('a'),
      'env/prod/p.keys.yaml': 'patch: { a: { limit: 9 } }\n',
      'env/dev/deep/d.keys.yaml': keys('d'),
    })
    const prod = await load({ env: 'prod' })
    expect(prod).toMatchObject({ said: [], ids: ['a'], files: ['env/prod/p.keys.yaml', 'keys/a.keys.yaml'] })
    expect(prod.keys[0]).toMatchObject({ address: 'acme-prod/a', fields: { limit: 9 } })
    expect(await load({ env: 'dev' })).toMatchObject({ said: [], ids: ['a', 'd'] })
  })

  test('follows no linked folder and enters no node_modules', async () => {
    write({
      'keywright.yaml': `${SMALL_CONFIG}manifests: ["**/*.keys.yaml"]\n`,
      'a.keys.yaml': keys('a'),
      'node_modules/b.keys.yaml': keys('b'),
      '.git/c.keys.yaml': keys('c'),
    })
    symlinkSync(root, join(root, 'loop'))
    expect((await load()).files).toEqual(['a.keys.yaml'])
  })

  test('without manifests is an error, and without keys a warning', async () => {
    write({ 'keywright.yaml': SMALL_CONFIG })
    expect((await load()).diagnostics).toMatchObject([{ severity: 'error', code: 'MANIFEST_NONE' }])
    expect((await load({ allowEmpty: true })).diagnostics).toEqual([])
    write({ 'a.keys.yaml': 'keys: {}\n' })
    expect((await load()).diagnostics).toMatchObject([{ severity: 'warning', code: 'MANIFEST_NONE' }])
  })

  test('warns of a file that is nearly a manifest', async () => {
    write({ 'keywright.yaml': SMALL_CONFIG, 'a.keys.yaml': keys('a'), 'keys/b.keys.yml': keys('b') })
    const { diagnostics, ids } = await load()
    expect(ids).toEqual(['a'])
    expect(diagnostics).toMatchObject([
      { severity: 'warning', code: 'MANIFEST_FILE_IGNORED', hint: 'mv keys/b.keys.yml keys/b.keys.yaml' },
    ])
  })

  test('says everything that is wrong in all of its files at once, keywright.yaml first', async () => {
    write({
      'keywright.yaml': `${SMALL_CONFIG}guard: { maxDelets: 1 }\n`,
      'a.keys.yaml': 'keys: [\n',
      'b.keys.yaml': 'keys: { b: { limt: 1, deliverTo: [mem:b] } }\n',
      'c.keys.yaml': keys('c'),
    })
    const { said, ids } = await load()
    expect(said.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'keywright.yaml:6:10 CONFIG_UNKNOWN_FIELD',
      'a.keys.yaml:2:1 MANIFEST_SYNTAX',
      'b.keys.yaml:1:14 MANIFEST_UNKNOWN_FIELD',
    ])
    expect(ids).toEqual(['c'])
  })

  test('refuses a file that is too large without reading it, and one that cannot be read', async () => {
    write({ 'keywright.yaml': SMALL_CONFIG, 'a.keys.yaml': `# ${'x'.repeat(4 * 1024 * 1024)}\n` })
    const socket = createServer().listen(join(root, 'b.keys.yaml'))
    await once(socket, 'listening')
    const { said } = await load()
    socket.close()
    expect(said).toEqual([
      'a.keys.yaml:1:1 MANIFEST_TOO_LARGE The file has 4.0 MiB; at most 4 MiB are read.',
      'b.keys.yaml:1:1 MANIFEST_UNREADABLE The file cannot be read (ENXIO).',
    ])
  })

  test('follows a link to a manifest inside its folder, as mounted volumes have them, and reads nothing else through one', async () => {
    write({ 'keywright.yaml': SMALL_CONFIG, 'mounted/a.keys.yaml': keys('a'), '.env.keys': 'A=sk-or-v1-secret\n' })
    mkdirSync(join(root, 'keys'))
    symlinkSync('../mounted/a.keys.yaml', join(root, 'keys/a.keys.yaml'))
    expect(await load()).toMatchObject({ ids: ['a'], said: [] })
    for (const end of ['/proc/self/environ', '../.env.keys', '../nowhere.keys.yaml', '../.git/config', '/etc/passwd']) {
      rmSync(join(root, 'keys/b.keys.yaml'), { force: true })
      symlinkSync(end, join(root, 'keys/b.keys.yaml'))
      const { said, ids } = await load()
      expect({ end, ids, said }).toEqual({
        end,
        ids: ['a'],
        said: [expect.stringMatching(/^keys\/b\.keys\.yaml:1:1 MANIFEST_OUTSIDE /)],
      })
    }
    rmSync(join(root, 'keys/b.keys.yaml'))
    rmSync(join(root, 'keywright.yaml'))
    symlinkSync('.env.keys', join(root, 'keywright.yaml'))
    expect((await load()).said).toEqual([expect.stringMatching(/^keywright\.yaml:1:1 CONFIG_OUTSIDE /)])
  })

  test('takes keywright.yaml from the commit that is trusted, and says what this tree would change', async () => {
    const git = (...args: readonly string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', '-C', root, ...args], { stdio: 'pipe' })
    const trust = { ref: 'main', path: process.env.PATH }
    write({ 'in/keywright.yaml': SMALL_CONFIG, 'in/keys/a.keys.yaml': keys('a') })
    git('init', '-q', '-b', 'main')
    git('add', '.')
    git('commit', '-qm', 'one')
    const inside = { at: { cwd: join(root, 'in/keys') }, trust }
    expect(await load(inside)).toMatchObject({
      ids: ['a'],
      said: [],
      trust: { ref: 'main', changes: [], unreadable: false },
    })
    write({
      'in/keywright.yaml': SMALL_CONFIG.replace('stack: acme-7f3a', 'stack: evil').replace(
        'dotenv }',
        'dotenv, path: x }',
      ),
      'in/keys/keywright.yaml': SMALL_CONFIG.replace('acme-7f3a', 'nearer'),
    })
    const changed = await load(inside)
    expect(changed).toMatchObject({
      root: join(realpathSync(root), 'in'),
      config: { stack: 'acme-7f3a' },
      ids: ['a'],
      said: [],
    })
    expect(changed.trust?.changes).toEqual([
      { path: 'sinks.dotenv.path', from: null, to: '"x"' },
      { path: 'stack', from: '"acme-7f3a"', to: '"evil"' },
    ])
    write({ 'in/keywright.yaml': 'version: [' })
    expect(await load(inside)).toMatchObject({ config: { stack: 'acme-7f3a' }, trust: { unreadable: true } })
    rmSync(join(root, 'in/keywright.yaml'))
    expect(await load(inside)).toMatchObject({ config: { stack: 'acme-7f3a' }, trust: { unreadable: true } })
    for (const ref of ['nowhere', '--upload-pack=touch', '-h', 'main:in'])
      await expect(load({ ...inside, trust: { ...trust, ref } })).rejects.toMatchObject({ code: 'CONFIG_TRUST_REF' })
    await expect(load({ at: { root }, trust })).rejects.toMatchObject({ code: 'CONFIG_TRUST_MISSING' })
    const file = { name: 'keywright.yaml', folder: join(root, 'in'), above: false }
    const large = trustedFile({ ...file, largest: SMALL_CONFIG.length - 1 }, trust)
    await expect(large).rejects.toMatchObject({ code: 'CONFIG_TOO_LARGE' })
    const fits = await trustedFile({ ...file, largest: SMALL_CONFIG.length }, trust)
    expect(Buffer.from(fits.bytes).toString()).toBe(SMALL_CONFIG)
    symlinkSync('keys/a.keys.yaml', join(root, 'in/keywright.yaml'))
    git('add', '.')
    git('commit', '-qm', 'a link')
    await expect(load({ ...inside, at: { root: join(root, 'in') } })).rejects.toMatchObject({
      code: 'CONFIG_TRUST_MISSING',
    })
  })

  test('reads tables below its folder and nowhere else', async () => {
    const table = (file: string) =>
      `keys:\n  x/\${each.key}: { forEach: { file: ${file} }, limit: 1, deliverTo: ["mem:\${each.key}"] }\n`
    write({ 'keywright.yaml': SMALL_CONFIG, 'a.keys.yaml': table('data/p.csv'), 'data/p.csv': 'who\nalice\n' })
    expect(await load()).toMatchObject({ said: [], ids: ['x/alice'] })
    symlinkSync('/etc/passwd', join(root, 'data', 'q.csv'))
    for (const path of ['../p.csv', '/etc/passwd', 'data/q.csv', 'data']) {
      write({ 'a.keys.yaml': table(path) })
      expect((await load()).diagnostics, path).toMatchObject([{ code: 'MANIFEST_FOREACH_INVALID' }])
    }
  })

  test('refuses hosts and commands that nobody allowed outside of it', async () => {
    write({
      'keywright.yaml': SMALL_CONFIG.replace('token:', 'baseUrl: "https://evil.com", token:'),
      'a.keys.yaml': keys('a'),
    })
    expect((await load()).diagnostics).toMatchObject([{ code: 'CONFIG_HOST_NOT_ALLOWED' }])
    expect((await load({ permitted: { allowHosts: 'evil.com', allowExec: undefined } })).diagnostics).toEqual([])
  })
})

describe('places that are files', () => {
  const entry = (name: string) => `keys:\n  ${name}: { limit: 1, deliverTo: [dotenv:${name}] }\n`

  test('must be ignored by git', async () => {
    write({ 'keywright.yaml': SMALL_CONFIG, 'a.keys.yaml': entry('a') })
    expect((await load()).said).toEqual([])
    execFileSync('git', ['init', '-q', root])
    expect((await load()).said).toEqual([
      'a.keys.yaml:2:3 SINK_FILE_NOT_IGNORED .env.keys would receive the secret of "a", and git would track that file.',
    ])
    write({ '.gitignore': '.env*\n' })
    expect((await load()).said).toEqual([])
  })

  test('must not lead out of the folder through a link', async () => {
    write({ 'keywright.yaml': SMALL_CONFIG, 'a.keys.yaml': entry('a') })
    symlinkSync(join(tmpdir(), 'keywright-elsewhere'), join(root, '.env.keys'))
    const { said } = await load()
    expect(said.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual(['a.keys.yaml:2:3 SINK_PATH_OUTSIDE'])
  })
})
