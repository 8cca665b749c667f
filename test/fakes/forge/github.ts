/** Comments, check runs, pull requests and git data of a GitHub (docs.github.com, API version 2022-11-28, read 2026-11). */
import { type Asked, json, type Reply, type Web, web } from '../web.ts'
import { bareRepository, type Repository } from './repository.ts'

export interface Comment {
  readonly id: number
  readonly user: { readonly login: string; readonly type: 'Bot' | 'User' }
  body: string
}

export interface CheckRun {
  readonly id: number
  readonly name: string
  readonly head_sha: string
  readonly conclusion: string
  readonly external_id?: string
  readonly output: { readonly title: string; readonly summary: string }
  readonly app: { readonly slug: string }
}

export interface Pull {
  readonly number: number
  head: { sha: string }
  merged_at: string | null
  merge_commit_sha: string | null
}

export interface ForgeFake extends Web {
  readonly token: string
  readonly repository: Repository
  readonly comments: Comment[]
  readonly checks: CheckRun[]
  readonly pulls: Map<number, Pull>
  /** Permissions that the token of the job has. */
  readonly may: Set<'contents' | 'checks' | 'pull-requests'>
}

const REFUSED = json(403, { message: 'Resource not accessible by integration' })
const MISSING = json(404, { message: 'Not Found' })

export async function githubForge(folder: string): Promise<ForgeFake> {
  const server = await web((asked) => route(fake, asked))
  const fake: ForgeFake = Object.assign(server, {
    token: 'ghs_token_of_the_job',
    repository: bareRepository(folder),
    comments: [],
    checks: [],
    pulls: new Map<number, Pull>(),
    may: new Set(['contents', 'checks', 'pull-requests'] as const),
  })
  return fake
}

function route(fake: ForgeFake, asked: Asked): Reply {
  if (asked.headers.authorization !== `Bearer ${fake.token}`) return json(401, { message: 'Bad credentials' })
  const path = asked.path.replace(/^\/api\/v3/, '').replace(/^\/repos\/acme\/keys/, '')
  const reply = issues(fake, asked, path) ?? checks(fake, asked, path) ?? data(fake, asked, path)
  return reply ?? MISSING
}

function issues({ comments, pulls, may }: ForgeFake, { method, json: body, query }: Asked, path: string): Reply | null {
  const [, number] = /^\/issues\/(\d+)\/comments$/.exec(path) ?? []
  const [, id] = /^\/issues\/comments\/(\d+)$/.exec(path) ?? []
  if (number === undefined && id === undefined) return null
  if (method === 'GET') {
    const from = (Number(query.get('page') ?? 1) - 1) * Number(query.get('per_page') ?? 30)
    return json(200, comments.slice(from, from + Number(query.get('per_page') ?? 30)))
  }
  if (!may.has('pull-requests')) return REFUSED
  if (number !== undefined && !pulls.has(Number(number))) return MISSING
  if (method === 'POST') return json(201, added(comments, `${body.body}`))
  const found = comments.find((comment) => comment.id === Number(id))
  if (!found) return MISSING
  found.body = `${body.body}`
  return json(200, found)
}

function added(comments: Comment[], body: string): Comment {
  const comment = { id: comments.length + 1, user: { login: 'github-actions[bot]', type: 'Bot' as const }, body }
  comments.push(comment)
  return comment
}

function checks(
  { checks: all, pulls, may }: ForgeFake,
  { method, json: body, query }: Asked,
  path: string,
): Reply | null {
  if (method === 'POST' && path === '/check-runs') {
    if (!may.has('checks')) return REFUSED
    all.push({ ...(body as unknown as CheckRun), id: all.length + 1, app: { slug: 'github-actions' } })
    return json(201, { id: all.length })
  }
  const [, commit, what] = /^\/commits\/([0-9a-f]{40})\/(pulls|check-runs)$/.exec(path) ?? []
  if (what === 'pulls')
    return json(
      200,
      [...pulls.values()].filter((pull) => pull.merge_commit_sha === commit),
    )
  if (what !== 'check-runs') return null
  const named = all.filter((run) => run.head_sha === commit && run.name === query.get('check_name'))
  return json(200, { total_count: named.length, check_runs: named.toReversed() })
}

function data({ repository, may }: ForgeFake, { method, json: body }: Asked, path: string): Reply | null {
  const { git } = repository
  const [, branch] = /^\/git\/refs?\/heads\/(.+)$/.exec(path) ?? []
  const [, commit] = /^\/git\/commits\/([0-9a-f]{40})$/.exec(path) ?? []
  if (method === 'GET' && branch !== undefined) {
    const sha = repository.tip(branch)
    return sha === null ? MISSING : json(200, { ref: `refs/heads/${branch}`, object: { type: 'commit', sha } })
  }
  if (method === 'GET' && commit !== undefined)
    return json(200, { sha: commit, tree: { sha: git(['rev-parse', `${commit}^{tree}`]).trim() } })
  if (!may.has('contents')) return REFUSED
  const made = (sha: string): Reply => json(201, { sha: sha.trim() })
  switch (`${method} ${path}`) {
    case 'POST /git/blobs':
      return made(git(['hash-object', '-w', '--stdin'], `${body.content}`))
    case 'POST /git/trees':
      return made(treeOf(repository, body))
    case 'POST /git/commits': {
      const parents = (body.parents as string[]).flatMap((parent) => ['-p', parent])
      return made(git(['commit-tree', `${body.tree}`, ...parents, '-m', `${body.message}`]))
    }
    case 'POST /git/refs':
      return moved(repository, { ref: `${body.ref}`, sha: `${body.sha}`, onto: '0'.repeat(40) })
    default:
      if (method !== 'PATCH' || branch === undefined) return null
      return moved(repository, { ref: `refs/heads/${branch}`, sha: `${body.sha}`, onto: `${repository.tip(branch)}` })
  }
}

/** One file more or another one, wherever it is. */
function treeOf({ git }: Repository, body: Asked['json']): string {
  const [entry] = body.tree as { path: string; mode: string; sha: string }[]
  git(['read-tree', ...(body.base_tree === undefined ? ['--empty'] : [`${body.base_tree}`])])
  git(['update-index', '--add', '--cacheinfo', `${entry?.mode},${entry?.sha},${entry?.path}`])
  return git(['write-tree'])
}

/** Only forward, as without `force`. */
function moved({ git }: Repository, { ref, sha, onto }: { ref: string; sha: string; onto: string }): Reply {
  try {
    if (!/^0+$/.test(onto)) git(['merge-base', '--is-ancestor', onto, sha])
    git(['update-ref', ref, sha, onto])
    return json(200, { ref, object: { sha } })
  } catch {
    return json(422, { message: 'Update is not a fast forward' })
  }
}
