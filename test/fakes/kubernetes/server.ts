/**
 * An API server of Kubernetes on a real socket, as far as Secrets go: discovery, tokens, certificates, roles, and faults on demand. It shares
 * no code with the product; kubectl and the library of Kubernetes drive it in a test.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { parse } from 'yaml'
import { AUTHORITY, CERTIFICATE, PRIVATE_KEY } from '../vault/certificate.ts'
import {
  type Asked,
  apply,
  type Body,
  create,
  json,
  merge,
  type Reply,
  type Secrets,
  type Stored,
  shown,
  status,
} from './secrets.ts'

export interface Rule {
  readonly verbs: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly namespace?: string
}

export interface Seen {
  readonly method: string
  readonly url: string
  readonly token: string | null
  readonly body: string
}

/** What happens instead of an answer, or (`late`) after the request had its effect. */
export type Fault =
  | { readonly reply: Reply; readonly late?: boolean }
  | { readonly cut: true; readonly late?: boolean }
  | { readonly hang: true }

export interface FakeKubernetes {
  readonly server: string
  readonly seen: Seen[]
  readonly tokens: Map<string, readonly Rule[]>
  readonly namespaces: Set<string>
  readonly secrets: Secrets
  /** Asked for each request with its number, from 1. */
  fault: (seen: Seen, count: number) => Fault | null
  /** Between a request and its work, for races. */
  before: (seen: Seen) => void
  close(): void
}

export const ROOT = 'token-of-the-fake'
const EVERYTHING: Rule = { verbs: ['get', 'list', 'create', 'update', 'patch', 'delete'] }

