/** What `doctor` finds, and that it changes nothing. Sources of tokens are tried here as well: it says which one worked. */
import { execFileSync } from 'node:child_process'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { seedSecret } from '../fakes/aws/secrets.ts'
import { ROOT as AWS_ROOT, fakeAws } from '../fakes/aws/server.ts'
import { fakeAzure, seed as seedAzure, TOKEN } from '../fakes/azure-key-vault/server.ts'
import { leaveHouses } from '../fakes/cli.ts'
import { fakeGcp, seed as seedGcp } from '../fakes/gcp-secret-manager/server.ts'
import {
  fakeKubernetes,
  ROOT as KUBERNETES_ROOT,
  kubeconfigFor,
  seed as seedKubernetes,
} from '../fakes/kubernetes/server.ts'
import { fakeVault, ROOT, seed as seedVault } from '../fakes/vault/server.ts'
import { quietHouse } from './inside.ts'

afterAll(leaveHouses)

type Home = Awaited<ReturnType<typeof quietHouse>>

interface Said {
  readonly area: string
  readonly subject: string
  readonly verdict: string
  readonly message: string
  readonly hint?: string
  readonly code?: string
}

async function findings(
  home: Home,
  env: Record<string, string> = {},
): Promise<{ code: number | null; all: readonly Said[] }> {
  const { code, stdout } = await home.run('doctor --json', { env })
  return { code, all: JSON.parse(stdout).findings }
}

const OWN = '{ env: OPENROUTER_MANAGEMENT_KEY }'
const tokens = new WeakMap<Home, string>()

/** The house with another source of its token. */
function withToken(home: Home, source: string): void {
  replace(home, tokens.get(home) ?? OWN, source)
  tokens.set(home, source)
}

function replace(home: Home, from: string, to: string): void {
  const config = home.read('keywright.yaml')
  expect(config).toContain(from)
  home.write(
    'keywright.yaml',
    config.replace(from, () => to),
  )
}

describe('a house in order', () => {
  test('has nothing wrong, and nothing is changed by looking', async () => {
    const home = await quietHouse()
    const before = [home.writes(), home.live().length]
    const { code, stderr, words: stdout } = await home.run('doctor')
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/✓ node: Node \d+\.\d+/)
    expect(stdout).toMatch(/✓ \w+: the token from the variable OPENROUTER_MANAGEMENT_KEY manages keys/)
    expect(stdout).toMatch(/✓ \w+: 1 place can be written \(read back, conditional writes\)/)
    expect(stdout).toContain('Nothing is wrong. Nothing was changed.')
    expect([home.writes(), home.live().length]).toEqual(before)
    expect(() => home.read('.env.keys')).toThrow()
  })
})

describe('what is wrong', () => {
  test('a token that is missing, or manages no keys, says what to type', async () => {
    const home = await quietHouse()
    const missing = await findings(home, { OPENROUTER_MANAGEMENT_KEY: '' })
    expect(missing.code).toBe(1)
    expect(missing.all.find(({ area }) => area === 'provider')).toMatchObject({
      verdict: 'error',
      code: 'CLI_TOKEN_MISSING',
      hint: 'export OPENROUTER_MANAGEMENT_KEY=...',
    })
    const wrong = await findings(home, { OPENROUTER_MANAGEMENT_KEY: 'sk-or-v1-wrong' })
    expect([wrong.code, wrong.all.find(({ area }) => area === 'provider')?.code]).toEqual([1, 'API_UNAUTHORIZED'])
    expect(JSON.stringify(wrong.all)).not.toContain('sk-or-v1-wrong')
  })

  test('every host to allow is said in one line, and nothing is sent before', async () => {
    const home = await quietHouse()
    const hub = 'hub: { kind: github-actions, auth: { kind: token, token: { env: GITHUB_TOKEN } } }'
    const lab = 'lab: { kind: gitlab-variables, token: { env: CI_JOB_TOKEN } }'
    replace(home, 'sinks: { ', `sinks: { ${hub}, ${lab}, `)
    const { all } = await findings(home, { GITHUB_TOKEN: 'x', CI_JOB_TOKEN: 'y' })
    expect(all.find(({ subject }) => subject === 'hub')?.message).toMatch(/GITHUB_TOKEN: .* can never write secrets/)
    expect(all.find(({ subject }) => subject === 'lab')?.message).toMatch(/CI_JOB_TOKEN: .* can never write variables/)
  })

  test('a token that a CI system gives to every job cannot do what the sink needs', async () => {
    const home = await quietHouse()
    const hub = 'hub: { kind: github-actions, auth: { kind: token, token: { env: GITHUB_TOKEN } } }'
    const lab = 'lab: { kind: gitlab-variables, token: { env: CI_JOB_TOKEN } }'
    replace(home, 'sinks: { ', `sinks: { ${hub}, ${lab}, `)
    const { all } = await findings(home, { GITHUB_TOKEN: 'x', CI_JOB_TOKEN: 'y' })
    expect(all.find(({ subject }) => subject === 'hub')?.message).toMatch(/GITHUB_TOKEN: .* can never write secrets/)
    expect(all.find(({ subject }) => subject === 'lab')?.message).toMatch(/CI_JOB_TOKEN: .* can never write variables/)
  })

  test('a service that is down may be fine later', async () => {
    const home = await quietHouse()
    await home.emulator.close()
    const { code, all } = await findings(home)
    expect(code).toBe(5)
    expect(all.filter(({ verdict }) => verdict === 'error').map(({ area }) => area)).toEqual(['provider'])
  })
})

