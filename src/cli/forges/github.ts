/** GitHub: one comment on a pull request, a check run that keeps the digest, and a branch for snapshots (REST API 2022-11-28). */
import { readFile } from 'node:fs/promises'
import { KeywrightError } from '../../core/diagnostic.ts'
import { parseJson } from '../../io/http/json.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Shell } from '../shell/command.ts'
import { digestIn, type Forge, type Kept, SNAPSHOT_BRANCH, type Verdict } from './forge.ts'
import { fieldsOf, needed, rows, type Wire, wire } from './wire.ts'

export function github(env: Shell['env'], clock: Clock): Forge {
  const repository = needed(env, 'GITHUB_REPOSITORY', 'GitHub Actions sets it.')
  const api = wire({
    name: 'GitHub',
    root: env.GITHUB_API_URL ?? 'https://api.github.com',
    token: needed(env, 'GITHUB_TOKEN', 'Give the step the token of the job.'),
    clock,
    headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
    permission: permissionFor,
  })
  const at = `/repos/${repository}`
  const event = (): Promise<PullRequest> => pullRequestOf(env.GITHUB_EVENT_PATH, repository)
  return {
    kind: 'github',
    comment: async (marker, body) => comment({ api, at, number: (await event()).number }, marker, body),
    headOf: async () => (await event()).head,
    mayWrite: async () => env.GITHUB_EVENT_NAME !== 'pull_request' || !(await event()).isStrangers,
    tip: () => tipOf(api, at, env.GITHUB_REF ?? ''),
    mark: async (verdict) =>
      void (await api.call('POST', `${at}/check-runs`, { body: checkRun((await event()).head, verdict) })),
    digestOf: (commit, check) => digestOf({ api, at, check }, commit),
    keep: (snapshot) => keep(api, at, snapshot),
    close: () => api.close(),
  }
}

function permissionFor(path: string): string {
  const scope = path.includes('/check-runs') ? 'checks' : path.includes('/issues/') ? 'pull-requests' : 'contents'
  return `permissions: { ${scope}: write }   in the job of the workflow`
}

interface PullRequest {
  readonly number: number
  readonly head: string
  /** From a fork, or from Dependabot: for these `pull_request` gives a token that reads. */
  readonly isStrangers: boolean
}

/** Of the event the job runs for. Throws `CI_FORGE_MISSING` for an event without a pull request. */
async function pullRequestOf(path: string | undefined, repository: string): Promise<PullRequest> {
  const event = fieldsOf(parseJson(await readFile(path ?? '', 'utf8').catch(() => '')))
  const { number, head, user } = fieldsOf(event.pull_request)
  const { sha, repo } = fieldsOf(head)
  const isStrangers =
    fieldsOf(user).login === 'dependabot[bot]' || (repo !== undefined && fieldsOf(repo).full_name !== repository)
  if (typeof number === 'number' && typeof sha === 'string') return { number, head: sha, isStrangers }
  throw new KeywrightError('CI_FORGE_MISSING', {
    message: 'The event of this job has no pull request, so there is nothing to comment on.',
    hint: 'on: pull_request_target   in the workflow, or keywright ci plan',
  })
}

/** Jobs of tags and of pull requests are about no branch that moves on. */
async function tipOf(api: Wire, at: string, ref: string): Promise<string | null> {
  if (!ref.startsWith('refs/heads/')) return null
  const { body, status } = await api.call('GET', `${at}/git/ref/${ref.slice(5)}`, { also: [404] })
  return status === 404 ? null : shaIn(fieldsOf(body).object)
}

interface Thread {
  readonly api: Wire
  readonly at: string
  readonly number: number
}

const MOST_PAGES = 30

/** Only a bot's comment is replaced: somebody else's with our marker in it could be changed again by its author. */
async function comment({ api, at, number }: Thread, marker: string, body: string): Promise<void> {
  const found = await ours({ api, at, number }, marker)
  if (found === null) await api.call('POST', `${at}/issues/${number}/comments`, { body: { body } })
  else await api.call('PATCH', `${at}/issues/comments/${found}`, { body: { body } })
}

