/** GitLab: one note on a merge request, a commit status that keeps the digest, and a branch for snapshots (REST API v4). */
import type { Clock } from '../../ports/clock.ts'
import type { Shell } from '../shell/command.ts'
import { digestIn, type Forge, type Kept, SNAPSHOT_BRANCH, type Verdict } from './forge.ts'
import { fieldsOf, needed, rows, type Wire, wire } from './wire.ts'

const TOKEN = 'KEYWRIGHT_GITLAB_TOKEN'

export function gitlab(env: Shell['env'], clock: Clock): Forge {
  const api = wire({
    name: 'GitLab',
    root: needed(env, 'CI_API_V4_URL', 'GitLab CI sets it.'),
    token: needed(
      env,
      TOKEN,
      'CI_JOB_TOKEN may neither comment nor write a branch: a project access token with the scope api can.',
    ),
    clock,
    permission: () => `a project access token with the scope api, as ${TOKEN}`,
  })
  const at = `/projects/${encodeURIComponent(needed(env, 'CI_PROJECT_ID', 'GitLab CI sets it.'))}`
  const iid = (): string => needed(env, 'CI_MERGE_REQUEST_IID', 'The job has to run for a merge request.')
  return {
    kind: 'gitlab',
    comment: (marker, body) => comment(api, `${at}/merge_requests/${iid()}/notes`, { marker, body }),
    // The runner checks out the commit of the pipeline itself, and without a token there is no job that comments.
    headOf: async () => null,
    mayWrite: async () => true,
    tip: () => tipOf(api, at, env.CI_COMMIT_BRANCH ?? ''),
    mark: (verdict) => mark(api, `${at}/statuses/${needed(env, 'CI_COMMIT_SHA', 'GitLab CI sets it.')}`, verdict),
    digestOf: (commit, check) => digestOf({ api, at, check }, commit),
    keep: (snapshot) => keep({ api, at, from: env.CI_COMMIT_SHA ?? '' }, snapshot),
    close: () => api.close(),
  }
}

/** Jobs of tags and of merge requests are about no branch that moves on. */
async function tipOf(api: Wire, at: string, branch: string): Promise<string | null> {
  if (branch === '') return null
  const path = `${at}/repository/branches/${encodeURIComponent(branch)}`
  const { body } = await api.call('GET', path, { also: [404] })
  const { id } = fieldsOf(fieldsOf(body).commit)
  return typeof id === 'string' ? id : null
}

const MOST_PAGES = 30

/** Only our own note is replaced. */
async function comment(
  api: Wire,
  path: string,
  { marker, body }: { readonly marker: string; readonly body: string },
): Promise<void> {
  const { id: self } = fieldsOf((await api.call('GET', '/user')).body)
  for (let page = 1; page <= MOST_PAGES; page++) {
    const notes = rows((await api.call('GET', `${path}?per_page=100&page=${page}`)).body)
    const found = notes.find((note) => fieldsOf(note.author).id === self && `${note.body}`.startsWith(marker))
    if (found !== undefined) return void (await api.call('PUT', `${path}/${found.id}`, { body: { body } }))
    if (notes.length < 100) break
  }
  await api.call('POST', path, { body: { body } })
}

/** A description has at most 255 characters (documented, read 2026-11-28). */
async function mark(api: Wire, path: string, { check, digest, isGood, title }: Verdict): Promise<void> {
  const description = [digest ?? '', title].join(' ').trim().slice(0, 255)
  await api.call('POST', path, { body: { state: isGood ? 'success' : 'failed', name: check, description } })
}

interface Checked {
  readonly api: Wire
  readonly at: string
  readonly check: string
}

async function digestOf({ api, at, check }: Checked, commit: string): Promise<string | null> {
  const requests = rows((await api.call('GET', `${at}/repository/commits/${commit}/merge_requests`)).body)
  const isIt = (one: Readonly<Record<string, unknown>>): boolean =>
    one.merge_commit_sha === commit || one.squash_commit_sha === commit || one.sha === commit
  const merged = requests.find((one) => one.state === 'merged' && isIt(one))
  if (typeof merged?.sha !== 'string') return null
  const query = `name=${encodeURIComponent(check)}&per_page=100`
  const statuses = rows((await api.call('GET', `${at}/repository/commits/${merged.sha}/statuses?${query}`)).body)
  const newest = statuses.toSorted((a, b) => Number(b.id) - Number(a.id))[0]
  return digestIn(newest?.description)
}

interface Room {
  readonly api: Wire
  readonly at: string
  /** Commit that a new branch starts from: GitLab makes none without a parent. */
  readonly from: string
}

async function keep({ api, at, from }: Room, { path, text }: Kept): Promise<void> {
  const branch = SNAPSHOT_BRANCH
  const { status } = await api.call('GET', `${at}/repository/branches/${branch}`, { also: [404] })
  const file = `${at}/repository/files/${encodeURIComponent(path)}?ref=${branch}`
  const isThere = status !== 404 && (await api.call('GET', file, { also: [404] })).status !== 404
  const actions = [{ action: isThere ? 'update' : 'create', file_path: path, content: text }]
  const start = status === 404 ? { start_sha: from } : {}
  const commit_message = `keywright: snapshot ${path} [skip ci]`
  await api.call('POST', `${at}/repository/commits`, { body: { branch, ...start, commit_message, actions } })
}