export async function fakeKubernetes({ secure = false, mutual = false } = {}): Promise<FakeKubernetes> {
  const listener: RequestListener = (request, response) => void serve(fake, request, response)
  const tls = {
    cert: CERTIFICATE,
    key: PRIVATE_KEY,
    ...(mutual ? { ca: AUTHORITY, requestCert: true, rejectUnauthorized: true } : {}),
  }
  const server = secure ? createSecureServer(tls, listener) : createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const at = server.address()
  const port = typeof at === 'object' && at !== null ? at.port : 0
  const fake: FakeKubernetes = {
    server: `${secure ? 'https' : 'http'}://127.0.0.1:${port}`,
    seen: [],
    tokens: new Map([[ROOT, [EVERYTHING]], ...(mutual ? ([['', [EVERYTHING]]] as const) : [])]),
    namespaces: new Set(['ci', 'default']),
    secrets: new Map(),
    fault: () => null,
    before: () => undefined,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
  return fake
}

async function serve(fake: FakeKubernetes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? null
  const seen = { method: request.method ?? '', url: request.url ?? '', token, body }
  fake.seen.push(seen)
  const fault = fake.fault(seen, fake.seen.length)
  if (fault !== null && 'hang' in fault) return
  fake.before(seen)
  const reply = fault === null || fault.late === true ? route(fake, seen, request.headers['content-type'] ?? '') : null
  if (fault !== null && 'cut' in fault) return void response.destroy()
  const sent = fault !== null && 'reply' in fault ? fault.reply : (reply ?? status(500, 'InternalError', 'fake'))
  response.writeHead(sent.status, { 'content-type': 'application/json', ...sent.headers })
  response.end(sent.body)
}

const VERBS = ['create', 'delete', 'get', 'list', 'patch', 'update']
const DISCOVERY: Readonly<Record<string, object>> = {
  '/version': { major: '1', minor: '32', gitVersion: 'v1.32.0' },
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
  '/api/v1': {
    kind: 'APIResourceList',
    groupVersion: 'v1',
    resources: [{ name: 'secrets', singularName: 'secret', namespaced: true, kind: 'Secret', verbs: VERBS }],
  },
}

function route(fake: FakeKubernetes, { method, url, token, body }: Seen, contentType: string): Reply {
  const rules = fake.tokens.get(token ?? '')
  if (!rules) return status(401, 'Unauthorized', 'Unauthorized', '')
  const { pathname, searchParams: query } = new URL(url, 'http://fake')
  const known = DISCOVERY[pathname]
  if (known) return json(200, known)
  const [, namespace, name = ''] = /^\/api\/v1\/namespaces\/([^/]+)\/secrets(?:\/([^/]+))?$/.exec(pathname) ?? []
  if (namespace === undefined) return status(404, 'NotFound', 'the server could not find the requested resource', '')
  const asked: Asked = { namespace, name, query, contentType, body: bodyOf(body) }
  const verb =
    { GET: name === '' ? 'list' : 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }[method] ??
    method
  if (!mayDo(rules, verb, asked))
    return status(403, 'Forbidden', `cannot ${verb} resource "secrets" in the namespace "${namespace}"`)
  return answer(fake, rules, { verb, asked })
}

function bodyOf(text: string): Body {
  return text === '' ? {} : parse(text)
}

function mayDo(rules: readonly Rule[], verb: string, { namespace, name }: Asked): boolean {
  return rules.some(
    (rule) =>
      rule.verbs.includes(verb) &&
      (rule.namespace === undefined || rule.namespace === namespace) &&
      (rule.resourceNames === undefined || rule.resourceNames.includes(name)),
  )
}

function answer(
  { secrets, namespaces }: FakeKubernetes,
  rules: readonly Rule[],
  { verb, asked }: { verb: string; asked: Asked },
): Reply {
  const key = `${asked.namespace}/${asked.name}`
  const one = secrets.get(key)
  const missing = status(404, 'NotFound', `secrets "${asked.name}" not found`)
  const isNew =
    verb === 'create' || (verb === 'patch' && one === undefined && asked.contentType.includes('apply-patch'))
  if (isNew && !mayDo(rules, 'create', asked)) return status(403, 'Forbidden', 'cannot create resource "secrets"')
  if (isNew && !namespaces.has(asked.namespace))
    return status(404, 'NotFound', `namespaces "${asked.namespace}" not found`, 'namespaces')
  switch (verb) {
    case 'get':
      return one ? json(200, shown(key, one)) : missing
    case 'list':
      return json(200, {
        kind: 'SecretList',
        apiVersion: 'v1',
        metadata: {},
        items: [...secrets].map(([k, s]) => shown(k, s)),
      })
    case 'create':
      return create(secrets, asked)
    case 'patch':
      return asked.contentType.includes('apply-patch') ? apply(secrets, asked) : merge(secrets, asked)
    case 'delete':
      return secrets.delete(key) ? json(200, { kind: 'Status', apiVersion: 'v1', status: 'Success' }) : missing
    default:
      return status(405, 'MethodNotAllowed', verb)
  }
}

/** Text of one key; `null` when there is none. */
export function textAt({ secrets }: FakeKubernetes, secret: string, key: string): string | null {
  const encoded = secrets.get(secret)?.data.get(key)
  return encoded === undefined ? null : Buffer.from(encoded, 'base64').toString('utf8')
}

/** An outsider's edit, as by kubectl edit. */
export function seed(
  { secrets }: FakeKubernetes,
  secret: string,
  texts: Readonly<Record<string, string>>,
): Stored | undefined {
  const [namespace = '', name = ''] = secret.split('/')
  const asked = {
    namespace,
    name,
    query: new URLSearchParams({ fieldManager: 'outsider' }),
    contentType: 'application/merge-patch+json',
  }
  const body: Body = { metadata: { name }, stringData: texts }
  if (secrets.has(secret)) merge(secrets, { ...asked, body })
  else create(secrets, { ...asked, body })
  return secrets.get(secret)
}

const CA = Buffer.from(AUTHORITY).toString('base64')

/** A kubeconfig for the fake, as text. Both kubectl and the library send tokens over TLS alone. */
export function kubeconfigFor(server: string, user: object, cluster: object = {}): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'fake', cluster: { server, 'certificate-authority-data': CA, ...cluster } }],
    users: [{ name: 'me', user }],
    contexts: [{ name: 'ci', context: { cluster: 'fake', user: 'me', namespace: 'ci' } }],
    'current-context': 'ci',
  })
}
