/** What `doctor` says about workflows: nothing about those that init writes, and one thing about each of their ways to go wrong. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { githubFiles } from '../../../src/cli/commands/init/github.ts'
import { judgeGithub, type Room } from '../../../src/core/doctor/ci/github.ts'
import { DAY, HOUR } from '../../../src/core/time.ts'
import { parseDocument } from '../../../src/io/yaml.ts'

const MAIN = '.github/workflows/keywright.yml'
const COMMENT = '.github/workflows/keywright-comment.yml'
const LEAKED = '.github/workflows/keywright-leaked.yml'

const ROOM: Room = {
  version: '0.1.0',
  below: '',
  grace: { millis: DAY, address: 'acme/ci' },
  loops: false,
  variables: [{ for: 'The token of openrouter', names: ['OPENROUTER_MANAGEMENT_KEY'] }],
}

type Files = Readonly<Record<string, string>>
const good = (below = ''): Files => githubFiles({ version: '0.1.0', branch: 'main', below })

async function judged(files: Files, room: Partial<Room> = {}) {
  const documents = await Promise.all(
    Object.entries(files).map(async ([file, text]) => {
      const { document, diagnostics } = await parseDocument(Buffer.from(text), { area: 'CONFIG', file })
      if (document === null) throw new Error(JSON.stringify(diagnostics))
      return document
    }),
  )
  return judgeGithub(documents, { ...ROOM, ...room })
}

/** The good files with one text replaced by another. */
function changed(file: string, from: string, to: string): Files {
  const files = good()
  const text = files[file] ?? ''
  expect(text).toContain(from)
  return { ...files, [file]: text.replace(from, () => to) }
}

/** What stands at a finding. */
function lineOf(files: Files, subject: string): string {
  const [file = '', line] = subject.split(':')
  return files[file]?.split('\n')[Number(line) - 1]?.trim() ?? ''
}

test.each(['', 'infra/keys'])('nothing is said about workflows as init writes them, below %j', async (below) => {
  expect(await judged(good(below), { below })).toEqual([
    {
      area: 'ci',
      subject: '.github/workflows',
      verdict: 'ok',
      message: 'plan, comment, apply, leaked are as they should be',
    },
  ])
})

test('nothing at all is said where no workflow runs keywright', async () => {
  expect(
    await judged({ '.github/workflows/test.yml': 'on: push\njobs: { a: { steps: [{ run: npm test }] } }\n' }),
  ).toEqual([])
})

const PLAN_STEP = '{ run: plan, trust: main }'
const PLAN_PERMISSIONS = 'permissions: { contents: read }'
const COMMENT_PERMISSIONS = 'permissions: { contents: read, checks: write, pull-requests: write }'
const APPLY_PERMISSIONS = 'permissions: { contents: write, checks: read, pull-requests: read }'

interface Row {
  readonly name: string
  readonly file: string
  readonly from: string
  readonly to: string
  readonly code: string
  readonly says: RegExp
  /** What stands on the line that is pointed at. */
  readonly line: string
}

