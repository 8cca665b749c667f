/** What `doctor` says about jobs of GitLab CI. */
import { describe, expect, test } from 'vitest'
import { gitlabFiles } from '../../../src/cli/commands/init/gitlab.ts'
import { GITLAB_FILE, GITLAB_ROOT, judgeGitlab } from '../../../src/core/doctor/ci/gitlab.ts'
import { parseDocument } from '../../../src/io/yaml.ts'

const INCLUDE = `include: [{ local: ${GITLAB_FILE} }]\n`
const JOBS = gitlabFiles({ version: '0.1.0', branch: 'main', below: '' })[GITLAB_FILE] ?? ''

async function judged(root: string, jobs = JOBS) {
  const files = [[GITLAB_ROOT, root] as const, [GITLAB_FILE, jobs] as const]
  const documents = await Promise.all(
    files.map(async ([file, text]) => (await parseDocument(Buffer.from(text), { area: 'CONFIG', file })).document),
  )
  const room = { version: '0.1.0', secrets: ['OPENROUTER_MANAGEMENT_KEY'] }
  return judgeGitlab(
    documents.filter((one) => one !== null),
    room,
  )
}

test('nothing is said about jobs as init writes them, once they are included', async () => {
  expect(await judged(INCLUDE)).toMatchObject([
    { verdict: 'ok', message: expect.stringMatching(/^plan, comment, apply, leaked/) },
  ])
  expect(await judged('stages: [test]\n')).toMatchObject([
    { verdict: 'error', code: 'CI_JOB_INCOMPLETE', hint: INCLUDE.trim(), subject: `${GITLAB_ROOT}:1:1` },
  ])
})

const TRUST = '--trust "origin/$CI_DEFAULT_BRANCH" --dotenv'

describe('jobs with', () => {
  test.each([
    [
      'no resource group',
      '  resource_group: keywright          # one at a time\n',
      '',
      'CI_JOB_INCOMPLETE',
      /keywright-apply has no resource group/,
      'keywright-apply:',
    ],
    [
      'an apply that is cancelled',
      '  resource_group: keywright          # one',
      '  interruptible: true\n  resource_group: keywright          # one',
      'CI_JOB_INCOMPLETE',
      /cancels the job keywright-apply/,
      'keywright-apply:',
    ],
    [
      'an apply of every branch',
      '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_PIPELINE_SOURCE =~',
      '$CI_PIPELINE_SOURCE =~',
      'CI_JOB_EXPOSED',
      /runs keywright apply on other branches/,
      'keywright-apply:',
    ],
    [
      'the key in the job of a merge request',
      TRUST,
      `${TRUST} $OPENROUTER_MANAGEMENT_KEY`,
      'CI_JOB_EXPOSED',
      /keywright-plan runs for merge requests and has \$OPENROUTER_MANAGEMENT_KEY/,
      'keywright-plan:',
    ],
    [
      'a signed token in the job of a merge request',
      'keywright-plan:\n',
      'keywright-plan:\n  id_tokens: { VAULT: { aud: vault } }\n',
      'CI_JOB_EXPOSED',
      /keywright-plan runs for merge requests and has id_tokens/,
      'keywright-plan:',
    ],
    [
      'no trusted branch',
      `${TRUST}`,
      '--dotenv',
      'CI_JOB_EXPOSED',
      /keywright-plan names no branch/,
      'keywright-plan:',
    ],
    [
      'a change that is trusted',
      `${TRUST}`,
      '--trust "$CI_COMMIT_SHA" --dotenv',
      'CI_JOB_EXPOSED',
      /keywright-plan trusts the keywright\.yaml of the change/,
      'keywright-plan:',
    ],
    [
      'npx inside the checkout',
      '    - cd "$(mktemp -d)"\n',
      '',
      'CI_JOB_EXPOSED',
      /keywright-plan runs npx among the files of the change/,
      'keywright-plan:',
    ],
    [
      'another version',
      'keywright@0.1.0',
      'keywright@0.0.9',
      'CI_JOB_OLD',
      /runs keywright 0\.0\.9/,
      'keywright-plan:',
    ],
    [
      'the newest version',
      'keywright@0.1.0',
      'keywright@latest',
      'CI_JOB_UNPINNED',
      /fetches keywright@latest, which moves/,
      'keywright-plan:',
    ],
    [
      'a moving image',
      'image: node:20',
      'image: node:latest',
      'CI_JOB_UNPINNED',
      /keywright-plan runs in node:latest/,
      'keywright-plan:',
    ],
  ])('%s are pointed at', async (_, from, to, code, says, line) => {
    expect(JOBS).toContain(from)
    const text = JOBS.replace(from, () => to)
    const found = (await judged(INCLUDE, text)).find(({ message }) => says.test(message))
    expect(found).toMatchObject({ code, hint: expect.stringMatching(/.{5}/) })
    const [file, row] = found?.subject.split(':') ?? []
    expect([file, text.split('\n')[Number(row) - 1]]).toEqual([GITLAB_FILE, line])
  })
})

test('nothing is said where no job runs keywright', async () => {
  expect(await judged('test: { script: [npm test] }\n', 'other: { script: [echo keywright] }\n')).toEqual([])
})
