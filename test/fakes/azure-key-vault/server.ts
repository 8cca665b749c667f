/**
 * An Azure Key Vault on a real socket: versions with tags, soft delete, the challenge in front of each token, and faults on demand.
 * It shares no code with the product.
 *
 * Wire facts (REST reference of Key Vault secrets 2025-07-01 and its list of error codes, read 2026-11): the latest version counts; one that
 * is disabled is 403 SecretDisabled; rights are judged before anything else; a name whose secret was deleted is 409
 * ObjectIsDeletedButRecoverable until it is recovered or purged, and 409 ObjectIsBeingRecovered for a moment after.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

export interface Version {
  readonly id: string
  value: string
  enabled: boolean
  tags: Record<string, string>
  readonly contentType: string | undefined
  readonly created: number
}

export interface StoredSecret {
  readonly versions: Version[]
  deleted: boolean
  /** Requests that still meet a recovery under way. */
  recovering: number
}

export interface Reply {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Seen {
  readonly method: string
  readonly url: string
  readonly body: string
  readonly token: string | null
}

export type Fault =
  | { readonly reply: Reply; readonly late?: boolean }
  | { readonly cut: true; readonly late?: boolean }
  | { readonly hang: true }

export interface FakeAzure {
  readonly address: string
  readonly secrets: Map<string, StoredSecret>
  readonly seen: Seen[]
  permits: (right: string) => boolean
  fault: (seen: Seen) => Fault | null
  before: (seen: Seen) => void
  close(): void
}

export const TOKEN = 'eyJ-token-of-the-fake'

export async function fakeAzure(): Promise<FakeAzure> {
  const server = createServer((request, response) => void serve(fake, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const at = server.address()
  const fake: FakeAzure = {
    address: `http://127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}`,
    secrets: new Map(),
    seen: [],
    permits: () => true,
    fault: () => null,
    before: () => undefined,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
  return fake
}

export function failure(status: number, code: string, inner?: string): Reply {
  const innererror = inner === undefined ? {} : { innererror: { code: inner } }
  return { status, body: JSON.stringify({ error: { code, message: `fake: ${code}`, ...innererror } }) }
}

const CHALLENGE: Reply = {
  ...failure(401, 'Unauthorized'),
  headers: {
    'www-authenticate':
      'Bearer authorization="https://login.microsoftonline.com/11111111-2222", resource="https://vault.azure.net"',
  },
}

async function serve(fake: FakeAzure, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  const { method = '', url = '', headers } = request
  const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? null
  if (token === null) return send(response, CHALLENGE)
  const seen: Seen = { method, url, body, token }
  fake.seen.push(seen)
  const fault = fake.fault(seen)
  if (fault !== null && 'hang' in fault) return
  fake.before(seen)
  const reply = fault === null || fault.late === true ? route(fake, seen) : null
  if (fault !== null && 'cut' in fault) response.destroy()
  else send(response, fault !== null && 'reply' in fault ? fault.reply : (reply ?? failure(500, 'InternalServerError')))
}

function send(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(body)
}

const RIGHTS: Readonly<Record<string, string>> = {
  GET: 'get',
  PUT: 'set',
  PATCH: 'set',
  DELETE: 'delete',
  POST: 'recover',
}

function route(fake: FakeAzure, { method, url, body, token }: Seen): Reply {
  if (token !== TOKEN) return { ...CHALLENGE, ...failure(401, 'Unauthorized', 'AKV10032') }
  const { pathname } = new URL(url, fake.address)
  const [, area = '', name = '', rest = ''] = /^\/(secrets|deletedsecrets)\/([^/]+)\/?(.*)$/.exec(pathname) ?? []
  const right = rest === 'versions' ? 'list' : (RIGHTS[method] ?? 'none')
  if (!fake.permits(right)) return failure(403, 'Forbidden', 'ForbiddenByRbac')
  const secret = fake.secrets.get(name)
  if (area === 'deletedsecrets') return ofDeleted(fake, { method, name, secret })
  const written = body === '' ? {} : JSON.parse(body)
  if (method === 'PUT') return put(fake, name, written)
  if (!secret || secret.deleted) return notFound()
  if (secret.recovering > 0 && secret.recovering-- > 0) return notFound()
  if (method === 'DELETE') {
    secret.deleted = true
    return ok(shown(fake, name, secret.versions.at(-1)))
  }
  if (rest === 'versions')
    return ok({ value: [...secret.versions].reverse().map((one) => ({ ...shown(fake, name, one), value: undefined })) })
  const version = rest === '' ? secret.versions.at(-1) : secret.versions.find(({ id }) => id === rest)
  if (!version) return notFound()
  if (method === 'PATCH') return ok({ ...patched(fake, name, version, written), value: undefined })
  return version.enabled ? ok(shown(fake, name, version)) : failure(403, 'Forbidden', 'SecretDisabled')
}

const ok = (value: unknown): Reply => ({ status: 200, body: JSON.stringify(value) })
const notFound = (): Reply => failure(404, 'SecretNotFound')

interface Deleted {
  readonly method: string
  readonly name: string
  readonly secret: StoredSecret | undefined
}

function ofDeleted(fake: FakeAzure, { method, name, secret }: Deleted): Reply {
  if (!secret?.deleted) return notFound()
  if (method === 'POST') {
    secret.deleted = false
    secret.recovering = 2
  }
  return ok({
    ...shown(fake, name, secret.versions.at(-1)),
    value: undefined,
    recoveryId: `${fake.address}/deletedsecrets/${name}`,
  })
}

let made = 0

function put(fake: FakeAzure, name: string, written: Record<string, unknown>): Reply {
  const secret = fake.secrets.get(name) ?? { versions: [], deleted: false, recovering: 0 }
  if (secret.deleted) return failure(409, 'Conflict', 'ObjectIsDeletedButRecoverable')
  if (secret.recovering > 0 && secret.recovering-- > 0) return failure(409, 'Conflict', 'ObjectIsBeingRecovered')
  if (typeof written.value !== 'string') return failure(400, 'BadParameter')
  fake.secrets.set(name, secret)
  made += 1
  const id = made.toString(16).padStart(32, '0')
  const contentType = typeof written.contentType === 'string' ? written.contentType : undefined
  secret.versions.push({
    id,
    value: written.value,
    enabled: true,
    tags: record(written.tags),
    contentType,
    created: 1_790_000_000 + made,
  })
  return ok(shown(fake, name, secret.versions.at(-1)))
}

function patched(fake: FakeAzure, name: string, version: Version, written: Record<string, unknown>): object {
  const { attributes } = written
  if (typeof attributes === 'object' && attributes !== null && 'enabled' in attributes)
    version.enabled = attributes.enabled === true
  if ('tags' in written) version.tags = record(written.tags)
  return shown(fake, name, version)
}

function shown({ address }: FakeAzure, name: string, version: Version | undefined): object {
  if (!version) return {}
  const { id, value, enabled, tags, contentType, created } = version
  const attributes = { enabled, created, updated: created, recoveryLevel: 'Recoverable+Purgeable', recoverableDays: 90 }
  return {
    value,
    id: `${address}/secrets/${name}/${id}`,
    attributes,
    tags,
    ...(contentType === undefined ? {} : { contentType }),
  }
}

function record(value: unknown): Record<string, string> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return Object.fromEntries(entries.map(([name, one]) => [name, String(one)]))
}

/** Text of the latest version, `null` without an enabled one. */
export function contentOf(fake: FakeAzure, name: string): string | null {
  const secret = fake.secrets.get(name)
  const latest = secret?.deleted ? undefined : secret?.versions.at(-1)
  return latest?.enabled ? latest.value : null
}

/** An outsider's new version. */
export function seed(fake: FakeAzure, name: string, value: string, tags: Record<string, string> = {}): void {
  const earlier = fake.secrets.get(name)?.versions.at(-1)
  put(fake, name, { value, tags: { ...earlier?.tags, ...tags } })
}
