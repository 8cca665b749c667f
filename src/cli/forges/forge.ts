/**
 * What a CI job says to the place where a change is reviewed: GitHub or GitLab, as the environment of the job tells. The token goes only to
 * the API that the runner itself names, and nothing of the repository has a say in that.
 */
import { KeywrightError } from '../../core/diagnostic.ts'
import type { Shell } from '../shell/command.ts'

/**
 * Name of the check run (GitHub) or commit status (GitLab) that keeps the digest of a plan: one for each project and environment of a
 * repository, which are told apart by the path of their snapshot.
 */
export function checkName(snapshot: string): string {
  const [, folder = '', environment = ''] = /^(?:(.*)\/)?live(?:-(.*))?\.json$/.exec(snapshot) ?? []
  const which = [folder, environment].filter((part) => part !== '').join(' ')
  return which === '' ? 'keywright plan' : `keywright plan (${which.replace(/[^\w./ -]/g, '_').slice(0, 100)})`
}

/** Branch that holds the last snapshot of each project of a repository. */
export const SNAPSHOT_BRANCH = 'keywright-snapshot'

export interface Verdict {
  /** By `checkName`. */
  readonly check: string
  /** Of the authored decisions; `null` when there is no plan. */
  readonly digest: string | null
  readonly isGood: boolean
  /** One line: what it comes to. */
  readonly title: string
  /** Markdown. */
  readonly summary: string
}

export interface Kept {
  /** Path in the branch, such as `infra/live.json`. */
  readonly path: string
  readonly text: string
}

/** Each call throws `CI_FORGE_REFUSED` with the permission to add, or `CI_FORGE_UNREACHABLE` (retryable). */
export interface Forge {
  readonly kind: 'github' | 'gitlab'
  /** Writes the one comment that begins with `marker` on the change under review, or replaces our earlier one. */
  comment(marker: string, body: string): Promise<void>
  /** Head of the change under review, as the event of the job says; `null` where the runner checks out nothing else. */
  headOf(): Promise<string | null>
  /** False where the forge gives a job for a stranger's change no token that writes. */
  mayWrite(): Promise<boolean>
  /** Commit at which the branch of this job is by now; `null` when the job is about no branch. */
  tip(): Promise<string | null>
  /** Marks the head of the change under review. */
  mark(verdict: Verdict): Promise<void>
  /** Digest that a check of this name keeps on the head of the change that became this commit; `null` when there is none. */
  digestOf(commit: string, check: string): Promise<string | null>
  /** Puts one file into the snapshot branch and leaves the others there alone. */
  keep(snapshot: Kept): Promise<void>
  close(): Promise<void>
}

/** The forge this job runs in. Throws `CI_FORGE_MISSING`. */
export async function openForge({ env, clock }: Shell): Promise<Forge> {
  if (env.GITHUB_ACTIONS === 'true') return (await import('./github.ts')).github(env, clock)
  if (env.GITLAB_CI === 'true') return (await import('./gitlab.ts')).gitlab(env, clock)
  throw new KeywrightError('CI_FORGE_MISSING', {
    message: 'This is no job of GitHub Actions or GitLab CI: neither GITHUB_ACTIONS nor GITLAB_CI is "true".',
    hint: 'keywright plan   or keywright apply, which work everywhere',
  })
}

const DIGEST = /sha256:[0-9a-f]{64}/

export function digestIn(text: unknown): string | null {
  return typeof text === 'string' ? (DIGEST.exec(text)?.[0] ?? null) : null
}
