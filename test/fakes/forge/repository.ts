/** A bare repository as GitHub and GitLab keep one: what their APIs do to it is done by git itself, so that a fetch sees it. */
import { execFileSync } from 'node:child_process'

export interface Repository {
  readonly path: string
  git(args: readonly string[], input?: string): string
  /** Commit of a branch, `null` when there is none. */
  tip(branch: string): string | null
  /** Text of a file in a commit or branch, `null` when there is none. */
  text(ref: string, path: string): string | null
}

const WHO = ['-c', 'user.name=forge', '-c', 'user.email=forge@example.com']

export function bareRepository(path: string): Repository {
  const env = { PATH: process.env.PATH ?? '', HOME: path, GIT_CONFIG_NOSYSTEM: '1' }
  const git = (args: readonly string[], input = ''): string =>
    execFileSync('git', [...WHO, ...args], {
      env,
      cwd: path,
      encoding: 'utf8',
      input,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
  const orNull = (work: () => string): string | null => {
    try {
      return work()
    } catch {
      return null
    }
  }
  execFileSync('git', ['init', '-q', '--bare', '-b', 'main', path], { env })
  return {
    path,
    git,
    tip: (branch) => orNull(() => git(['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`]).trim()),
    text: (ref, file) => orNull(() => git(['cat-file', 'blob', `${ref}:${file}`])),
  }
}
