/** The variables of a GitLab, as its REST API v4 serves them (lib/api/ci/variables.rb and group_variables.rb, read 2026-11). */
import { type Asked, json, NOTHING, type Reply, type Web, type WebOptions, web } from '../web.ts'

export interface Variable {
  key: string
  value: string
  variable_type: 'env_var' | 'file'
  protected: boolean
  masked: boolean
  hidden: boolean
  raw: boolean
  environment_scope: string
  description: string | null
}

export interface Token {
  /** `api` may write, `read_api` may not. */
  readonly scopes: readonly ('api' | 'read_api')[]
  readonly role: 'maintainer' | 'developer'
}

export interface FakeGitlab extends Web {
  readonly apiUrl: string
  readonly tokens: Map<string, Token>
  /** By `projects/acme/app` or `groups/acme`. */
  readonly homes: Map<string, Variable[]>
}

export const MAINTAINER = 'glpat-maintainer-of-the-fake'

export async function fakeGitlab(options: WebOptions = {}): Promise<FakeGitlab> {
  const server = await web((asked) => route(gitlab, asked), options)
  const gitlab: FakeGitlab = Object.assign(server, {
    apiUrl: `${server.origin}/api/v4`,
    tokens: new Map([[MAINTAINER, { scopes: ['api'], role: 'maintainer' } as const]]),
    homes: new Map<string, Variable[]>([
      ['projects/acme/app', []],
      ['groups/acme', []],
    ]),
  })
  return gitlab
}

const ROUTE = /^\/api\/v4\/(projects|groups)\/([^/]+)\/variables(?:\/([^/]+))?$/

function route({ tokens, homes }: FakeGitlab, asked: Asked): Reply {
  const { authorization = '', 'private-token': own } = asked.headers
  const name = typeof own === 'string' ? own : authorization.replace(/^Bearer /, '')
  const token = tokens.get(name)
  if (!token) return json(401, { message: '401 Unauthorized' })
  const [, level = '', path = '', key] = ROUTE.exec(asked.path) ?? []
  const home = homes.get(`${level}/${decodeURIComponent(path).toLowerCase()}`)
  if (!home) return json(404, { message: `404 ${level === 'groups' ? 'Group' : 'Project'} Not Found` })
  if (asked.method !== 'GET' && !token.scopes.includes('api'))
    return json(403, { error: 'insufficient_scope', error_description: 'higher privileges', scope: 'api' })
  if (token.role !== 'maintainer') return json(403, { message: '403 Forbidden' })
  if (key === undefined) return ofCollection(home, asked)
  return ofVariable(home, decodeURIComponent(key), asked)
}

function ofCollection(home: Variable[], { method, json: body }: Asked): Reply {
  if (method === 'GET') return json(200, home)
  if (method !== 'POST') return json(405, { error: '405 Not Allowed' })
  const { key, environment_scope: scope = '*' } = body
  if (typeof key !== 'string' || typeof body.value !== 'string') return json(400, { error: 'key is missing' })
  if (home.some((one) => one.key === key && one.environment_scope === scope))
    return json(400, { message: { key: [`(${key}) has already been taken`] } })
  const born: Variable = { ...BORN, key, environment_scope: String(scope) }
  const wrong = changed(born, body)
  if (wrong) return wrong
  home.push(born)
  return json(201, born)
}

const BORN = {
  value: '',
  variable_type: 'env_var',
  protected: false,
  masked: false,
  hidden: false,
  raw: false,
  description: null,
} as const

function ofVariable(home: Variable[], key: string, asked: Asked): Reply {
  const { filter } = asked.json
  const said =
    typeof filter === 'object' && filter !== null && 'environment_scope' in filter ? filter.environment_scope : null
  const scope = asked.query.get('filter[environment_scope]') ?? said
  const named = home.filter((one) => one.key === key && (scope === null || one.environment_scope === scope))
  const [found] = named
  if (named.length > 1)
    return json(409, {
      message: "There are multiple variables with provided parameters. Please use 'filter[environment_scope]'",
    })
  if (!found) return json(404, { message: '404 Variable Not Found' })
  switch (asked.method) {
    case 'GET':
      return json(200, shown(found))
    case 'PUT':
      return changed(found, asked.json) ?? json(200, shown(found))
    case 'DELETE':
      home.splice(home.indexOf(found), 1)
      return NOTHING
    default:
      return json(405, { error: '405 Not Allowed' })
  }
}

function shown(variable: Variable): object {
  return variable.hidden ? { ...variable, value: null } : variable
}

/** Takes over what is said, or says what is wrong with it and changes nothing. */
function changed(variable: Variable, body: Record<string, unknown>): Reply | null {
  const next = { ...variable }
  if (typeof body.value === 'string') next.value = body.value
  if (typeof body.masked === 'boolean') next.masked = body.masked
  if (typeof body.protected === 'boolean') next.protected = body.protected
  if (typeof body.raw === 'boolean') next.raw = body.raw
  if (typeof body.description === 'string') next.description = body.description.slice(0, 255)
  const isMaskable = next.raw ? /^\S{8,}$/ : /^[a-zA-Z0-9_+=/@:.~-]{8,}$/
  if (next.masked && !isMaskable.test(next.value))
    return json(400, { message: { value: ['is invalid'], masked: ['cannot mask'] } })
  Object.assign(variable, next)
  return null
}

export function variableIn({ homes }: FakeGitlab, home: string, key: string, scope = '*'): Variable | undefined {
  return homes.get(home)?.find((one) => one.key === key && one.environment_scope === scope)
}

/** An outsider's hand. */
export function put(gitlab: FakeGitlab, home: string, change: Partial<Variable> & { readonly key: string }): Variable {
  const all = gitlab.homes.get(home) ?? []
  const held = all.find((one) => one.key === change.key && one.environment_scope === (change.environment_scope ?? '*'))
  const variable = held ?? { ...BORN, environment_scope: '*', ...change }
  if (held) Object.assign(held, change)
  else all.push(variable)
  gitlab.homes.set(home, all)
  return variable
}
