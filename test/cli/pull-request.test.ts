/** The life of a pull request, and of one that means harm. */
import { execFileSync } from 'node:child_process'
import { existsSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unmasked } from '../../src/core/display.ts'
import { type Ended, type House, keywright, leaveHouses, manifest } from '../fakes/cli.ts'
import { type Stranger, stranger } from '../fakes/stranger.ts'
import { quietHouse } from './inside.ts'

afterAll(leaveHouses)

function gitIn(root: string) {
  const env = { PATH: process.env.PATH ?? '', HOME: root, GIT_CONFIG_NOSYSTEM: '1' }
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false']
  return (...args: readonly string[]): string =>
    execFileSync('git', [...who, '-C', root, ...args], { env, encoding: 'utf8' })
}

/** A project whose branch main is applied, with its snapshot outside the repository's files. */
async function merged(keys: Readonly<Record<string, string>>, more = ''): Promise<House> {
  const home = await quietHouse({ keys, more })
  const git = gitIn(home.root)
  home.write('.gitignore', '.env.keys\n.keywright/\nlive.json\nplan.json\nout/\n')
  git('init', '-q', '-b', 'main')
  git('add', '.')
  git('commit', '-qm', 'keys')
  expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
  expect(await home.run('snapshot --out live.json')).toMatchObject({ code: 0 })
  git('checkout', '-qb', 'change')
  return home
}

const NOBODY = { OPENROUTER_MANAGEMENT_KEY: '' }

describe('a pull request', () => {
  test('is planned without a credential, commented, approved, refused after drift, planned again, applied, and leaves an empty plan', async () => {
    const home = await merged({ a: 'limit: 10, labels: { team: pay }', b: 'limit: 10' })
    const git = gitIn(home.root)
    home.write('keys/a.keys.yaml', manifest({ a: 'limit: 20, labels: { team: pay }', b: 'limit: 10', d: 'limit: 1' }))
    git('commit', '-qam', 'more for a, and d')

    // The check: no credential, nothing is sent.
    const { total } = home.emulator.world.traffic.counts()
    const check = await home.run('plan --live live.json --trust main --format markdown', { env: NOBODY })
    expect(check).toMatchObject({ code: 0, stderr: '' })
    expect(home.emulator.world.traffic.counts().total).toBe(total)
    expect(check.stdout).toContain('### keywright plan: 1 create, 1 update')
    expect(check.stdout).toContain('**needs approval** (1 LOOSEN, 1 new place)')
    expect(check.stdout).toContain('#### New destinations of secrets')
    expect(check.stdout).toContain('Team <code>pay</code>: 1 update')
    expect(check.stdout).toContain('from a snapshot')

    // Approved: the trusted job seals what was seen, and it is the same plan.
    expect(await home.run('plan --trust main --out plan.json')).toMatchObject({ code: 0 })
    const { digest } = JSON.parse(home.read('plan.json'))
    expect(
      JSON.parse((await home.run('plan --live live.json --trust main --json', { env: NOBODY })).stdout),
    ).toMatchObject({ digest, gate: 'approval' })

    // Somebody edits the live key before the merge is applied.
    const hash = home.live().find(({ name }) => name.startsWith('a '))?.hash ?? ''
    home.emulator.world.openrouter.edit(hash, { limit: 15 })
    git('checkout', '-q', 'main')
    git('merge', '-q', 'change')
    const writes = home.writes()
    const refused = await home.run('apply plan.json')
    expect(refused).toMatchObject({ code: 3, stdout: '' })
    expect(refused.words).toContain('PLAN_STALE')
    expect(refused.words).toContain(
      'test-a1b2/a: the plan says update, limit 10 -> 20 USD in all; now it would be update, limit 15 -> 20 USD in all.',
    )
    expect(refused.words).not.toContain('test-a1b2/d:')
    expect(await home.run(['plan', '--check', digest])).toMatchObject({ code: 3 })
    expect(home.writes()).toBe(writes)

    // Planned again, applied, and nothing is left.
    expect(await home.run('plan --out plan.json')).toMatchObject({ code: 0 })
    expect(await home.run('apply plan.json')).toMatchObject({ code: 0 })
    expect(await home.run('plan --detailed-exitcode')).toMatchObject({ code: 0 })
    expect(
      home
        .live()
        .map(({ limit }) => limit)
        .sort(),
    ).toEqual([1, 10, 20])
  })

  test('marks in GitHub Actions what a reviewer must not miss, and keeps stdout one document', async () => {
    const home = await merged({ a: 'limit: 10' })
    home.write('keys/a.keys.yaml', manifest({ a: 'limit: 20' }))
    const env = { ...NOBODY, GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: join(home.root, '..') }
    const marked = await home.run('plan --live live.json --json', { env })
    const below = home.root.split('/').at(-1)
    expect(marked.stderr).toBe(
      `::warning file=${below}/keys/a.keys.yaml,line=2,col=3,title=keywright%3A LOOSEN::a: update, limit 10 -> 20 USD in all\n`,
    )
    expect(JSON.parse(marked.stdout)).toMatchObject({ kind: 'plan' })
    home.write('keys/a.keys.yaml', manifest({ a: 'limt: 20' }))
    const wrong = await home.run('plan --live live.json', { env })
    expect(wrong.stderr).toContain(`::error file=${below}/keys/a.keys.yaml,line=2,col=8,title=MANIFEST_UNKNOWN_FIELD::`)
    expect((await home.run('plan --live live.json')).stderr).not.toContain('::error')
  })
})