describe('a management key', () => {
  const provider = (all: readonly Said[]) =>
    all.filter(({ area }) => area === 'provider').map(({ verdict, message }) => `${verdict} ${message}`)

  test('is taken from a Vault, a Secret Manager or a Key Vault, and applies', async () => {
    const home = await quietHouse()
    const key = home.emulator.openrouter.managementKey
    const [vault, gcp, azure] = [await fakeVault(), await fakeGcp(), await fakeAzure()]
    seedVault(vault, 'ops/openrouter', { key })
    seedGcp(gcp, 'projects/acme-prod/secrets/ops', key)
    seedAzure(azure, 'ops', key)
    const env = { OPENROUTER_MANAGEMENT_KEY: '', VAULT_TOKEN: ROOT, GCP: gcp.credentials, AZURE: TOKEN }
    const sources = [
      [`{ vault: { address: "${vault.address}", path: ops/openrouter, field: key } }`, 'vault at ops/openrouter#key'],
      [
        `{ gcp: { project: acme-prod, endpoint: "${gcp.endpoint}", credentials: { env: GCP }, path: ops } }`,
        'gcp at ops',
      ],
      [
        `{ azure: { vault: "${azure.address}", auth: { kind: token, token: { env: AZURE } }, path: ops } }`,
        'azure at ops',
      ],
    ]
    for (const [source = '', name = ''] of sources) {
      withToken(home, source)
      const { code, all } = await findings(home, env)
      expect([code, provider(all)]).toEqual([
        0,
        [expect.stringMatching(new RegExp(`^ok the token from ${name}(?:, [^;]*)? manages keys`))],
      ])
    }
    expect(await home.run('apply --yes', { env })).toMatchObject({ code: 0 })
    for (const fake of [vault, gcp, azure]) fake.close()
  })

  test('is taken from an AWS secret or a Kubernetes Secret as well', async () => {
    const home = await quietHouse()
    const key = home.emulator.openrouter.managementKey
    const [aws, cluster] = [await fakeAws(), await fakeKubernetes({ secure: true })]
    seedSecret(aws, 'ops/openrouter', key)
    seedKubernetes(cluster, 'ops/openrouter', { key })
    home.write('kubeconfig', kubeconfigFor(cluster.server, { token: KUBERNETES_ROOT }))
    const env = {
      ...AWS_ROOT,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      OPENROUTER_MANAGEMENT_KEY: '',
      KUBECONFIG: join(home.root, 'kubeconfig'),
    }
    const sources = [
      [`{ aws: { region: eu-central-1, endpoint: "${aws.endpoint}", path: ops/openrouter } }`, 'aws at ops/openrouter'],
      ['{ kubernetes: { cluster: fake, path: ops/openrouter, field: key } }', 'kubernetes at ops/openrouter#key'],
    ]
    for (const [source = '', name = ''] of sources) {
      withToken(home, source)
      const { code, all } = await findings(home, env)
      const worked = expect.stringMatching(new RegExp(`^ok the token from ${name}(?:, [^;]*)? manages keys`))
      expect([code, provider(all), all.filter(({ verdict }) => verdict === 'error')]).toEqual([0, [worked], []])
    }
    for (const fake of [aws, cluster]) fake.close()
  })

  test('of a list is the first that works; what did not is said', async () => {
    const home = await quietHouse()
    withToken(
      home,
      '[{ file: none }, { vault: { address: "http://127.0.0.1:9", path: a, field: b, auth: { kind: token, token: { env: NONE } } } }, { env: OPENROUTER_MANAGEMENT_KEY }]',
    )
    const { code, all } = await findings(home)
    expect(code).toBe(0)
    expect(provider(all)).toEqual([
      expect.stringMatching(/^warning vault at a#b: .*finds no credential in the variable NONE/),
      expect.stringMatching(/^ok the token from the variable OPENROUTER_MANAGEMENT_KEY manages keys/),
    ])
  })

  test('tells its age where a file holds it', async () => {
    const home = await quietHouse()
    home.write('token', home.emulator.openrouter.managementKey)
    withToken(home, '{ file: token }')
    expect(provider((await findings(home)).all)).toEqual([
      expect.stringContaining('the token from the file token, stored today manages keys'),
    ])
  })

  test('is not sent for to a host that nobody allowed', async () => {
    const home = await quietHouse()
    for (const source of [
      '{ vault: { address: "https://evil.example", path: a, field: b } }',
      '{ oidc: { exchange: "https://evil.example/token" } }',
    ]) {
      withToken(home, source)
      const { code, all } = await findings(home)
      expect([code, all.find(({ area }) => area === 'files')]).toMatchObject([
        1,
        { code: 'CONFIG_HOST_NOT_ALLOWED', hint: 'export KEYWRIGHT_ALLOW_HOSTS=evil.example' },
      ])
    }
  })
})

test.each(['http://vault.internal:8200', 'https://user@evil.example', 'https://127.1'])(
  'the address %s of a token source is refused by its form',
  async (address) => {
    const home = await quietHouse()
    withToken(home, `{ vault: { address: "${address}", path: a, field: b } }`)
    const { code, all } = await findings(home, { KEYWRIGHT_ALLOW_HOSTS: 'vault.internal:8200,evil.example' })
    expect([code, all.map((one) => one.code)]).toEqual([1, expect.arrayContaining(['CONFIG_URL_INVALID'])])
    expect(all.filter(({ area }) => area === 'provider')).toEqual([])
  },
)

describe('a token service', () => {
  /** GitHub's own endpoint and a token service on one port: what each was asked, and a management key for the right token. */
  async function service(key: string) {
    const asked: string[] = []
    const server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += String(chunk)
      const { url = '', headers } = request
      asked.push(`${request.method} ${url} ${headers.authorization ?? ''} ${body}`)
      if (url.startsWith('/github')) response.end(JSON.stringify({ value: 'signed.by.github' }))
      else if (new URLSearchParams(body).get('subject_token') === 'signed.by.github')
        response.end(JSON.stringify({ access_token: key, token_type: 'Bearer' }))
      else response.writeHead(400).end(JSON.stringify({ error: 'invalid_grant', error_description: body }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const at = server.address()
    return {
      asked,
      address: `http://127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}`,
      close: () => server.close(),
    }
  }

  test('gives a key for the signed token of GitHub Actions, or of a variable', async () => {
    const home = await quietHouse()
    const { asked, address, close } = await service(home.emulator.openrouter.managementKey)
    withToken(home, `{ oidc: { exchange: "${address}/token", audience: keywright, scope: "keys:write" } }`)
    const github = {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${address}/github?v=1`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
    }
    expect((await findings(home, { OPENROUTER_MANAGEMENT_KEY: '', ...github })).code).toBe(0)
    expect(asked[0]).toBe('GET /github?v=1&audience=keywright Bearer request-token ')
    const form = new URLSearchParams(asked[1]?.split(' ').at(-1))
    expect(Object.fromEntries(form)).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: 'signed.by.github',
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      audience: 'keywright',
      scope: 'keys:write',
    })
    withToken(home, `{ oidc: { exchange: "${address}/token", env: ID_TOKEN } }`)
    expect((await findings(home, { OPENROUTER_MANAGEMENT_KEY: '', ID_TOKEN: 'signed.by.github' })).code).toBe(0)
    close()
  })

  test('that refuses is said without repeating anything, with what to look at', async () => {
    const home = await quietHouse()
    const { address, close } = await service('x')
    withToken(home, `{ oidc: { exchange: "${address}/token", env: ID_TOKEN } }`)
    const { code, all } = await findings(home, { ID_TOKEN: 'signed.by.nobody' })
    expect(code).toBe(1)
    expect(all.find(({ verdict, area }) => area === 'provider' && verdict === 'warning')).toMatchObject({
      code: 'SOURCE_REFUSED',
      message: expect.stringMatching(/gave no token \(status 400\)/),
    })
    expect(JSON.stringify(all)).not.toContain('signed.by')
    expect((await home.run('plan', { env: { ID_TOKEN: 'signed.by.nobody' } })).all).toContain('SOURCE_REFUSED')
    withToken(home, `{ oidc: { exchange: "${address}/token" } }`)
    expect((await findings(home)).all.map(({ hint }) => hint).join()).toContain('id-token: write')
    close()
  })
})

describe('jobs of CI', () => {
  const ci = (all: readonly Said[]) => all.filter(({ area }) => area === 'ci')
  const repository = (home: Home): void => {
    home.write('.gitignore', '.env.keys\n')
    execFileSync('git', ['init', '-q', '-b', 'main'], { cwd: home.root, env: { PATH: process.env.PATH ?? '' } })
  }

  test('of init are found in order from a folder below as well; what became of them is told with file, line and column', async () => {
    const home = await quietHouse()
    repository(home)
    expect(ci((await findings(home)).all)).toEqual([])
    await home.run('init --ci github --branch trunk')
    await home.run('init --ci gitlab')
    home.write('.gitlab-ci.yml', 'include: [{ local: .gitlab/keywright.gitlab-ci.yml }]\n')
    expect(ci((await findings(home)).all)[0]).toMatchObject({ verdict: 'warning', code: 'STORE_EPHEMERAL' })
    home.write('keywright.yaml', `${home.read('keywright.yaml')}store: { kind: local, path: .keywright }\n`)
    const good = await findings(home)
    expect([good.code, ci(good.all).map(({ verdict }) => verdict)]).toEqual([0, ['ok', 'ok']])
    const file = '.github/workflows/keywright.yml'
    const text = home.read(file)
    home.write(file, text.replace('concurrency: keywright ', '').replace('  merge_group:', '  #'))
    const bad = await findings(home)
    const line = text.split('\n').indexOf('  apply:') + 1
    expect(bad.code).toBe(1)
    expect(ci(bad.all).map(({ verdict, subject }) => [verdict, subject])).toEqual([
      ['error', `${file}:${line}:3`],
      ['ok', '.gitlab/keywright.gitlab-ci.yml'],
      ['ok', file],
    ])
    expect(ci(bad.all).at(-1)?.message).toBe(
      'init --ci github would now write another on.merge_group, jobs.apply.concurrency',
    )
    home.write(file, 'on: [push\njobs: {')
    expect(ci((await findings(home)).all)[0]).toMatchObject({ verdict: 'error', code: 'CONFIG_SYNTAX' })
  })

  test('are written at the top of the repository for a project below it', async () => {
    const home = await quietHouse()
    repository(home)
    home.write('infra/keys/.keep', '')
    const cwd = join(home.root, 'infra/keys')
    expect(await home.run('init --ci github', { cwd })).toMatchObject({ code: 0 })
    expect(home.read('.github/workflows/keywright-comment.yml')).toContain('directory: change/infra/keys')
    expect(home.read('.github/workflows/keywright.yml')).toContain('{ run: apply, directory: infra/keys }')
    const { stdout } = await home.run('doctor --json', { cwd })
    expect(ci(JSON.parse(stdout).findings)).toMatchObject([{ code: 'STORE_EPHEMERAL' }, { verdict: 'ok' }])
    expect(ci((await findings(home)).all)).toEqual([])
  })
})
