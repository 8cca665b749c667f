import type { Actor } from '../../core/record.ts'

/** Who makes this run, as far as the environment tells: the CI job, or the user of this machine. */
export function actorOf(env: Readonly<Record<string, string | undefined>>): Actor {
  const commit = env.GITHUB_SHA ?? env.CI_COMMIT_SHA
  const runUrl = runUrlOf(env)
  return {
    who: plain(env.GITHUB_ACTOR ?? env.GITLAB_USER_LOGIN ?? env.USER ?? env.USERNAME ?? 'unknown'),
    ...(runUrl === undefined ? {} : { runUrl: plain(runUrl) }),
    ...(commit === undefined ? {} : { commit: plain(commit) }),
  }
}

function runUrlOf(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env
  if (server && repository && run) return `${server}/${repository}/actions/runs/${run}`
  return env.CI_JOB_URL
}

/** It ends up in records and on screens. */
function plain(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)
}