const EXPOSED: readonly Omit<Row, 'code'>[] = [
  {
    name: 'a secret in the job of a pull request',
    file: MAIN,
    from: PLAN_STEP,
    to: `${PLAN_STEP}\n        env: { KEY: "\${{ secrets.OPENROUTER_MANAGEMENT_KEY }}" }`,
    says: /plan runs for pull_request and is given the secret OPENROUTER_MANAGEMENT_KEY/,
    line: 'env: { KEY: "${{ secrets.OPENROUTER_MANAGEMENT_KEY }}" }',
  },
  {
    name: 'a secret by a computed name',
    file: MAIN,
    from: PLAN_STEP,
    to: `${PLAN_STEP}\n        env: { KEY: "\${{ secrets[format('{0}', 'A')] }}" }`,
    says: /secret of a computed name/,
    line: `env: { KEY: "\${{ secrets[format('{0}', 'A')] }}" }`,
  },
  {
    name: 'a secret of the whole workflow',
    file: COMMENT,
    from: 'permissions: {}',
    to: 'permissions: {}\nenv: { KEY: "${{ secrets.KEY }}" }',
    says: /comment runs for pull_request_target and is given the secret KEY/,
    line: 'env: { KEY: "${{ secrets.KEY }}" }',
  },
  {
    name: 'an apply before the merge',
    file: MAIN,
    from: "if: github.ref == 'refs/heads/main'",
    to: 'if: always()',
    says: /apply runs keywright apply for pull_request, before/,
    line: 'uses: keywright/keywright@v0.1.0',
  },
  {
    name: 'a token that writes, for a pull request',
    file: MAIN,
    from: PLAN_PERMISSIONS,
    to: 'permissions: { contents: write }',
    says: /plan runs for pull_request, and its token may write contents/,
    line: 'permissions: { contents: write }',
  },
  {
    name: 'a token that may write everything, for a change',
    file: COMMENT,
    from: COMMENT_PERMISSIONS,
    to: 'permissions: write-all',
    says: /its token may write \*/,
    line: 'permissions: write-all',
  },
  {
    name: 'a step that runs what the change says, beside a token that writes',
    file: COMMENT,
    from: '      - id: plan',
    to: '      - run: npm ci\n        working-directory: change\n      - id: plan',
    says: /comment runs for pull_request_target beside a checkout of the change/,
    line: '- run: npm ci',
  },
  {
    name: 'an action of the change',
    file: COMMENT,
    from: '      - id: plan',
    to: '      - uses: ./change/.github/actions/setup\n      - id: plan',
    says: /beside a checkout of the change/,
    line: '- uses: ./change/.github/actions/setup',
  },
  {
    name: 'text of people in a script',
    file: LEAKED,
    from: '        with: { run: leaked, hash: "${{ inputs.hash }}" }',
    to: '        with: { run: leaked, hash: "${{ inputs.hash }}" }\n      - run: echo ${{ inputs.hash }}',
    says: /puts \$\{\{ inputs\.hash \}\} into a script/,
    line: '- run: echo ${{ inputs.hash }}',
  },
  {
    name: 'keys of the change that are trusted',
    file: COMMENT,
    from: 'directory: change, trust: main',
    to: 'directory: change, trust: "${{ github.head_ref }}"',
    says: /trusts the keywright\.yaml of the change itself/,
    line: 'with: { run: comment, directory: change, trust: "${{ github.head_ref }}" }',
  },
  {
    name: 'a script that names no trusted branch',
    file: MAIN,
    from: `uses: keywright/keywright@v0.1.0\n        with: ${PLAN_STEP}`,
    to: 'run: cd "$RUNNER_TEMP" && npx --yes keywright@0.1.0 -C "$GITHUB_WORKSPACE" ci plan',
    says: /plan names no branch whose keywright\.yaml counts/,
    line: '- run: cd "$RUNNER_TEMP" && npx --yes keywright@0.1.0 -C "$GITHUB_WORKSPACE" ci plan',
  },
  {
    name: 'npx among the files of the change',
    file: MAIN,
    from: `uses: keywright/keywright@v0.1.0\n        with: ${PLAN_STEP}`,
    to: 'run: npx --yes keywright@0.1.0 ci plan --trust origin/main',
    says: /runs npx among the files of the change/,
    line: '- run: npx --yes keywright@0.1.0 ci plan --trust origin/main',
  },
  {
    name: 'an apply by hand from every branch',
    file: LEAKED,
    from: "    if: github.ref == 'refs/heads/main'\n",
    to: '',
    says: /leaked runs for workflow_dispatch on every branch/,
    line: 'uses: keywright/keywright@v0.1.0',
  },
]

