/** Jobs of CI as a forge would run them: the step of action.yml and the scripts of GitLab, against a forge that keeps a real repository. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { pointAt } from '../../src/cli/shell/tour.ts'
import { type Ended, type House, house, keywright, leaveHouses, manifest } from '../fakes/cli.ts'
import { type ForgeFake, githubForge } from '../fakes/forge/github.ts'
import { type GitlabForge, gitlabForge } from '../fakes/forge/gitlab.ts'
import { actionStep, bash, npxFolder } from '../fakes/forge/jobs.ts'
import { vaultExample } from '../fakes/vault/example.ts'

const npx = npxFolder()
const folders: string[] = [npx]
const forges: { close(): void }[] = []
afterAll(async () => {
  await leaveHouses()
  for (const forge of forges) forge.close()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keywright-ci-'))
  folders.push(folder)
  return folder
}

function gitIn(root: string): (...args: readonly string[]) => string {
  const env = { PATH: process.env.PATH ?? '', HOME: root, GIT_CONFIG_NOSYSTEM: '1' }
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'commit.gpgsign=false']
  return (...args) =>
    execFileSync('git', [...who, '-C', root, ...args], { env, encoding: 'utf8', stdio: 'pipe' }).trim()
}

/** A project in a clone of the forge's repository, main pushed. */
async function cloned(bare: string): Promise<{ home: House; git: ReturnType<typeof gitIn> }> {
  const home = await house({ keys: { a: 'limit: 10' }, more: 'store: { kind: local }\n' })
  const git = gitIn(home.root)
  home.write('.gitignore', '.env.keys\n.keywright/\n*.env\n')
  git('init', '-q', '-b', 'main')
  git('remote', 'add', 'origin', bare)
  git('add', '.')
  git('commit', '-qm', 'keys')
  git('push', '-q', 'origin', 'main')
  return { home, git }
}

