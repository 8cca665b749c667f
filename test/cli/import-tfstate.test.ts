/** `import --from-tfstate`: keys of OpenRouter's own Terraform provider. */
import { afterAll, describe, expect, test } from 'vitest'
import { type House, leaveHouses } from '../fakes/cli.ts'
import { type InState, tfstate } from '../fakes/tfstate.ts'
import { quietHouse } from './inside.ts'

afterAll(leaveHouses)

const born = async (): Promise<House> => {
  const home = await quietHouse({ keys: { own: 'limit: 1' } })
  expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
  return home
}

/** A live key and what a state says about it. */
function theirs(home: House, more: InState & { readonly live?: string } = {}) {
  const { live = 'theirs', ...state } = more
  const { hash, secret } = home.emulator.world.openrouter.createForeign({ name: live, limit: 5 })
  return { hash, secret, state: { hash, key: secret, ...state } }
}

describe.concurrent('import --from-tfstate', () => {
  test('writes and records the keys of a state; the plan is empty, and no plaintext is anywhere', async () => {
    const home = await born()
    const one = theirs(home, { name: 'bot' })
    const two = theirs(home, { name: 'bot', module: 'module.team["a b"].module.ci', index: 'x/y', tainted: true })
    const three = theirs(home, { name: 'bot', index: 0, key: null, live: 'sk-or-v1-0123456789abcdef0123456789' })
    const stranger = theirs(home)
    home.write('state.json', tfstate([one.state, two.state, three.state]))
    const before = JSON.stringify(home.live())
    const imported = await home.run('import --from-tfstate state.json')
    expect(imported).toMatchObject({ code: 0, stderr: '' })
    expect(imported.words).toContain(
      'Wrote keys/imported.keys.yaml: 3 keys. No key was changed. 2 other resources ignored. Recorded 3 keys as found',
    )
    for (const line of [
      'terraform state rm openrouter_api_key.bot\n',
      `terraform state rm 'module.team["a b"].module.ci.openrouter_api_key.bot["x/y"]'\n`,
      `terraform state rm 'openrouter_api_key.bot[0]'\n`,
      'keywright rotate bot\n',
      'keywright rotate team-a-b-ci/bot-x-y\n',
    ])
      expect(imported.stdout).toContain(line)
    expect(imported.stdout).not.toContain('keywright rotate bot-0')
    expect(imported.words).toContain('The secrets of 2 keys lie in plain text in this state')
    const text = home.read('keys/imported.keys.yaml')
    expect(text).toContain(
      '  # was openrouter_api_key.bot in Terraform, whose state holds its secret in plain text: rotate it\n',
    )
    expect(text).toMatch(/# was module\.team.* in Terraform, tainted there, whose state.*\n {2}team-a-b-ci\/bot-x-y:/)
    expect(text).toMatch(/# was openrouter_api_key\.bot\[0\] in Terraform\n {2}bot-0:/)
    expect(text).not.toContain(stranger.hash)
    expect(await home.run('plan --detailed-exitcode')).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.stringify(home.live())).toBe(before)
    const everything = imported.all + text + (await home.run('state pull')).all
    for (const { secret } of [one, two, three]) expect(everything).not.toContain(secret)
  })

  test('then a place that holds the secret, or a rotation, goes on as with any other key', async () => {
    const home = await born()
    const one = theirs(home, { name: 'bot' })
    home.write('state.json', tfstate([one.state]))
    expect(await home.run('import --from-tfstate state.json')).toMatchObject({ code: 0 })
    const text = home.read('keys/imported.keys.yaml')
    home.write(
      'keys/imported.keys.yaml',
      text.replace('    limit: 5\n', '    limit: 5\n    deliverTo: ["dotenv:BOT"]\n'),
    )
    expect((await home.run('plan')).words).toContain('bot rotate')
    expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
    expect(home.read('.env.keys')).toMatch(/^BOT=sk-or-v1-/m)
    expect(home.read('.env.keys')).not.toContain(one.secret)
    expect(await home.run('plan --detailed-exitcode')).toMatchObject({ code: 0 })
  })

  test('tells what it leaves out and why, with the place in the file, and takes the rest', async () => {
    const home = await born()
    const one = theirs(home, { name: 'ok' })
    const own = home.live()[0]?.hash ?? ''
    const other = theirs(home, { name: 'other', live: 'x [kw:other-1/x#1.aaaabbbb]' })
    home.write(
      'state.json',
      tfstate([
        one.state,
        { name: 'gone', hash: 'a'.repeat(64) },
        { name: 'nothing' },
        { name: 'ok', deposed: 'ab12cd34', hash: 'b'.repeat(64) },
        { name: 'mine', hash: own },
        other.state,
        { ...theirs(home, { name: 'odd' }).state, key: other.secret },
        {
          name: 'community',
          provider: 'provider["registry.terraform.io/standujar/openrouter"].eu',
          more: { id: theirs(home).hash },
        },
        { name: 'unrelated', provider: 'provider["example.com/x/other"]', hash: 'c'.repeat(64) },
      ]),
    )
    home.write('again.json', tfstate([{ ...one.state, name: 'copy' }]))
    const imported = await home.run('import --from-tfstate state.json --from-tfstate again.json')
    expect(imported).toMatchObject({ code: 0 })
    const told = imported.stderr.replace(/\s+/g, ' ')
    for (const words of [
      'openrouter_api_key.gone is left out: no live key has its hash',
      'openrouter_api_key.nothing tells neither hash nor key',
      'An earlier object of openrouter_api_key.ok waits for its deletion (deposed)',
      'openrouter_api_key.mine is left out: it is managed here already',
      'openrouter_api_key.other is left out: it carries the marker of another stack',
      'openrouter_api_key.copy is left out: it is named by openrouter_api_key.ok as well',
      'The plaintext beside the hash of openrouter_api_key.odd is not the secret of that key',
    ])
      expect(told).toContain(words)
    const line = home
      .read('state.json')
      .split('\n')
      .findIndex((text) => text.includes('"gone"'))
    expect(told).toMatch(
      new RegExp(`state\\.json:${line + 4}:9 warning TERRAFORM_STATE_LEFT_OUT openrouter_api_key\\.gone`),
    )
    expect(imported.words).toContain('3 keys. No key was changed. 5 other resources ignored.')
    expect(imported.all).not.toContain('sk-or-v1-')
    const said = JSON.parse((await home.run('import --from-tfstate state.json --files-only --json')).stdout)
    expect(said).toMatchObject({ file: null, recorded: 0, keys: [], warnings: expect.any(Array) })
  })

  test('takes keys of every workspace from the states of several', async () => {
    const home = await born()
    const { openrouter } = home.emulator.world
    const other = openrouter.workspaces.find(({ slug }) => slug !== 'default')?.id ?? ''
    const { hash, secret } = openrouter.createForeign({ name: 'elsewhere', limit: 5, workspace_id: other })
    home.write('one.json', tfstate([theirs(home, { name: 'bot' }).state]))
    home.write('two.json', tfstate([{ name: 'bot', hash, key: secret }]))
    const imported = await home.run('import --from-tfstate one.json --from-tfstate two.json')
    expect(imported).toMatchObject({ code: 0, stderr: '' })
    const text = home.read('keys/imported.keys.yaml')
    expect(text).toMatch(new RegExp(`bot-2:\\n(?: {4}.*\\n)* {4}workspaceId: ${other}\\n`))
    expect(await home.run('plan --detailed-exitcode')).toMatchObject({ code: 0, stderr: '' })
  })

  test('finds a key whose state tells its plaintext alone', async () => {
    const home = await born()
    const { state } = theirs(home, { name: 'bot', hash: null })
    home.write('state.json', tfstate([{ ...state, hash: null }]))
    expect((await home.run('import --from-tfstate state.json')).words).toContain(
      'Wrote keys/imported.keys.yaml: 1 key.',
    )
  })

  test.each([
    [
      'no JSON',
      '{ "version": 4,\n  "key": "sk-or-v1-0123456789abcdef"x }',
      'state.json:2:37',
      'is no JSON from here on',
    ],
    ['a torn file', tfstate([{ key: 'sk-or-v1-0123456789abcdef' }]).slice(0, -20), 'state.json:', 'ends in the middle'],
    ['a plan', '{"format_version":"1.2","planned_values":{}}', 'state.json:1:19', 'terraform show'],
    ['an encrypted state', '{"version":4,"encrypted_data":"xx","meta":{}}', 'state.json:1:31', 'encrypted'],
    ['an old state', '{\n  "version": 3\n}', 'state.json:2:14', 'format 4'],
    ['another file', '[]', 'state.json:1:1', 'no Terraform state'],
    [
      'two bad hashes',
      tfstate([
        { name: 'a', hash: 'sk-or-v1-0123456789abcdef' },
        { name: 'b', hash: 'x' },
      ]),
      '2 problems',
      'The hash of openrouter_api_key.b is none',
    ],
  ])('refuses %s whole, and shows nothing of it', async (_, text, where, why) => {
    const home = await quietHouse({ keys: { own: 'limit: 1' } })
    home.write('state.json', text)
    // Nobody is asked: the mistake is in the file, whatever the network is like.
    const refused = await home.run('import --from-tfstate state.json', { env: { OPENROUTER_MANAGEMENT_KEY: '' } })
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.words).toContain('TERRAFORM_STATE_INVALID')
    expect(refused.words).toContain(why)
    if (where === '2 problems') expect(refused.stderr.match(/state\.json:\d+:\d+/g)).toHaveLength(2)
    else expect(refused.stderr).toContain(where)
    expect(refused.all).not.toContain('0123456789abcdef')
    expect((await home.run('import --all --from-tfstate state.json')).words).toContain('one at a time')
    expect((await home.run('import --from-tfstate absent.json')).words).toContain('absent.json:1:1')
  })
})