const REST: readonly Row[] = [
  {
    name: 'no permission to push the snapshot',
    file: MAIN,
    from: APPLY_PERMISSIONS,
    to: 'permissions: { contents: read }',
    code: 'CI_JOB_INCOMPLETE',
    says: /apply lacks contents: write/,
    line: 'permissions: { contents: read }',
  },
  {
    name: 'no permission to comment',
    file: COMMENT,
    from: COMMENT_PERMISSIONS,
    to: 'permissions: { contents: read, checks: write }',
    code: 'CI_JOB_INCOMPLETE',
    says: /comment lacks pull-requests: write/,
    line: 'permissions: { contents: read, checks: write }',
  },
  {
    name: 'no concurrency group',
    file: MAIN,
    from: 'concurrency: keywright ',
    to: 'timeout-minutes: 30 ',
    code: 'CI_JOB_INCOMPLETE',
    says: /apply has no concurrency group/,
    line: 'apply:',
  },
  {
    name: 'an apply that is cancelled',
    file: MAIN,
    from: 'concurrency: keywright ',
    to: 'concurrency: { group: keywright, cancel-in-progress: true } ',
    code: 'CI_JOB_INCOMPLETE',
    says: /cancels the job apply in the middle/,
    line: 'concurrency: { group: keywright, cancel-in-progress: true }',
  },
  {
    name: 'a group for each push',
    file: MAIN,
    from: 'concurrency: keywright ',
    to: 'concurrency: "keys-${{ github.sha }}" ',
    code: 'CI_JOB_INCOMPLETE',
    says: /another one for each push/,
    line: 'concurrency: "keys-${{ github.sha }}"',
  },
  {
    name: 'no timer',
    file: MAIN,
    from: '  schedule: [{ cron: "17 * * * *" }]\n',
    to: '',
    code: 'CI_JOB_INCOMPLETE',
    says: /apply runs on no timer/,
    line: 'on:',
  },
  {
    name: 'a timer slower than half of a grace',
    file: MAIN,
    from: '17 * * * *',
    to: '17 4 * * *',
    code: 'CI_JOB_INCOMPLETE',
    says: /apply may wait 1d .* acme\/ci ends 1d after a rotation: it should run at least every 12h/,
    line: 'schedule: [{ cron: "17 4 * * *" }]',
  },
  {
    name: 'a timer that never comes',
    file: MAIN,
    from: '17 * * * *',
    to: '61 * * * *',
    code: 'CI_JOB_INCOMPLETE',
    says: /no cron expression that ever runs/,
    line: 'schedule: [{ cron: "61 * * * *" }]',
  },
  {
    name: 'no credential',
    file: MAIN,
    from: '          OPENROUTER_MANAGEMENT_KEY:',
    to: '          OTHER_KEY:',
    code: 'CI_JOB_INCOMPLETE',
    says: /The token of openrouter is read from OPENROUTER_MANAGEMENT_KEY, which the job apply does not give/,
    line: 'uses: keywright/keywright@v0.1.0',
  },
  {
    name: 'a comment on the branch as it is',
    file: COMMENT,
    from: 'ref: "refs/pull/${{ github.event.pull_request.number }}/merge", ',
    to: '',
    code: 'CI_JOB_INCOMPLETE',
    says: /never checks the change out/,
    line: 'uses: keywright/keywright@v0.1.0',
  },
  {
    name: 'another branch that is trusted',
    file: COMMENT,
    from: 'trust: main',
    to: 'trust: develop',
    code: 'CI_JOB_INCOMPLETE',
    says: /plans by the keywright\.yaml of develop, and main is applied/,
    line: 'with: { run: comment, directory: change, trust: develop }',
  },
  {
    name: 'secrets in no environment',
    file: LEAKED,
    from: '    environment: keywright\n',
    to: '',
    code: 'CI_JOB_EXPOSED',
    says: /The secrets of the job leaked are in no environment/,
    line: 'leaked:',
  },
  {
    name: 'a token beside the files of the change',
    file: COMMENT,
    from: ', persist-credentials: false',
    to: '',
    code: 'CI_JOB_EXPOSED',
    says: /leaves the token of the job beside/,
    line: '- uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683   # v4.2.2',
  },
  {
    name: 'an action of others by a tag',
    file: LEAKED,
    from: 'actions/setup-node@49933ea5288caeca8642d1e84afbd3f7d6820020   # v4.4.0',
    to: 'actions/setup-node@v4',
    code: 'CI_JOB_UNPINNED',
    says: /actions\/setup-node: v4 may be another program tomorrow, and this job holds secrets/,
    line: '- uses: actions/setup-node@v4',
  },
  {
    name: 'keywright by a branch',
    file: MAIN,
    from: 'keywright/keywright@v0.1.0',
    to: 'keywright/keywright@main',
    code: 'CI_JOB_UNPINNED',
    says: /keywright\/keywright: main moves/,
    line: '- uses: keywright/keywright@main',
  },
  {
    name: 'another version',
    file: MAIN,
    from: 'keywright/keywright@v0.1.0',
    to: 'keywright/keywright@v0.0.9',
    code: 'CI_JOB_OLD',
    says: /runs keywright 0\.0\.9, and this is 0\.1\.0/,
    line: '- uses: keywright/keywright@v0.0.9',
  },
]