async function ours({ api, at, number }: Thread, marker: string): Promise<number | null> {
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { body } = await api.call('GET', `${at}/issues/${number}/comments?per_page=100&page=${page}`)
    const comments = rows(body)
    const found = comments.find((one) => fieldsOf(one.user).type === 'Bot' && `${one.body}`.startsWith(marker))
    if (typeof found?.id === 'number') return found.id
    if (comments.length < 100) return null
  }
  return null
}

/** At most 65,535 characters of summary are kept (documented, read 2026-11-28). */
const LONGEST = 60_000

function checkRun(head: string, { check, digest, isGood, title, summary }: Verdict): Readonly<Record<string, unknown>> {
  return {
    name: check,
    head_sha: head,
    status: 'completed',
    conclusion: isGood ? 'success' : 'failure',
    ...(digest === null ? {} : { external_id: digest }),
    output: { title: title.slice(0, 250), summary: summary.slice(0, LONGEST) },
  }
}

interface Checked {
  readonly api: Wire
  readonly at: string
  readonly check: string
}

/** Check runs of GitHub Actions only: other apps may use the same name. */
async function digestOf({ api, at, check }: Checked, commit: string): Promise<string | null> {
  const pulls = rows((await api.call('GET', `${at}/commits/${commit}/pulls`)).body)
  const merged = pulls.find(({ merge_commit_sha: sha }) => sha === commit) ?? pulls.find((pull) => pull.merged_at)
  const { sha } = fieldsOf(merged?.head)
  if (typeof sha !== 'string') return null
  const query = `check_name=${encodeURIComponent(check)}&filter=latest`
  const { body } = await api.call('GET', `${at}/commits/${sha}/check-runs?${query}`)
  const run = rows(fieldsOf(body).check_runs).find((one) => fieldsOf(one.app).slug === 'github-actions')
  return digestIn(run?.external_id)
}

/** One commit on top of the branch; whoever was faster is put below. */
async function keep(api: Wire, at: string, { path, text }: Kept): Promise<void> {
  const blob = shaIn((await api.call('POST', `${at}/git/blobs`, { body: { content: text, encoding: 'utf-8' } })).body)
  for (let attempt = 1; ; attempt++) {
    const { body, status } = await api.call('GET', `${at}/git/ref/heads/${SNAPSHOT_BRANCH}`, { also: [404] })
    const head = status === 404 ? null : shaIn(fieldsOf(body).object)
    const next = await commitOf({ api, at, head }, path, blob)
    const moved = await move({ api, at, head }, next)
    if (moved) return
    if (attempt === 5) throw contended()
  }
}

interface Tip {
  readonly api: Wire
  readonly at: string
  readonly head: string | null
}

async function commitOf({ api, at, head }: Tip, path: string, blob: string): Promise<string> {
  const tree = [{ path, mode: '100644', type: 'blob', sha: blob }]
  const base =
    head === null ? {} : { base_tree: shaIn(fieldsOf((await api.call('GET', `${at}/git/commits/${head}`)).body).tree) }
  const { body } = await api.call('POST', `${at}/git/trees`, { body: { ...base, tree } })
  const parents = head === null ? [] : [head]
  const message = `keywright: snapshot ${path}`
  return shaIn((await api.call('POST', `${at}/git/commits`, { body: { message, tree: shaIn(body), parents } })).body)
}

/** False when the branch moved meanwhile. */
async function move({ api, at, head }: Tip, sha: string): Promise<boolean> {
  const also = [409, 422]
  const ref = `refs/heads/${SNAPSHOT_BRANCH}`
  const { status } =
    head === null
      ? await api.call('POST', `${at}/git/refs`, { body: { ref, sha }, also })
      : await api.call('PATCH', `${at}/git/${ref}`, { body: { sha, force: false }, also })
  return !also.includes(status)
}

function shaIn(body: unknown): string {
  const { sha } = fieldsOf(body)
  if (typeof sha === 'string') return sha
  throw new KeywrightError('CI_FORGE_UNREACHABLE', {
    message: 'GitHub answers something else than it documents.',
    hint: 'run the job again',
    retryable: true,
  })
}

function contended(): KeywrightError {
  return new KeywrightError('CI_FORGE_UNREACHABLE', {
    message: `The branch ${SNAPSHOT_BRANCH} moves faster than a snapshot can be put into it.`,
    hint: 'concurrency: keywright   in the workflow, then run the job again',
    retryable: true,
  })
}
