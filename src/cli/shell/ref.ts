/** `onlyFrom`: an environment that may only be changed from one git ref. */
import { KeywrightError } from '../../core/diagnostic.ts'
import type { Shell } from './command.ts'
import type { SoundProject } from './world.ts'

/** Throws `CLI_REF_REFUSED` when the environment is bound to another ref than the one this run is on: `known`, or what CI or git say. */
export async function assertRef(
  { env }: Pick<Shell, 'env'>,
  { config, root }: SoundProject,
  known: string | null = null,
): Promise<void> {
  const { onlyFrom, environment } = config
  if (onlyFrom === null) return
  const ref = known ?? refOfCi(env) ?? (await refOfGit(root))
  if (ref === onlyFrom) return
  throw new KeywrightError('CLI_REF_REFUSED', {
    message: `The environment ${environment} is only changed from ${onlyFrom}; this run is on ${ref ?? 'no branch'}.`,
    hint: `git switch ${onlyFrom.replace(/^refs\/heads\//, '')}`,
  })
}

function refOfCi(env: Shell['env']): string | null {
  if (env.GITHUB_REF) return env.GITHUB_REF
  if (env.CI_COMMIT_TAG) return `refs/tags/${env.CI_COMMIT_TAG}`
  return env.CI_COMMIT_BRANCH ? `refs/heads/${env.CI_COMMIT_BRANCH}` : null
}

/** What HEAD names in the nearest repository above; `null` when it is detached, or without repository or git. */
async function refOfGit(folder: string): Promise<string | null> {
  const { run, findProgram } = await import('../../io/exec.ts')
  const program = findProgram('git', folder, '/usr/local/bin:/usr/bin:/bin')
  if (program === null) return null
  const limits = { timeoutMillis: 5_000, maxOutputBytes: 4_096 }
  const ended = await run({ program, args: ['symbolic-ref', '-q', 'HEAD'], cwd: folder, env: {}, input: '', ...limits })
  return ended.kind === 'exited' && ended.code === 0 ? ended.output.trim() : null
}
