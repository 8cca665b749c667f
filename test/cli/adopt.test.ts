/** Bringing keys in: import, adopt, and moving a key between stacks. */
import { afterAll, describe, expect, test } from 'vitest'
import { configFor, type House, leaveHouses, manifest, STACK } from '../fakes/cli.ts'
import { quietHouse } from './inside.ts'

afterAll(leaveHouses)

const byName = (home: House, start: string) => home.live().find(({ name }) => name.startsWith(start))
const isEmpty = async (home: House) =>
  expect(await home.run('plan --detailed-exitcode')).toMatchObject({ code: 0, stderr: '' })

/** A house without a key of its own, and keys somebody made in the dashboard. */
async function found(...names: readonly string[]): Promise<House> {
  const home = await quietHouse({ keys: { own: 'limit: 1' } })
  expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
  for (const name of names) home.emulator.world.openrouter.createForeign({ name })
  return home
}

const adopting = (hash: string, more = '', fields = 'limit: unlimited') =>
  `${manifest({ own: 'limit: 1' })}  legacy: { ${fields} }\nadopt: [{ key: "sha256:${hash}", as: legacy${more} }]\n`

describe.concurrent('import', () => {
  test('writes and records what lives: the plan is empty, and no key has changed', async () => {
    const home = await found('nightly', 'Nightly', 'CI bot (old)')
    home.emulator.world.openrouter.edit(byName(home, 'CI bot')?.hash ?? '', {
      limit: 25,
      limit_reset: 'monthly',
      disabled: true,
    })
    const before = JSON.stringify(home.live())
    const imported = await home.run('import --all')
    expect(imported).toMatchObject({ code: 0, stderr: '' })
    expect(imported.words).toContain(
      'Wrote keys/imported.keys.yaml: 3 keys. No key was changed. Recorded 3 keys as found',
    )
    const text = home.read('keys/imported.keys.yaml')
    expect(text).toMatch(/^ {2}# created \d+ \w+ \d{4}, .*spent 0 USD in all/m)
    expect(text).toMatch(
      /ci-bot-old:\n {4}provider: openrouter\n {4}name: "CI bot \(old\)"\n {4}limit: 25\n {4}limitReset: monthly\n {4}disabled: true/,
    )
    expect(await home.run('validate')).toMatchObject({ code: 0 })
    await isEmpty(home)
    expect((await home.run('apply')).words).toContain('Nothing to do')
    expect(JSON.stringify(home.live())).toBe(before)
    expect((await home.run('import --all')).stdout).toContain('No live key is free')
    expect((await home.run('show nightly')).words).toContain('as it was found: no marker in its name before its first')
    // The first change of a key brings its marker along; the others stay as they were found.
    home.write('keys/imported.keys.yaml', text.replace('limit: 25', 'limit: 26'))
    expect((await home.run('plan')).words).toMatch(/ci-bot-old update marker added, since .*limit 25 -> 26 USD/)
    expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
    expect(home.live().map(({ name }) => name.replace(/#1\.\w{8}/, '#1.L'))).toEqual(
      expect.arrayContaining(['nightly', 'Nightly', 'CI bot (old) [kw:test-a1b2/ci-bot-old#1.L]']),
    )
    await isEmpty(home)
  })

  test('can be undone: entries that go are forgotten, and their keys stay as they are', async () => {
    const home = await found('one', 'two')
    expect(await home.run('import --all')).toMatchObject({ code: 0 })
    home.write('keys/imported.keys.yaml', 'keys: {}\n')
    home.write('keys/a.keys.yaml', manifest({ own: 'limit: 1' }))
    const planned = await home.run('plan')
    expect(planned.words).toContain('Plan: 2 forget')
    expect(planned.words).toContain('forget: no longer in the manifests, never changed by keywright; left live')
    const writes = home.writes()
    expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
    expect(home.writes()).toBe(writes)
    expect((await home.run('state list')).stdout).not.toContain('one')
  })

  test('records nothing that a guard refuses, and what was written is there to be mended', async () => {
    const home = await found('one')
    home.write('keywright.yaml', configFor(home.emulator, 'guard: { requireOwner: true, exempt: [own] }\n'))
    const refused = await home.run('import --all')
    expect(refused).toMatchObject({ code: 3 })
    expect(refused.words).toContain('The manifest is written, and no key of it is recorded.')
    expect((await home.run('plan')).words).toContain('Plan: 1 adopt')
    home.write(
      'keys/imported.keys.yaml',
      home.read('keys/imported.keys.yaml').replace('limit:', 'owner: team\n    limit:'),
    )
    const again = await home.run('import --all')
    expect(again.words).toContain('1 key already in the manifests; nothing was written. Recorded 1 key as found')
    await isEmpty(home)
  })

  test('--files-only leaves it to apply, which takes the keys over and marks them', async () => {
    const home = await found('nightly', 'Nightly')
    const before = home.live().map(({ hash }) => hash)
    const writes = home.writes()
    expect((await home.run('import --all --files-only')).words).toContain('No key was changed. Next: keywright plan')
    const planned = await home.run('plan')
    expect(planned.stdout).toContain('Plan: 2 adopt')
    expect(planned.words).toContain('adopt: a live key that was made elsewhere is taken over as it is')
    expect(JSON.parse((await home.run('plan --json')).stdout)).toMatchObject({ gate: 'approval' })
    expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
    await isEmpty(home)
    expect(home.live().map(({ hash }) => hash)).toEqual(before)
    expect(home.writes()).toBe(writes + 2)
    expect(home.live().every(({ name }) => name.includes('[kw:test-a1b2/'))).toBe(true)
  })

  test('overwrites no file, writes where nobody reads it never, and takes only what was named', async () => {
    const home = await found('one', 'two')
    const hash = byName(home, 'two')?.hash ?? ''
    expect((await home.run('import --all --out elsewhere.yaml')).words).toContain('matches none of the manifests')
    expect(await home.run(`import sha256:${hash} --out keys/two.keys.yaml`)).toMatchObject({ code: 0 })
    expect(home.read('keys/two.keys.yaml')).not.toContain('one:')
    expect((await home.run('import --all --out keys/two.keys.yaml')).words).toContain('CLI_FILE_EXISTS')
    expect((await home.run(`import ${'0'.repeat(64)}`)).words).toContain('ADOPT_KEY_MISSING')
  })

  test('puts no live name into the file that could mean something there', async () => {
    const nasty = [
      '${secret}',
      'a\nadopt: []',
      '"]}# x',
      'own',
      '\u202eevil',
      'sk-or-v1-0123456789abcdef0123456789',
      '[kw:x',
      ' ',
      '"quoted" \\ name',
    ]
    const home = await found(...nasty)
    expect(await home.run('import --all')).toMatchObject({ code: 0 })
    expect(await home.run('validate')).toMatchObject({ code: 0 })
    expect(home.read('keys/imported.keys.yaml')).not.toMatch(/sk-or|\u202e|\$\{/)
    await isEmpty(home)
    expect(home.live()).toHaveLength(nasty.length + 1)
  })
})

describe.concurrent('adopt', () => {
  test('leaves secret and places alone until the first rotation, which writes there and retires the old one', async () => {
    const home = await found('nightly')
    const hash = byName(home, 'nightly')?.hash ?? ''
    home.write('keys/a.keys.yaml', adopting(hash, '', 'limit: unlimited, deliverTo: ["dotenv:LEGACY"]'))
    const planned = await home.run('plan')
    expect(planned.stdout).toMatch(/LEGACY +NEW PLACE/)
    expect(planned.words).toContain('stays the same; apply looks whether a place holds it')
    expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
    expect(home.read('.env.keys')).not.toContain('LEGACY')
    const shown = await home.run('show legacy')
    expect(shown.words).toContain('its secret is unknown until a place of it holds it, or the first rotation')
    expect(shown.words).toContain('dotenv:.env.keys#LEGACY #1 was not seen to hold it')
    await isEmpty(home)
    expect(await home.run('rotate legacy --yes')).toMatchObject({ code: 0 })
    expect(home.read('.env.keys')).toMatch(/^LEGACY=sk-or-v1-/m)
    expect(
      home
        .live()
        .filter(({ name }) => name.startsWith('legacy '))
        .map(({ hash: id }) => id === hash),
    ).toEqual([true, false])
    await isEmpty(home)
  })

  test('by proof: a place that holds the secret makes it known, and no key is issued', async () => {
    const home = await quietHouse({ keys: { own: 'limit: 1' } })
    const { hash, secret } = home.emulator.world.openrouter.createForeign({ name: 'nightly' })
    home.write('.env.keys', `LEGACY=${secret}\n`)
    home.write('.gitignore', '.env.keys\n')
    home.write('keys/a.keys.yaml', adopting(hash, '', 'limit: unlimited, deliverTo: ["dotenv:LEGACY", "dotenv:COPY"]'))
    await home.run('snapshot --out live.json')
    const offline = await home.run('plan --live live.json', { env: { OPENROUTER_MANAGEMENT_KEY: '' } })
    expect(offline.words).toContain('stays the same; apply looks whether a place holds it, else it is unknown')
    const applied = await home.run('apply --yes')
    expect(applied).toMatchObject({ code: 0 })
    expect(applied.words).toContain('taken over · secret found in dotenv:.env.keys#LEGACY')
    expect(home.read('.env.keys')).toMatch(new RegExp(`LEGACY=${secret}\n[^]*COPY=${secret}`))
    expect(byName(home, 'legacy ')).toMatchObject({ hash, disabled: false })
    expect(home.live()).toHaveLength(2)
    await isEmpty(home)
    expect((await home.run('status --prove')).words).toContain('3 of 3 readable places hold the live key')
    expect((await home.run('history legacy')).words).toContain(
      '#1 taken over (secret found in dotenv:.env.keys#LEGACY)',
    )
    expect(applied.all + (await home.run('state show legacy --json')).all).not.toContain(secret)
  })

  test('can be taken back: an entry that goes retires the key, and its return brings it back', async () => {
    const home = await found('nightly')
    const hash = byName(home, 'nightly')?.hash ?? ''
    const text = adopting(hash, '', 'limit: unlimited, deliverTo: ["dotenv:LEGACY"]')
    home.write('keys/a.keys.yaml', text)
    home.write('.env.keys', 'LEGACY=somebody-wrote-this\n')
    expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
    home.write('keys/a.keys.yaml', manifest({ own: 'limit: 1' }))
    expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
    expect(byName(home, 'legacy ')).toMatchObject({ hash, disabled: true })
    await isEmpty(home)
    home.write('keys/a.keys.yaml', text)
    expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
    expect(byName(home, 'legacy ')).toMatchObject({ hash, disabled: false })
    expect(home.read('.env.keys')).toContain('LEGACY=somebody-wrote-this')
    await isEmpty(home)
  })

  test('is no rotation for nobody: a key without a place is never replaced', async () => {
    const home = await found('nightly')
    const hash = byName(home, 'nightly')?.hash ?? ''
    home.write('keys/a.keys.yaml', adopting(hash))
    expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
    await home.run('rotate legacy --yes')
    expect(home.live()).toHaveLength(2)
    expect(byName(home, 'legacy ')).toMatchObject({ hash, disabled: false })
    home.write('keys/a.keys.yaml', adopting(hash, '', 'limit: unlimited, rotation: { every: 30d }'))
    expect((await home.run('validate')).words).toContain('MANIFEST_DELIVER_MISSING')
  })

  test('by command takes one key over, after a yes, and no other change along', async () => {
    const home = await found('nightly')
    const hash = byName(home, 'nightly')?.hash ?? ''
    home.write('keys/a.keys.yaml', manifest({ own: 'limit: 2', legacy: 'limit: unlimited' }))
    const asked = await home.run(`adopt sha256:${hash} --as legacy`)
    expect(asked).toMatchObject({ code: 3 })
    expect(asked.words).toContain(`keywright adopt sha256:${hash} --as legacy --yes`)
    expect(await home.run(`adopt sha256:${hash} --as legacy --yes`)).toMatchObject({ code: 0 })
    expect(byName(home, 'legacy ')).toMatchObject({ hash })
    expect(byName(home, 'own ')).toMatchObject({ limit: 1 })
  })

  test('is sealed with the key it names', async () => {
    const home = await found('one', 'two')
    const hash = (name: string) => byName(home, name)?.hash ?? ''
    home.write('keys/a.keys.yaml', adopting(hash('one')))
    await home.run('plan --out plan.json')
    home.write('keys/a.keys.yaml', adopting(hash('two')))
    expect(await home.run('apply plan.json')).toMatchObject({ code: 3 })
    home.write('keys/a.keys.yaml', adopting(hash('one')))
    expect(await home.run('apply plan.json')).toMatchObject({ code: 0 })
    expect(byName(home, 'legacy ')).toMatchObject({ hash: hash('legacy ') })
    await isEmpty(home)
  })

  test.each([
    ['absent', () => '0'.repeat(64), 'ADOPT_KEY_MISSING'],
    ['ours', (home: House) => byName(home, 'own ')?.hash ?? '', 'moved: [{ from: own, to: legacy }]'],
    [
      'unclaimed',
      (home: House) => home.emulator.world.openrouter.createForeign({ name: `x [kw:${STACK}/x#1.aaaabbbb]` }).hash,
      'keywright state rebuild',
    ],
    [
      "another stack's",
      (home: House) => home.emulator.world.openrouter.createForeign({ name: 'x [kw:other-1/x#1.aaaabbbb]' }).hash,
      'from: other-1',
    ],
  ] as const)('is refused for a key that is %s, and nothing is created in its place', async (_, hashIn, word) => {
    const home = await found()
    home.write('keys/a.keys.yaml', adopting(hashIn(home)))
    const writes = home.writes()
    const refused = await home.run('apply --yes')
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.words).toContain(word)
    expect(home.writes()).toBe(writes)
  })

  test.each([
    ['gives first', true],
    ['takes first', false],
  ] as const)('moves a key between stacks where the one that had it %s', async (_, givesFirst) => {
    const giver = await found()
    const taker = await quietHouse({ keys: { b: 'limit: 1' }, beside: giver })
    taker.write('keywright.yaml', configFor(giver.emulator, '', 'taker-c3d4'))
    const key = { OPENROUTER_MANAGEMENT_KEY: giver.emulator.openrouter.managementKey }
    expect(await taker.run('apply --yes', { env: key })).toMatchObject({ code: 0 })
    const hash = byName(giver, 'own ')?.hash ?? ''
    giver.write('keys/a.keys.yaml', `${manifest({ other: 'limit: 1' })}handedOver: [{ id: own, to: taker-c3d4 }]\n`)
    taker.write(
      'keys/a.keys.yaml',
      `${manifest({ b: 'limit: 1', mine: 'limit: 1' })}adopt: [{ key: "sha256:${hash}", as: mine, from: ${STACK} }]\n`,
    )
    const give = () => giver.run('apply --yes')
    const take = () => taker.run('apply --yes', { env: key })
    for (const step of givesFirst ? [give, take] : [take, give]) {
      const ended = await step()
      expect({ code: ended.code, all: ended.all }).toEqual({ code: 0, all: expect.any(String) })
    }
    for (const home of [giver, taker])
      expect(await home.run('plan --detailed-exitcode', { env: key })).toMatchObject({ code: 0 })
    const moved = giver.live().find((one) => one.hash === hash)
    expect(moved).toMatchObject({ disabled: false, name: expect.stringContaining('[kw:taker-c3d4/mine#1.') })
  })

  test.each([
    ['a secret', 'key: "sk-or-v1-0123456789abcdef0123456789abcdef", as: legacy', 'MANIFEST_'],
    ['no entry', `key: "sha256:${'a'.repeat(64)}", as: legcy`, 'Did you mean "legacy"?'],
    ['this stack', `key: "sha256:${'a'.repeat(64)}", as: legacy, from: ${STACK}`, 'MANIFEST_ADOPT_INVALID'],
    [
      'the same key twice',
      `key: "sha256:${'a'.repeat(64)}", as: legacy }, { key: "sha256:${'a'.repeat(64)}", as: own`,
      'adopted twice',
    ],
  ])('is refused in the manifest for %s', async (_, entry, word) => {
    const home = await quietHouse({ keys: { own: 'limit: 1', legacy: 'limit: 1' } })
    home.write('keys/a.keys.yaml', `${manifest({ own: 'limit: 1', legacy: 'limit: 1' })}adopt: [{ ${entry} }]\n`)
    const refused = await home.run('validate')
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.words).toContain(word)
    expect(refused.all).not.toContain('0123456789abcdef')
  })
})