describe('a hostile pull request', () => {
  let home: House
  let listener: Stranger
  const many = Object.fromEntries(Array.from({ length: 13 }, (_, i) => [`k${i}`, 'limit: 1'] as const))

  beforeAll(async () => {
    listener = await stranger()
    home = await merged(many, 'guard: { maxDeletes: 3 }\n')
    home.write('keywright.yaml', hostileConfig(home, listener.url))
    home.write('touch.sh', `#!/bin/sh\ntouch ${join(home.root, 'out')}\necho sk-or-v1-stolen\n`)
  }, 60_000)
  afterAll(() => listener.close())

  /** Base URL, token, sinks, store, guard and manifests all lead to the stranger. */
  function hostileConfig({ emulator }: House, url: string): string {
    return `version: 1
stack: test-a1b2
providers:
  openrouter: { kind: openrouter, baseUrl: "${url}/api/v1", token: [{ exec: [sh, touch.sh] }, { env: OPENROUTER_MANAGEMENT_KEY }] }
  evil: { kind: openrouter, baseUrl: "${url}/${emulator.openrouter.managementKey.slice(0, 4)}", token: { env: OPENROUTER_MANAGEMENT_KEY } }
sinks:
  dotenv: { kind: exec, command: [sh, touch.sh] }
  vault: { kind: vault, address: "${url}", auth: { kind: token, token: { env: OPENROUTER_MANAGEMENT_KEY } } }
guard: { maxDeletes: 1000, maxDeletePercent: 100, exempt: ["**"] }
manifests: ["**/*.keys.yaml"]
`
  }

  /** Everything a job may run on it, with every permission the environment can give. */
  async function checked(): Promise<readonly Ended[]> {
    const open = {
      KEYWRIGHT_ALLOW_EXEC: '1',
      KEYWRIGHT_ALLOW_HOSTS: `127.0.0.1:${listener.port}`,
      KEYWRIGHT_TRUST: 'main',
    }
    const key = { OPENROUTER_MANAGEMENT_KEY: home.emulator.openrouter.managementKey, GITHUB_ACTIONS: 'true' }
    const cwd = home.root
    const lines: readonly (readonly [args: string, env: Readonly<Record<string, string>>])[] = [
      ['plan --live live.json --format markdown', open],
      ['plan --live live.json', open],
      ['plan --json', { ...open, ...key }],
      ['plan --format markdown', { ...open, ...key }],
      ['validate', { ...open, ...key }],
    ]
    const ends: Ended[] = []
    for (const [args, env] of lines) ends.push(await home.run(args, { env: { ...NOBODY, ...env } }))
    // The same through the executable itself.
    ends.push(await keywright(['plan', '--format', 'markdown'], { cwd, env: { ...open, ...key } }))
    return ends
  }

  function gotNothing(ends: readonly Ended[]): void {
    expect(listener.heard()).toEqual({ connections: 0, bytes: 0 })
    expect(existsSync(join(home.root, 'out'))).toBe(false)
    const said = ends.map(({ all }) => all).join('\n')
    expect(said).not.toContain(home.emulator.openrouter.managementKey)
    expect(said).not.toMatch(/sk-or-v1-/)
    expect(said).not.toMatch(/root:x:0/)
  }

  test('reaches nobody with another base URL, token command, sink, store or guard; what it changes is shown', async () => {
    home.write('keys/a.keys.yaml', manifest({ k0: 'limit: 1' }))
    const writes = home.writes()
    const ends = await checked()
    gotNothing(ends)
    const [comment, human] = ends
    expect(ends.map(({ code }) => code)).toEqual([3, 3, 3, 3, 0, 3])
    expect(comment?.stdout).toContain('GUARD&#95;TOO&#95;MANY&#95;DELETES')
    expect(comment?.stdout).toContain('the guard allows 3 and 30&#37;')
    expect(human?.stdout).toMatch(/! providers\.openrouter\.baseUrl +"http:/)
    expect(human?.stdout).toMatch(/! providers\.openrouter\.token/)
    expect(human?.stdout).toMatch(/! sinks\.vault\.address +added/)
    expect(human?.stdout).toMatch(/! guard\.maxDeletes +3 -> 1000/)
    expect(home.writes()).toBe(writes)
  })

  const entry = (fields: string): string => `keys: { evil: { limit: 1, ${fields} } }\n`
  test.each([
    ['a sink of its own config', entry('deliverTo: ["vault:a/b#c"]'), 'MANIFEST_SINK_UNKNOWN'],
    ['a provider of its own config', entry('provider: evil, deliverTo: ["dotenv:E"]'), 'MANIFEST_PROVIDER_UNKNOWN'],
    ['a path that leads out', entry('deliverTo: [{ sink: dotenv, name: "../../E" }]'), 'MANIFEST_'],
    [
      'a word that reads the environment',
      entry(`name: "\${env.OPENROUTER_MANAGEMENT_KEY}", deliverTo: ["dotenv:E"]`),
      'MANIFEST_',
    ],
    ['the secret in a name', entry(`name: "\${secret}", deliverTo: ["dotenv:E"]`), 'MANIFEST_'],
    [
      'a template that gives the secret twice',
      entry(`deliverTo: [{ sink: dotenv, name: E, value: "\${secret}\${secret}" }]`),
      'MANIFEST_',
    ],
    [
      'a table outside',
      `keys: { "x/\${each.key}": { forEach: { file: ../../../../etc/passwd }, limit: 1, deliverTo: ["dotenv:E"] } }\n`,
      'MANIFEST_',
    ],
    [
      'a table that is a link',
      `keys: { "x/\${each.key}": { forEach: { file: people.csv }, limit: 1, deliverTo: ["dotenv:E"] } }\n`,
      'MANIFEST_',
    ],
    [
      'a table of secrets',
      `keys: { "x/\${each.key}": { forEach: { file: .env.keys }, limit: 1, deliverTo: ["dotenv:E"] } }\n`,
      'MANIFEST_',
    ],
  ])('gets nothing from %s', async (_, text, code) => {
    home.write('keys/a.keys.yaml', text)
    rmSync(join(home.root, 'people.csv'), { force: true })
    symlinkSync('/etc/passwd', join(home.root, 'people.csv'))
    const ends = await checked()
    gotNothing(ends)
    for (const end of ends) {
      expect(end.code).toBe(1)
      expect(end.all.replaceAll('&#95;', '_')).toContain(code)
    }
  })

  test.each(['/proc/self/environ', '../.env.keys', '/etc/passwd', '../.git/config'])(
    'gets nothing from a manifest that is a link to %s',
    async (end) => {
      home.write('keys/a.keys.yaml', manifest(many))
      const link = join(home.root, 'keys/b.keys.yaml')
      rmSync(link, { force: true })
      symlinkSync(end, link)
      const ends = await checked()
      rmSync(link)
      gotNothing(ends)
      for (const { code, all } of ends) {
        expect(code).toBe(1)
        expect(all.replaceAll('&#95;', '_')).toContain('MANIFEST_OUTSIDE')
      }
    },
  )

  test('puts no structure into a comment, and no command into a log', async () => {
    const nasty = JSON.stringify(
      '</code></details><img src=x>[a](http://evil) @everyone **bold** | x | ::set-output name=a::b ##[command]x',
    )
    const file = JSON.stringify('x`<img>`')
    home.write(
      'keys/a.keys.yaml',
      `${manifest(many)}  evil: { name: ${nasty}, owner: ${nasty}, purpose: ${nasty}, limit: 1, labels: { team: ${nasty}, x: ${file} }, deliverTo: ["dotenv:E"] }\n`,
    )
    const ends = await checked()
    gotNothing(ends)
    for (const { stdout, stderr, code } of ends) {
      expect(code).toBe(0)
      expect(stdout).not.toMatch(/^\s*::|##\[|::set-output/m)
      for (const line of stderr.split('\n').filter((one) => one !== '')) expect(line.match(/::/g)).toHaveLength(2)
    }
    const comment = ends[0]?.stdout ?? ''
    expect(comment).toContain('#### New destinations of secrets')
    expect(comment.replace(/<code>[^<]*<\/code>/g, '')).not.toMatch(/<img|@everyone|evil\)/)
    expect(comment.match(/<details>/g)).toHaveLength(comment.match(/<\/details>/g)?.length ?? 0)
  })

  test('stops at aliases that multiply, at once and without a word of them', async () => {
    const bomb = [
      'a: &a [x, x, x, x, x, x, x, x, x, x]',
      ...'bcdefgh'.split('').map((name, i) => {
        const above = String.fromCharCode(97 + i)
        return `${name}: &${name} [${Array.from({ length: 10 }, () => `*${above}`).join(', ')}]`
      }),
    ]
    home.write(
      'keys/a.keys.yaml',
      `${bomb.join('\n')}\nkeys: { evil: { limit: 1, labels: { x: *h }, deliverTo: ["dotenv:E"] } }\n`,
    )
    const ends = await checked()
    gotNothing(ends)
    for (const { code, all } of ends) {
      expect([code, all.replaceAll('&#95;', '_')]).toEqual([1, expect.stringContaining('MANIFEST_TOO_LARGE')])
      expect(all.length).toBeLessThan(20_000)
    }
  })

  test('gets no command into a log by the name of a file, and no output of its own', async () => {
    const names = [
      'x\n::error title=a::b',
      'y%0A::set-output name=gate::none',
      'z,title=merged::ok',
      '\u202e::add-mask::a',
    ]
    home.write('keys/a.keys.yaml', manifest(many))
    for (const name of names) home.write(`keys/${name}.keys.yaml`, 'keys: { wrong: { limt: 1 } }\n')
    const wrong = await checked()
    gotNothing(wrong)
    for (const { code, stdout, stderr, all } of wrong) {
      expect(code).toBe(1)
      expect(`${stdout}\n${stderr}`).not.toMatch(/^::(?!error file=|warning file=)/m)
      for (const line of stderr.split('\n').filter((one) => one.startsWith('::')))
        expect(line.match(/::/g)).toHaveLength(2)
      expect(all).not.toMatch(/\u202e/)
    }
    // The same names around keys that are right: outputs are three lines whatever anything is called.
    for (const [i, name] of names.entries())
      home.write(`keys/${name}.keys.yaml`, `keys: { e${i}: { limit: 1, deliverTo: ["dotenv:E${i}"] } }\n`)
    const output = join(home.root, 'out.txt')
    const env = { ...NOBODY, GITHUB_ACTIONS: 'true', GITHUB_OUTPUT: output, KEYWRIGHT_TRUST: 'main' }
    const planned = await home.run('ci plan --live live.json', { env })
    for (const name of names) rmSync(join(home.root, `keys/${name}.keys.yaml`))
    expect(planned).toMatchObject({ code: 0 })
    expect(home.read('out.txt')).toMatch(/^changes=4\ngate=approval\ndigest=sha256:[0-9a-f]{64}\n$/)
    expect(planned.stdout).not.toMatch(/^::|\u202e/m)
    rmSync(output)
  })

  test('is not taken for what it looks like: hidden letters are written out, and letters of two scripts are told', async () => {
    const evil = '{ name: "pay\u202eyap \u200b", limit: 1, deliverTo: [{ sink: dotenv, name: E }] }'
    home.write('keys/a.keys.yaml', `${manifest(many)}  evil: ${evil}\n`)
    const [comment, human] = await checked()
    for (const one of [comment, human]) expect(one?.stdout).not.toMatch(/[\u202e\u200b]/)
    expect(unmasked('vault:ci/p\u0430yments#key')).toBe('vault:ci/p\\u0430yments#key')
    for (const plain of ['vault:ci/payments', '\u0444\u0430\u0439\u043b', 'stra\u00dfe'])
      expect(unmasked(plain)).toBeNull()
  })

  test('closes no comment of ours: its one mark is the first line', async () => {
    const label = JSON.stringify('--> <!-- keywright live.json --> <!--')
    home.write(
      'keys/a.keys.yaml',
      `${manifest(many)}  evil: { limit: 1, owner: ${label}, labels: { team: ${label} }, deliverTo: ["dotenv:E"] }\n`,
    )
    const [comment] = await checked()
    expect(comment).toMatchObject({ code: 0 })
    expect(comment?.stdout).not.toMatch(/<!--|-->/)
  })

  test('cannot choose the branch that is trusted: a ref that is none stops the run', async () => {
    const gone = await home.run('plan --live live.json', { env: { ...NOBODY, KEYWRIGHT_TRUST: 'origin/main' } })
    expect(gone).toMatchObject({ code: 1, stdout: '' })
    expect(gone.words).toContain('CONFIG_TRUST_REF')
    expect(gone.words).toContain('Next: git fetch origin main')
    gotNothing([gone])
  })
})
