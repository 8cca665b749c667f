import { execFile } from 'node:child_process'
import { realpath, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { KeywrightError } from '../core/diagnostic.ts'
import { errorCode } from './private-files.ts'

/**
 * Those of `paths` (relative to `root`) that git would track: in a repository, and not ignored or already in the index. The
 * files need not exist. Without a repository, or without git, nothing is tracked. One git process per repository; its hooks and
 * the caller's GIT_DIR have no say. Throws a retryable `SINK_UNREACHABLE` when git cannot answer.
 */
export async function wouldTrack(root: string, paths: readonly string[]): Promise<string[]> {
  const byRepository = new Map<string, { path: string; real: string }[]>()
  for (const path of paths) {
    const real = await realOf(resolve(root, path))
    const repository = await repositoryOf(dirname(real))
    if (repository === null) continue
    const group = byRepository.get(repository) ?? []
    byRepository.set(repository, group)
    group.push({ path, real: relative(repository, real).split(sep).join('/') })
  }
  const tracked = new Set<string>()
  for (const [repository, group] of byRepository) {
    const ignored = await ignoredIn(repository, [...new Set(group.map((each) => each.real))])
    for (const { path, real } of group) if (!ignored.has(real)) tracked.add(path)
  }
  return paths.filter((path) => tracked.has(path))
}

/** The path without symbolic links, as far as it exists. */
async function realOf(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch {
    const above = dirname(path)
    return above === path ? path : join(await realOf(above), path.slice(above.length))
  }
}

/** The nearest folder above with a `.git` of any kind (worktrees and submodules have a file there), or `null`. */
export async function repositoryOf(folder: string): Promise<string | null> {
  const found = await stat(join(folder, '.git')).catch(() => null)
  if (found !== null) return folder
  const above = dirname(folder)
  return above === folder ? null : repositoryOf(above)
}

/** `git check-ignore` leaves out what is in the index, so what it prints is ignored and not tracked. It exits with 1 for none. */
function ignoredIn(repository: string, paths: readonly string[]): Promise<ReadonlySet<string>> {
  const flags = ['-c', 'core.fsmonitor=false', '--git-dir=.git', '--work-tree=.', 'check-ignore', '--stdin', '-z']
  return new Promise((done, fail) => {
    const git = execFile('git', flags, { cwd: repository, maxBuffer: 1 << 28 }, (error, stdout) => {
      if (error === null || error.code === 1) done(new Set(stdout.split('\0').filter((path) => path !== '')))
      else if (errorCode(error) === 'ENOENT') done(new Set(paths))
      else fail(noAnswer(repository))
    })
    git.stdin?.on('error', () => undefined) // a git that ends early says why by its exit code
    git.stdin?.end(paths.map((path) => `${path}\0`).join(''))
  })
}

function noAnswer(repository: string): KeywrightError {
  return new KeywrightError('SINK_UNREACHABLE', {
    message: `git could not say which files of ${repository} it ignores`,
    hint: `git -C ${repository} status`,
    retryable: true,
  })
}
