/** Notes, commit statuses, merge requests and the commits API of a GitLab (docs.gitlab.com, API v4, read 2026-11). */
import { type Asked, json, type Reply, type Web, web } from '../web.ts'
import { bareRepository, type Repository } from './repository.ts'

export interface Note {
  readonly id: number
  readonly author: { readonly id: number }
  body: string
}

export interface GitlabForge extends Web {
  readonly token: string
  readonly repository: Repository
  readonly notes: Note[]
  readonly statuses: { readonly id: number; readonly sha: string; readonly [field: string]: unknown }[]
  readonly requests: { readonly state: string; readonly sha: string; readonly merge_commit_sha: string }[]
}

const MISSING = json(404, { message: '404 Not Found' })
const SELF = 7

export async function gitlabForge(folder: string): Promise<GitlabForge> {
  const server = await web((asked) => route(fake, asked))
  const fake: GitlabForge = Object.assign(server, {
    token: 'glpat-of-the-fake',
    repository: bareRepository(folder),
    notes: [],
    statuses: [],
    requests: [],
  })
  return fake
}

function route(fake: GitlabForge, asked: Asked): Reply {
  if (asked.headers.authorization !== `Bearer ${fake.token}`) return json(401, { message: '401 Unauthorized' })
  if (asked.path === '/api/v4/user') return json(200, { id: SELF })
  const path = asked.path.replace('/api/v4/projects/42', '')
  return notes(fake, asked, path) ?? commits(fake, asked, path) ?? files(fake, asked, path) ?? MISSING
}

function notes({ notes: all }: GitlabForge, { method, json: body, query }: Asked, path: string): Reply | null {
  const [, id] = /^\/merge_requests\/5\/notes(?:\/(\d+))?$/.exec(path) ?? [null]
  if (!path.startsWith('/merge_requests/5/notes')) return null
  if (method === 'GET') return json(200, Number(query.get('page')) > 1 ? [] : all)
  if (method === 'POST') {
    all.push({ id: all.length + 1, author: { id: SELF }, body: `${body.body}` })
    return json(201, all.at(-1))
  }
  const found = all.find((note) => note.id === Number(id) && note.author.id === SELF)
  if (!found) return json(403, { message: '403 Forbidden' })
  found.body = `${body.body}`
  return json(200, found)
}

function commits({ statuses, requests }: GitlabForge, asked: Asked, path: string): Reply | null {
  const [, head] = /^\/statuses\/([0-9a-f]{40})$/.exec(path) ?? []
  if (asked.method === 'POST' && head !== undefined) {
    statuses.push({ ...asked.json, id: statuses.length + 1, sha: head })
    return json(201, { id: statuses.length })
  }
  const [, sha, what] = /^\/repository\/commits\/([0-9a-f]{40})\/(merge_requests|statuses)$/.exec(path) ?? []
  if (what === 'merge_requests')
    return json(
      200,
      requests.filter((one) => one.merge_commit_sha === sha),
    )
  if (what !== 'statuses') return null
  return json(
    200,
    statuses.filter((one) => one.sha === sha && one.name === asked.query.get('name')),
  )
}

function files({ repository }: GitlabForge, { method, json: body, path: whole }: Asked, path: string): Reply | null {
  const [, branch] = /^\/repository\/branches\/(.+)$/.exec(path) ?? []
  if (branch !== undefined) {
    const id = repository.tip(branch)
    return id === null ? MISSING : json(200, { name: branch, commit: { id } })
  }
  const [, file] = /^\/repository\/files\/(.+)$/.exec(path) ?? []
  if (file !== undefined)
    return repository.text(SNAPSHOTS, decodeURIComponent(file)) === null
      ? MISSING
      : json(200, { file_path: file, whole })
  return method === 'POST' && path === '/repository/commits' ? committed(repository, body) : null
}

const SNAPSHOTS = 'keywright-snapshot'

function committed(repository: Repository, body: Asked['json']): Reply {
  const { git } = repository
  const [action] = body.actions as { action: string; file_path: string; content: string }[]
  if (!action) return json(400, { message: 'actions is empty' })
  const tip = repository.tip(`${body.branch}`)
  const parent = tip ?? body.start_sha
  if (typeof parent !== 'string')
    return json(400, { message: 'You can only create or edit files when you are on a branch' })
  const isThere = tip !== null && repository.text(tip, action.file_path) !== null
  if (isThere !== (action.action === 'update')) return json(400, { message: 'A file with this name already exists' })
  const blob = git(['hash-object', '-w', '--stdin'], action.content).trim()
  const old = git(['ls-tree', parent])
    .split('\n')
    .filter((line) => line !== '' && !line.endsWith(`\t${action.file_path}`))
  const tree = git(['mktree'], `${[...old, `100644 blob ${blob}\t${action.file_path}`].join('\n')}\n`).trim()
  const commit = git(['commit-tree', tree, '-p', parent, '-m', `${body.commit_message}`]).trim()
  git(['update-ref', `refs/heads/${body.branch}`, commit])
  return json(201, { id: commit })
}