describe('GitHub Actions', () => {
  interface Stage {
    readonly home: House
    readonly git: ReturnType<typeof gitIn>
    readonly forge: ForgeFake
    /** One run of the action; `outputs` are those of its step. */
    step(
      inputs: Readonly<Record<string, string>>,
      env?: Readonly<Record<string, string>>,
    ): Promise<Ended & { outputs: string; page: string }>
    /** A pull request from a branch with this manifest; checked out afterwards. `more` is what else the event says of it. */
    propose(text: string, more?: { readonly head?: object; readonly user?: object }): string
    merge(): void
    /** The event of the next jobs. */
    event(body: object): void
  }

  async function stage(): Promise<Stage> {
    const forge = await githubForge(temporary())
    forges.push(forge)
    const { home, git } = await cloned(forge.repository.path)
    const event = join(temporary(), 'event.json')
    const step: Stage['step'] = async (inputs, env = {}) => {
      const files = temporary()
      const [output, page] = [join(files, 'output'), join(files, 'page')]
      for (const file of [output, page]) writeFileSync(file, '')
      const job = {
        PATH: `${npx}:${process.env.PATH}`,
        HOME: files,
        GITHUB_REPOSITORY: 'acme/keys',
        GITHUB_SERVER_URL: 'https://github.example',
        GITHUB_API_URL: `${forge.origin}/api/v3`,
        GITHUB_EVENT_PATH: event,
        GITHUB_OUTPUT: output,
        GITHUB_STEP_SUMMARY: page,
        GITHUB_SHA: git('rev-parse', 'HEAD'),
        GITHUB_REF: `refs/heads/${git('rev-parse', '--abbrev-ref', 'HEAD')}`,
      }
      const ended = await actionStep({
        workspace: home.root,
        inputs: { token: forge.token, trust: 'main', ...inputs },
        env: { ...job, ...env },
      })
      return { ...ended, outputs: readFileSync(output, 'utf8'), page: readFileSync(page, 'utf8') }
    }
    const propose: Stage['propose'] = (text, more = {}) => {
      git('checkout', '-q', '-B', 'change', 'main')
      home.write('keys/a.keys.yaml', text)
      git('commit', '-qam', 'change')
      const head = git('rev-parse', 'HEAD')
      const number = forge.pulls.size + 1
      forge.pulls.set(number, { number, head: { sha: head }, merged_at: null, merge_commit_sha: null })
      writeFileSync(event, JSON.stringify({ pull_request: { number, ...more, head: { sha: head, ...more.head } } }))
      return head
    }
    const merge = (): void => {
      git('checkout', '-q', 'main')
      git('merge', '-q', '--no-ff', '-m', 'merge', 'change')
      git('push', '-q', 'origin', 'main')
      const pull = forge.pulls.get(forge.pulls.size)
      if (pull) Object.assign(pull, { merged_at: '2026-11-28T00:00:00Z', merge_commit_sha: git('rev-parse', 'HEAD') })
    }
    return { home, git, forge, step, propose, merge, event: (body) => writeFileSync(event, JSON.stringify(body)) }
  }

  const managed = ({ emulator }: House): Record<string, string> => ({
    OPENROUTER_MANAGEMENT_KEY: emulator.openrouter.managementKey,
  })

  test('plan without a secret, comment once, and apply exactly what the check run names', async () => {
    const { home, git, forge, step, propose, merge } = await stage()

    // Nobody applied yet, so there is no snapshot to plan from.
    propose(manifest({ a: 'limit: 20' }))
    const early = await step({ run: 'plan' })
    expect(early).toMatchObject({ code: 1 })
    expect(early.words).toContain('SNAPSHOT')
    git('checkout', '-q', 'main')

    const first = await step({ run: 'apply' }, managed(home))
    expect(first).toMatchObject({ code: 0 })
    expect(first.page).toContain('### keywright apply')
    expect(home.live()).toHaveLength(1)
    const kept = forge.repository.text('keywright-snapshot', 'live.json')
    expect(JSON.parse(kept ?? '')).toMatchObject({ stack: 'test-a1b2' })

    // The pull request: no credential, nothing is sent to the key API.
    const head = propose(manifest({ a: 'limit: 20', b: 'limit: 1' }))
    const { total } = home.emulator.world.traffic.counts()
    const planned = await step({ run: 'plan' })
    expect(planned).toMatchObject({ code: 0 })
    expect(planned.outputs).toMatch(/^changes=2\ngate=approval\ndigest=sha256:[0-9a-f]{64}\n$/)
    expect(planned.page).toContain('### keywright plan: 1 create, 1 update')
    const digest = /digest=(.*)/.exec(planned.outputs)?.[1]

    // The trusted half says the same, in one comment however often it runs, and never in somebody else's.
    forge.comments.push({
      id: 1,
      user: { login: 'mallory', type: 'User' },
      body: '<!-- keywright live.json --> looks good',
    })
    for (let i = 0; i < 2; i++)
      expect(await step({ run: 'comment' })).toMatchObject({ code: 0, outputs: planned.outputs })
    expect(forge.comments.map(({ user }) => user.login)).toEqual(['mallory', 'github-actions[bot]'])
    expect(forge.comments[1]?.body).toContain('**needs approval**')
    expect(forge.checks.at(-1)).toMatchObject({
      name: 'keywright plan',
      head_sha: head,
      conclusion: 'success',
      external_id: digest,
    })
    expect(home.emulator.world.traffic.counts().total).toBe(total)

    // Merged; a live key drifts in between; what was reviewed is no longer what would be done.
    merge()
    const hash = home.live()[0]?.hash ?? ''
    home.emulator.world.openrouter.edit(hash, { limit: 15 })
    const writes = home.writes()
    const stale = await step({ run: 'apply', approve: 'digest' }, managed(home))
    expect(stale).toMatchObject({ code: 3 })
    expect(stale.words).toContain('PLAN_STALE')
    expect(home.writes()).toBe(writes)

    // Drift put right: exactly the reviewed plan, and then nothing is left.
    home.emulator.world.openrouter.edit(hash, { limit: 10 })
    expect(await step({ run: 'apply', approve: 'digest' }, managed(home))).toMatchObject({ code: 0 })
    expect(home.live().map(({ limit }) => limit)).toEqual([20, 1])
    expect(await home.run('plan --detailed-exitcode')).toMatchObject({ code: 0 })
    git('fetch', '-q', 'origin', 'keywright-snapshot')
    expect(git('rev-list', '--count', 'FETCH_HEAD')).toBe('3')
  })

  test('a job that is started again, or overtaken by a push, undoes nothing of what came later', async () => {
    const { home, git, forge, step, propose, merge } = await stage()
    await step({ run: 'apply' }, managed(home))
    const old = git('rev-parse', 'HEAD')
    propose(manifest({ a: 'limit: 20', b: 'limit: 1' }))
    merge()
    expect(await step({ run: 'apply' }, managed(home))).toMatchObject({ code: 0 })
    const [writes, snapshot] = [home.writes(), forge.repository.tip('keywright-snapshot')]

    git('checkout', '-q', old)
    const again = await step({ run: 'apply' }, { ...managed(home), GITHUB_REF: 'refs/heads/main', GITHUB_SHA: old })
    expect(again).toMatchObject({ code: 0 })
    expect(again.words).toContain('Nothing was applied: the branch is at')
    expect(again.outputs).toContain('overtaken=true\n')
    expect([home.writes(), forge.repository.tip('keywright-snapshot')]).toEqual([writes, snapshot])
    expect(home.live().map(({ limit }) => limit)).toEqual([20, 1])
  })

  test('two pushes at once issue nothing twice', async () => {
    const { home, step } = await stage()
    const both = await Promise.all([step({ run: 'apply' }, managed(home)), step({ run: 'apply' }, managed(home))])
    expect(both.map(({ code }) => code)).toEqual([0, 0])
    expect(home.live()).toHaveLength(1)
    expect(await home.run('plan --detailed-exitcode')).toMatchObject({ code: 0 })
  })

  test('a timer does what is due and nothing that waits for a yes', async () => {
    const { home, step } = await stage()
    await step({ run: 'apply' }, managed(home))
    home.emulator.world.openrouter.edit(home.live()[0]?.hash ?? '', { limit: 99 })
    const timer = { ...managed(home), GITHUB_EVENT_NAME: 'schedule' }
    const due = await step({ run: 'apply', approve: 'digest' }, timer)
    expect(due).toMatchObject({ code: 0 })
    expect(due.outputs).toBe('exit=0\ndrifted=true\novertaken=false\n')
    expect(home.live()).toMatchObject([{ limit: 10 }])
    const quiet = await step({ run: 'apply', approve: 'digest' }, timer)
    expect([quiet.code, quiet.outputs]).toEqual([0, 'exit=0\ndrifted=false\novertaken=false\n'])
  })

  test("a fork's change without pull_request_target is on the page of its job, and nowhere else", async () => {
    const { home, forge, step, propose } = await stage()
    await step({ run: 'apply' }, managed(home))
    const pull = { GITHUB_EVENT_NAME: 'pull_request' }
    const strangers = [{ head: { repo: { full_name: 'mallory/keys' } } }, { user: { login: 'dependabot[bot]' } }]
    for (const more of [...strangers, { head: { repo: null } }]) {
      propose(manifest({ a: 'limit: 20' }), more)
      forge.may.clear()
      const ended = await step({ run: 'comment' }, pull)
      expect(ended).toMatchObject({ code: 0 })
      expect(ended.outputs).toMatch(/^changes=1\ngate=approval\ndigest=sha256:/)
      expect(ended.page).toContain('### keywright plan: 1 update')
      expect(ended.words).toContain('on the page of this job only')
    }
    expect([forge.comments, forge.checks]).toEqual([[], []])
    // In the repository itself a missing permission is a mistake, and the page is there all the same.
    propose(manifest({ a: 'limit: 20' }), { head: { repo: { full_name: 'acme/keys' } } })
    const wrong = await step({ run: 'comment' }, pull)
    expect([wrong.code, wrong.words]).toEqual([1, expect.stringContaining('permissions: { pull-requests: write }')])
    expect(wrong.page).toContain('### keywright plan: 1 update')
  })

  test('shows no plan of another state of the change than the one it is started for', async () => {
    const { home, git, forge, step, propose, event } = await stage()
    await step({ run: 'apply' }, managed(home))
    const head = propose(manifest({ a: 'limit: 20' }))
    const pushed = { number: 1, head: { sha: 'f'.repeat(40) } }
    event({ pull_request: pushed })
    const stale = await step({ run: 'comment' })
    expect(stale).toMatchObject({ code: 5, outputs: '' })
    expect(stale.words).toContain('CI_CHECKOUT_STALE')
    expect([forge.comments, forge.checks]).toEqual([[], []])
    // As GitHub has it: a merge commit, fetched without its parents.
    git('checkout', '-q', 'main')
    git('commit', '-q', '--allow-empty', '-m', 'other work')
    git('merge', '-q', '--no-ff', '-m', 'merge', 'change')
    event({ pull_request: { ...pushed, head: { sha: head } } })
    expect(await step({ run: 'comment' })).toMatchObject({ code: 0 })
    expect(forge.checks).toMatchObject([{ head_sha: head }])
  })

  test('two projects of a repository have a comment, a check and a snapshot each', async () => {
    const { home, git, forge, step, propose, merge } = await stage()
    home.write('infra/keywright.yaml', home.read('keywright.yaml').replace('test-a1b2', 'other-a1b2'))
    home.write('infra/keys/a.keys.yaml', manifest({ a: 'limit: 1' }))
    git('add', '.')
    git('commit', '-qm', 'another project')
    git('push', '-q', 'origin', 'main')
    const both = ['.', 'infra'] as const
    for (const directory of both)
      expect(await step({ run: 'apply', directory }, managed(home))).toMatchObject({ code: 0 })
    home.write('infra/keys/a.keys.yaml', manifest({ a: 'limit: 2' }))
    propose(manifest({ a: 'limit: 20' }))
    for (const directory of both) expect(await step({ run: 'comment', directory })).toMatchObject({ code: 0 })
    expect(forge.comments.map(({ body }) => body.split('\n')[0])).toEqual([
      '<!-- keywright live.json -->',
      '<!-- keywright infra/live.json -->',
    ])
    expect(forge.checks.map(({ name }) => name)).toEqual(['keywright plan', 'keywright plan (infra)'])
    merge()
    for (const directory of both)
      expect(await step({ run: 'apply', directory, approve: 'digest' }, managed(home))).toMatchObject({ code: 0 })
    expect(home.live().map(({ limit }) => limit)).toEqual([20, 2])
  })

  test('a merge queue is planned as it would be, and guards judge all of it together', async () => {
    const { home, git, step, propose, event } = await stage()
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`k${i}`, 'limit: 10'] as const))
    home.write('keys/a.keys.yaml', manifest(many))
    git('commit', '-qam', 'many')
    git('push', '-q', 'origin', 'main')
    await step({ run: 'apply' }, managed(home))
    const queue = { GITHUB_EVENT_NAME: 'merge_group' }
    for (const [left, code] of [
      [9, 0],
      [8, 3],
    ] as const) {
      propose(manifest(Object.fromEntries(Object.entries(many).slice(0, left))))
      event({ merge_group: { head_sha: git('rev-parse', 'HEAD'), base_ref: 'refs/heads/main' } })
      const planned = await step({ run: 'plan' }, queue)
      expect(planned).toMatchObject({ code })
      expect(planned.outputs).toMatch(code === 0 ? /^changes=3\ngate=approval\n/ : /^changes=4\ngate=blocked\n/)
    }
  })

  test('a folder of the change that looks like a repository runs nothing', async () => {
    const { home, git, forge, step } = await stage()
    const bait = join(temporary(), 'taken')
    home.write('infra/keywright.yaml', home.read('keywright.yaml'))
    home.write('infra/keys/a.keys.yaml', manifest({ a: 'limit: 10' }))
    git('add', '.')
    git('commit', '-qm', 'below')
    git('push', '-q', 'origin', 'main')
    expect(await step({ run: 'apply', directory: 'infra' }, managed(home))).toMatchObject({ code: 0 })
    git('checkout', '-qb', 'change')
    for (const [file, text] of Object.entries({
      HEAD: 'ref: refs/heads/main\n',
      'objects/info/.keep': '',
      'refs/heads/.keep': '',
      config: `[core]\n bare = true\n[remote "origin"]\n url = ${forge.repository.path}\n uploadpack = touch ${bait}; git-upload-pack\n`,
    }))
      home.write(`infra/${file}`, text)
    git('add', '.')
    git('commit', '-qm', 'a repository in a folder')
    const ended = await step({ run: 'plan', directory: 'infra' })
    expect(existsSync(bait)).toBe(false)
    expect(ended.outputs).not.toContain('gate=none')
  })

  test('packages of stores and sinks are installed beside keywright, each as one word', async () => {
    const { home, step } = await stage()
    const packages = '@aws-sdk/client-s3 pg@8'
    expect(await step({ run: 'apply', packages, version: '1.2.3' }, managed(home))).toMatchObject({ code: 0 })
    const asked = readFileSync(join(npx, 'asked'), 'utf8')
    expect(asked).toContain('--package=keywright@1.2.3\n--package=@aws-sdk/client-s3\n--package=pg@8\n')
  })

  test('apply by digest does nothing that nobody reviewed', async () => {
    const { home, forge, step } = await stage()
    const ended = await step({ run: 'apply', approve: 'digest' }, managed(home))
    expect(ended).toMatchObject({ code: 3 })
    expect(ended.words).toContain('No check run of this commit says what was reviewed.')
    expect(home.writes()).toBe(0)
    expect(forge.repository.tip('keywright-snapshot')).not.toBeNull()
  })

  test('say which permission is missing, after what could be done was done', async () => {
    const { home, forge, step, propose } = await stage()
    forge.may.delete('contents')
    const ended = await step({ run: 'apply' }, managed(home))
    expect(ended).toMatchObject({ code: 1 })
    expect(ended.words).toContain('CI_FORGE_REFUSED')
    expect(ended.words).toContain('permissions: { contents: write }')
    expect(home.live()).toHaveLength(1)
    forge.may.add('contents')
    await step({ run: 'apply' }, managed(home))
    propose(manifest({ a: 'limit: 20' }))
    forge.may.delete('pull-requests')
    const silent = await step({ run: 'comment' })
    expect(silent.words).toContain('permissions: { pull-requests: write }')
    expect(silent.all).not.toContain(forge.token)
  })

  test('end a leaked key by its hash, and refuse what could be the secret itself', async () => {
    const { home, step } = await stage()
    await step({ run: 'apply' }, managed(home))
    const [, secret = ''] = /^A=(.*)$/m.exec(home.read('.env.keys')) ?? []
    const refused = await step({ run: 'leaked', hash: secret }, managed(home))
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.all).not.toContain(secret)
    const hash = createHash('sha256').update(secret).digest('hex')
    expect(await step({ run: 'leaked', hash: `sha256:${hash}` }, managed(home))).toMatchObject({ code: 0 })
    expect(home.live().filter(({ hash: one, disabled }) => one === hash && !disabled)).toEqual([])
    expect(home.read('.env.keys')).not.toContain(secret)
  })
})