describe('a workflow with', () => {
  test.each([...EXPOSED.map((row) => ({ code: 'CI_JOB_EXPOSED', ...row })), ...REST])(
    '$name is pointed at, with what to write',
    async ({ file, from, to, code, says, line }) => {
      const files = changed(file, from, to)
      const wrong = (await judged(files)).filter(({ verdict }) => verdict !== 'ok')
      const found = wrong.filter(({ message }) => says.test(message))
      expect(found.map((one) => one.code)).toEqual([code])
      expect(found[0]?.hint?.length).toBeGreaterThan(5)
      expect(lineOf(files, found[0]?.subject ?? '')).toContain(line.replace(/^- /, ''))
      expect(found[0]?.subject).toMatch(/:\d+:\d+$/)
    },
  )
})

test('a digest is looked up with permissions of its own', async () => {
  const files = changed(MAIN, APPLY_PERMISSIONS, 'permissions: { contents: write }')
  expect(await judged(files)).toMatchObject([{ verdict: 'ok' }])
  const byDigest = { ...files, [MAIN]: files[MAIN]?.replace('{ run: apply }', '{ run: apply, approve: digest }') ?? '' }
  expect(await judged(byDigest)).toMatchObject([
    { code: 'CI_JOB_INCOMPLETE', message: expect.stringContaining('lacks checks: read, pull-requests: read') },
  ])
})

test.each([
  [COMMENT, 'No workflow comments on pull requests'],
  [LEAKED, 'No workflow ends a leaked key from a phone.'],
])('without %s it is said what is missing', async (file, says) => {
  const { [file]: _, ...rest } = good()
  expect(await judged(rest)).toEqual([
    expect.objectContaining({ verdict: 'warning', code: 'CI_JOB_INCOMPLETE', message: expect.stringContaining(says) }),
  ])
})

test('the small workflow of examples/shared-state lacks the jobs it does not have, and nothing else', async () => {
  const text = readFileSync('examples/shared-state/workflow.yml', 'utf8')
  const said = await judged({ '.github/workflows/keys.yml': text })
  expect(said.map(({ message }) => message.replace(/^No workflow (\w+) .*$/, '$1'))).toEqual([
    'plans',
    'comments',
    'ends',
  ])
})

test('the timer may be in another workflow, or be something that keywright.yaml declares', async () => {
  const pushed = changed(MAIN, '  schedule: [{ cron: "17 * * * *" }]\n', '')
  const timer = good()[MAIN]?.replace('  push: { branches: [main] }\n', '').replace('  pull_request:\n', '') ?? ''
  expect(await judged({ ...pushed, '.github/workflows/timer.yml': timer })).toMatchObject([{ verdict: 'ok' }])
  expect(await judged(pushed, { loops: true })).toMatchObject([{ verdict: 'ok' }])
  expect(await judged(pushed)).toMatchObject([{ code: 'CI_JOB_INCOMPLETE' }])
})

test('a workflow of another project of the repository is no job of this one', async () => {
  expect(await judged(good('other'), { below: 'infra' })).toEqual([])
})

test.each([
  ['17 * * * *', 2 * HOUR, true],
  ['*/30 * * * *', HOUR, true],
  ['0 */12 * * *', DAY, true],
  ['0 */12 * * *', DAY - HOUR, false],
  ['0 8,20 * * 1-5', 5 * DAY, true],
  ['0 8,20 * * 1-5', 4 * DAY, false],
  ['0 0 1,15 * mon', 14 * DAY, true],
  ['0 0 1 1 *', 700 * DAY, false],
  ['0 0 1 1 *', 730 * DAY, true],
])('the timer %s is often enough for a grace of %i ms: %s', async (cron, millis, isFine) => {
  const files = changed(MAIN, '17 * * * *', cron)
  const said = await judged(files, { grace: { millis, address: 'acme/ci' } })
  expect(said.some(({ message }) => message.includes('for its next turn'))).toBe(!isFine)
})
