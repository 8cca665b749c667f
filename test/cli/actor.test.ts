import { expect, test } from 'vitest'
import { actorOf } from '../../src/cli/shell/actor.ts'

test.each([
  ['nothing', {}, { who: 'unknown' }],
  ['a person', { USER: 'ann' }, { who: 'ann' }],
  ['cron', { LOGNAME: 'keywright' }, { who: 'keywright' }],
  [
    'GitHub Actions',
    {
      USER: 'runner',
      GITHUB_ACTOR: 'ann',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'acme/keys',
      GITHUB_RUN_ID: '7',
      GITHUB_SHA: 'c0ffee',
    },
    { who: 'ann', runUrl: 'https://github.com/acme/keys/actions/runs/7', commit: 'c0ffee' },
  ],
  [
    'GitLab CI',
    { GITLAB_USER_LOGIN: 'ann', CI_JOB_URL: 'https://gitlab.com/acme/keys/-/jobs/7', CI_COMMIT_SHA: 'c0ffee' },
    { who: 'ann', runUrl: 'https://gitlab.com/acme/keys/-/jobs/7', commit: 'c0ffee' },
  ],
  [
    'Jenkins',
    { USER: 'jenkins', BUILD_URL: 'https://ci.acme.example/job/keys/7/', GIT_COMMIT: 'c0ffee' },
    { who: 'jenkins', runUrl: 'https://ci.acme.example/job/keys/7/', commit: 'c0ffee' },
  ],
  [
    'a cron job that says so, and hostile text',
    {
      USER: 'keywright',
      KEYWRIGHT_COMMIT: 'c0\u001b[2Jffee',
      KEYWRIGHT_RUN_URL: 'https://logs.acme.example/7',
      CI_JOB_URL: '',
    },
    { who: 'keywright', runUrl: 'https://logs.acme.example/7', commit: 'c0?[2Jffee' },
  ],
])('%s tells who acts', (_, env, actor) => {
  expect(actorOf(env)).toEqual(actor)
})