describe('GitLab CI', () => {
  interface GitlabJob {
    readonly script: readonly string[]
  }

  /** The script of a job as `init --ci gitlab` writes it. */
  function scriptOf(home: House, name: string): string {
    const file: Record<string, GitlabJob & { readonly before_script?: readonly string[] }> = parse(
      home.read('.gitlab/keywright.gitlab-ci.yml'),
    )
    return ['set -e', ...(file['.keywright']?.before_script ?? []), ...(file[name]?.script ?? [])].join('\n')
  }

  test('plans, notes, and applies by the jobs that init writes', async () => {
    const forge: GitlabForge = await gitlabForge(temporary())
    forges.push(forge)
    const { home, git } = await cloned(forge.repository.path)
    expect(await home.run('init --ci gitlab')).toMatchObject({ code: 0 })
    const job = (name: string, more: Readonly<Record<string, string>> = {}): Promise<Ended> =>
      bash({
        script: scriptOf(home, name),
        cwd: home.root,
        env: {
          PATH: `${npx}:${process.env.PATH}`,
          HOME: temporary(),
          CI: 'true',
          GITLAB_CI: 'true',
          CI_PROJECT_DIR: home.root,
          CI_DEFAULT_BRANCH: 'main',
          CI_API_V4_URL: `${forge.origin}/api/v4`,
          CI_PROJECT_ID: '42',
          CI_COMMIT_SHA: git('rev-parse', 'HEAD'),
          KEYWRIGHT_GITLAB_TOKEN: forge.token,
          ...more,
        },
      })
    const key = { OPENROUTER_MANAGEMENT_KEY: home.emulator.openrouter.managementKey }
    expect(await job('keywright-apply', key)).toMatchObject({ code: 0 })
    expect(forge.repository.text('keywright-snapshot', 'live.json')).toContain('test-a1b2')

    git('checkout', '-qb', 'change')
    home.write('keys/a.keys.yaml', manifest({ a: 'limit: 20' }))
    git('commit', '-qam', 'change')
    expect(await job('keywright-plan')).toMatchObject({ code: 0 })
    expect(home.read('keywright.env')).toMatch(
      /^KEYWRIGHT_CHANGES=1\nKEYWRIGHT_GATE=approval\nKEYWRIGHT_DIGEST=sha256:/,
    )
    for (let i = 0; i < 2; i++)
      expect(await job('keywright-comment', { CI_MERGE_REQUEST_IID: '5' })).toMatchObject({ code: 0 })
    expect(forge.notes).toHaveLength(1)
    expect(forge.statuses.at(-1)).toMatchObject({ state: 'success', name: 'keywright plan' })

    const sha = git('rev-parse', 'HEAD')
    git('checkout', '-q', 'main')
    git('merge', '-q', '--no-ff', '-m', 'merge', 'change')
    forge.requests.push({ state: 'merged', sha, merge_commit_sha: git('rev-parse', 'HEAD') })
    const old = git('rev-parse', 'HEAD^')
    expect(await job('keywright-apply', key)).toMatchObject({ code: 0 })
    expect(home.live()).toMatchObject([{ limit: 20 }])

    // Started again: the pipeline of an older commit takes nothing back.
    git('push', '-q', 'origin', 'main')
    git('checkout', '-q', old)
    const again = await job('keywright-apply', { ...key, CI_COMMIT_BRANCH: 'main' })
    expect(again).toMatchObject({ code: 0 })
    expect(again.words).toContain('Nothing was applied: the branch is at')
    expect(home.live()).toMatchObject([{ limit: 20 }])
  })
})

