import type { Actor } from '../../core/record.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Where systems say who, which run and which commit it is; the first that is set counts. Names as documented by each, 2026-11-28. */
const WHO = ['GITHUB_ACTOR', 'GITLAB_USER_LOGIN', 'USER', 'LOGNAME', 'USERNAME'] as const
const RUNS = ['CI_JOB_URL', 'BUILDKITE_BUILD_URL', 'CIRCLE_BUILD_URL', 'BUILD_URL'] as const
const COMMITS = [
  'KEYWRIGHT_COMMIT',
  'GITHUB_SHA',
  'CI_COMMIT_SHA',
  'BUILDKITE_COMMIT',
  'CIRCLE_SHA1',
  'GIT_COMMIT',
] as const

/** Who makes this run, as far as the environment tells: the CI job, or the user of this machine. */
export function actorOf(env: Env): Actor {
  const commit = firstOf(env, COMMITS)
  const runUrl = firstOf(env, ['KEYWRIGHT_RUN_URL']) ?? actionsRun(env) ?? firstOf(env, RUNS)
  return {
    who: firstOf(env, WHO) ?? 'unknown',
    ...(runUrl === undefined ? {} : { runUrl }),
    ...(commit === undefined ? {} : { commit }),
  }
}

/** GitHub Actions tells the parts alone. */
function actionsRun({
  GITHUB_SERVER_URL: server,
  GITHUB_REPOSITORY: repository,
  GITHUB_RUN_ID: run,
}: Env): string | undefined {
  return server && repository && run ? plain(`${server}/${repository}/actions/runs/${run}`) : undefined
}

function firstOf(env: Env, names: readonly string[]): string | undefined {
  const found = names.map((name) => env[name]).find((text) => text !== undefined && text !== '')
  return found === undefined ? undefined : plain(found)
}

/** It ends up in records and on screens. */
function plain(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)
}
