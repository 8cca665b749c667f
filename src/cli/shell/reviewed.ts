/** A plan as a reviewer gets to see it: from a snapshot, without a credential, by the keywright.yaml of a trusted branch. */
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { isKeywrightError, KeywrightError } from '../../core/diagnostic.ts'
import { repositoryOf } from '../../io/git.ts'
import { isObject, parseJson } from '../../io/http/json.ts'
import { findRoot } from '../../io/project/find.ts'
import { trustedFile } from '../../io/trusted.ts'
import { plan } from '../commands/plan.ts'
import { SNAPSHOT_BRANCH } from '../forges/forge.ts'
import type { Args, ExitCode, Flag, Shell } from './command.ts'
import { inside } from './inside.ts'
import type { Outputs } from './job.ts'

export const REVIEW_FLAGS: readonly Flag[] = [
  { flag: '--live <file>', doc: 'plan from this snapshot' },
  { flag: '--snapshot <ref>', doc: `plan from the snapshot in this git ref (origin/${SNAPSHOT_BRANCH})` },
  { flag: '--dotenv <file>', doc: 'add KEYWRIGHT_CHANGES, _GATE and _DIGEST to this file, for GitLab' },
]

export interface Reviewed {
  readonly code: ExitCode
  readonly markdown: string
  readonly outputs: Outputs
  readonly digest: string | null
  /** One line: what it comes to. */
  readonly title: string
}

/** Throws `CLI_USAGE` without --trust: an untrusted change must not choose its own guards. `SNAPSHOT_INVALID` when there is none yet. */
export async function reviewed(shell: Shell, args: Args): Promise<Reviewed> {
  if (shell.trust === null)
    throw new KeywrightError('CLI_USAGE', {
      message: 'A change is hostile input: name the branch whose keywright.yaml counts.',
      hint: 'keywright ci plan --trust origin/main',
    })
  const folder = await mkdtemp(join(tmpdir(), 'keywright-'))
  try {
    const live = await liveOf(shell, args, folder)
    const { code, text } = await inside(shell, plan, { format: 'json', flags: { live } })
    const quiet = { ...shell, env: { ...shell.env, GITHUB_ACTIONS: undefined } }
    const { text: markdown } = await inside(quiet, plan, { format: 'markdown', flags: { live } })
    return { code, markdown, ...told(parseJson(text), code) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Whatever ends with an error is blocked: somebody has to change something before it can be applied as a whole. */
function told(document: unknown, code: ExitCode): Pick<Reviewed, 'outputs' | 'digest' | 'title'> {
  const { digest, gate: open, changes } = isObject(document) ? document : {}
  const gate = code === 0 ? open : 'blocked'
  const count = Array.isArray(changes) ? changes.length : 0
  if (typeof digest !== 'string' || typeof gate !== 'string')
    return {
      outputs: { changes: '0', gate: 'blocked', digest: '' },
      digest: null,
      title: 'there is no plan',
    }
  const title = gate === 'none' ? 'nothing to do' : `${count === 1 ? '1 change' : `${count} changes`}, ${gate}`
  return { outputs: { changes: `${count}`, gate, digest }, digest, title }
}

/** File name of a project's snapshot. */
function snapshotName({ environment }: Shell): string {
  return environment === null ? 'live.json' : `live-${environment}.json`
}

/** Path of a project's snapshot in its branch: where the project is in the repository. Tells projects and environments apart. */
export async function snapshotPath(shell: Shell): Promise<string> {
  const root = await realpath(rootOf(shell))
  const top = (await repositoryOf(root)) ?? root
  return join(relative(top, root), snapshotName(shell)).split(sep).join('/')
}

function rootOf({ cwd, rooted }: Shell): string {
  return findRoot(cwd, !rooted).root ?? cwd
}

/** A key with a long history takes 5 kB. */
const LARGEST = 128 * 1024 * 1024

async function liveOf(shell: Shell, { flags }: Args, folder: string): Promise<string> {
  if (typeof flags.live === 'string') return flags.live
  const ref = typeof flags.snapshot === 'string' ? flags.snapshot : `origin/${SNAPSHOT_BRANCH}`
  const root = rootOf(shell)
  const path = join(folder, 'live.json')
  const file = { name: snapshotName(shell), folder: root, above: false, largest: LARGEST }
  try {
    const { bytes } = await trustedFile(file, { ref, path: shell.env.PATH })
    await writeFile(path, bytes, { mode: 0o600 })
    return path
  } catch (error) {
    if (!isKeywrightError(error, 'CONFIG_TRUST_REF') && !isKeywrightError(error, 'CONFIG_TRUST_MISSING')) throw error
    throw noSnapshot(ref, relative(shell.cwd, join(root, file.name)))
  }
}

function noSnapshot(ref: string, name: string): KeywrightError {
  return new KeywrightError('SNAPSHOT_INVALID', {
    message: `${ref} has no ${name}: there is no snapshot of the live keys to plan from yet, or it was not fetched.`,
    hint: `git fetch origin ${SNAPSHOT_BRANCH}   (keywright ci apply on the main branch puts it there)`,
  })
}