describe('the examples', () => {
  const jobs = ['ci-github', 'ci-gitlab'] as const
  test.each(jobs)('%s finds its state and its keys again in every clone, and leaves nothing in one', async (name) => {
    const forge = name === 'ci-github' ? await githubForge(temporary()) : await gitlabForge(temporary())
    forges.push(forge)
    const { home, git } = await cloned(forge.repository.path)
    cpSync(join('examples', name), home.root, { recursive: true })
    const vault = await vaultExample('examples/sinks/vault')
    forges.push({ close: () => void vault.close() })
    const [[from = '', to = ''] = []] = Object.entries(vault.replace)
    home.write('keywright.yaml', home.read('keywright.yaml').replace(from, to))
    await pointAt(home.root, home.emulator)
    git('rm', '-q', 'keys/a.keys.yaml')
    git('add', '.')
    git('commit', '-qm', 'example')
    git('push', '-q', 'origin', 'main')
    for (let round = 0; round < 2; round++) {
      const clone = temporary()
      gitIn(clone)('clone', '-q', '--depth=1', `file://${forge.repository.path}`, '.')
      const env = {
        CI: 'true',
        ...(name === 'ci-github'
          ? {
              GITHUB_ACTIONS: 'true',
              GITHUB_REPOSITORY: 'acme/keys',
              GITHUB_API_URL: `${forge.origin}/api/v3`,
              GITHUB_TOKEN: forge.token,
            }
          : {
              GITLAB_CI: 'true',
              CI_API_V4_URL: `${forge.origin}/api/v4`,
              CI_PROJECT_ID: '42',
              KEYWRIGHT_GITLAB_TOKEN: forge.token,
            }),
        CI_COMMIT_SHA: gitIn(clone)('rev-parse', 'HEAD'),
        OPENROUTER_MANAGEMENT_KEY: home.emulator.openrouter.managementKey,
        ...vault.env,
      }
      expect(await keywright(['ci', 'apply'], { cwd: clone, env })).toMatchObject({ code: 0 })
      expect(gitIn(clone)('status', '--porcelain')).toBe('')
    }
    expect(home.live()).toHaveLength(1)
    expect(vault.delivered()).toHaveLength(1)
    expect(forge.repository.tip('keywright-state')).not.toBeNull()
  })
})

