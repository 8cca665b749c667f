/** Where the manifests come from: a folder that somebody else keeps, or a ref of a git repository that is followed. */
import { join, normalize } from 'node:path'
import { type Diagnostic, isKeywrightError, KeywrightError, toDiagnostic } from '../core/diagnostic.ts'
import { commitOf, gitCheckout } from '../io/git-checkout.ts'

export interface Manifests {
  /** Where keywright.yaml is looked for. */
  readonly folder: string
  readonly commit: string | null
  /** Full name of the ref; `null` for a folder, where git itself can be asked. */
  readonly ref: string | null
  /** Why these are not the newest. */
  readonly problem: Diagnostic | null
}

export interface Source {
  /** For logs and the status page. */
  readonly name: string
  /** The newest manifests that may be used. Throws when there are none at all. */
  look(): Promise<Manifests>
  /** The last manifests that were applied, where they are still at hand: for when the newest ones cannot be used. */
  before(): Promise<Manifests | null>
  /** Whether something new waits; cheap. Always false where looking is just as cheap. Never throws. */
  hasMoved(): Promise<boolean>
  /**
   * A run used this commit. `lastApplied` of other machines is checked here as well: false when the commit does not come after it.
   */
  mayApply(manifests: Manifests, lastApplied: string | null): Promise<boolean>
  applied(manifests: Manifests): Promise<void>
}

type Env = Readonly<Record<string, string | undefined>>

export function folderSource(folder: string, env: Env): Source {
  return {
    name: folder,
    look: async () => ({ folder, commit: await commitOf(folder, env), ref: null, problem: null }),
    before: async () => null,
    hasMoved: async () => false,
    mayApply: async () => true,
    applied: async () => undefined,
  }
}

export interface GitSourceOptions {
  readonly url: string
  readonly ref: string
  /** Where it is checked out. */
  readonly folder: string
  /** Folder of keywright.yaml below that. */
  readonly path: string
  /** A commit that a human allows although it does not descend; the beginning of its name. */
  readonly acceptCommit: string | null
  readonly env: Env
}

/** The usual folder, and the files of a local store in any other: a commit says where that is, so it could point at files of its own. */
function stateIn(path: string): readonly string[] {
  return [`:(literal)${normalize(join(path, '.keywright'))}`, ':(glob,icase)**/state.*.jsonl']
}

export async function gitSource(options: GitSourceOptions): Promise<Source> {
  const { url, ref, folder, path, acceptCommit, env } = options
  const git = await gitCheckout({ folder, url, ref, own: stateIn(path), env })
  const isAllowed = (commit: string): boolean => acceptCommit !== null && commit.startsWith(acceptCommit)
  let seen: string | null = null
  const use = async (commit: string, problem: Diagnostic | null): Promise<Manifests> => {
    await git.checkOut(commit)
    return { folder: join(folder, path), commit, ref: await git.refName(), problem }
  }
  return {
    name: `${url} ${ref}`,
    async look() {
      const base = await git.accepted()
      try {
        const commit = await git.fetch()
        seen = commit
        if (base === null || isAllowed(commit) || (await git.descends(commit, base))) return await use(commit, null)
        return await use(base, toDiagnostic(refusedCommit(commit, base)))
      } catch (error) {
        if (base === null || !isKeywrightError(error)) throw error
        await git.checkOut(base)
        return {
          folder: join(folder, path),
          commit: base,
          ref: ref.startsWith('refs/') ? ref : null,
          problem: toDiagnostic(error),
        }
      }
    },
    async before() {
      const base = await git.accepted()
      return base === null ? null : use(base, null)
    },
    async hasMoved() {
      const now = await git.peek().catch(() => null)
      return now !== null && now !== seen
    },
    async mayApply({ commit, problem }, lastApplied) {
      if (commit === null || lastApplied === null || problem !== null || isAllowed(commit)) return true
      return (await git.accepted()) === lastApplied || git.descends(commit, lastApplied)
    },
    applied: async ({ commit }) => {
      if (commit !== null) await git.accept(commit)
    },
  }
}

export function refusedCommit(commit: string, base: string): KeywrightError {
  return new KeywrightError('LOOP_COMMIT_REFUSED', {
    message: `the commit ${commit.slice(0, 12)} does not come after ${base.slice(0, 12)}, which was applied last`,
    hint: `keywright reconcile --accept-commit ${commit}`,
  })
}