describe('init --ci', () => {
  test('writes the jobs into a project that exists, overwrites nothing, and its YAML is as the examples show', async () => {
    const home = await house()
    const files = [
      '.github/workflows/keywright.yml',
      '.github/workflows/keywright-comment.yml',
      '.github/workflows/keywright-leaked.yml',
    ]
    const made = JSON.parse((await home.run('init --ci github --json')).stdout)
    expect(made).toMatchObject({ written: files })
    for (const file of files) expect(home.read(file)).toBe(readFileSync(join('examples/ci-github', file), 'utf8'))
    expect(parse(home.read(files[0] ?? ''))).toMatchObject({ jobs: { plan: { permissions: { contents: 'read' } } } })
    expect(JSON.parse((await home.run('init --ci github --json')).stdout)).toMatchObject({ written: [] })
    expect((await home.run('init --ci gitlab')).code).toBe(0)
    const jobs = '.gitlab/keywright.gitlab-ci.yml'
    expect(home.read(jobs)).toBe(readFileSync(join('examples/ci-gitlab', jobs), 'utf8'))
  })

  test('refuses a forge it does not know and a branch that a workflow cannot carry', async () => {
    const home = await house()
    expect(await home.run('init --ci jenkins')).toMatchObject({ code: 1 })
    expect(await home.run(['init', '--ci', 'github', '--branch', 'x; rm -rf /'])).toMatchObject({ code: 1 })
    expect(await home.run('ci plan --trust main')).toMatchObject({ code: 1 })
  })
})
