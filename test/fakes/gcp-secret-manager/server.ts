/** Google Secret Manager, and the one call of the Resource Manager, on a real socket. Shares no code with the product. */
import { createVerify, generateKeyPairSync } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { answer, failure, type Permits, type Reply, type StoredSecret, tested } from './secrets.ts'

export interface Seen {
  readonly method: string
  readonly url: string
  readonly body: string
}

/** What happens instead of an answer, or (`late`) after the request had its effect. */
export type Fault =
  | { readonly reply: Reply; readonly late?: boolean }
  | { readonly cut: true; readonly late?: boolean }
  | { readonly hang: true }

export interface FakeGcp {
  readonly endpoint: string
  /** JSON of a service account key that it accepts. */
  readonly credentials: string
  readonly secrets: Map<string, StoredSecret>
  readonly seen: Seen[]
  permits: Permits
  fault: (seen: Seen) => Fault | null
  /** Between a request and its work, for races. */
  before: (seen: Seen) => void
  close(): void
}

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

export async function fakeGcp(): Promise<FakeGcp> {
  const server = createServer((request, response) => void serve(fake, request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const at = server.address()
  const endpoint = `http://127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}`
  const fake: FakeGcp = {
    endpoint,
    credentials: JSON.stringify({
      type: 'service_account',
      client_email: 'ci@acme-prod.iam.gserviceaccount.com',
      private_key_id: 'k1',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      token_uri: 'https://oauth2.googleapis.com/token',
    }),
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

async function serve(fake: FakeGcp, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  const { method = '', url = '', headers } = request
  const seen: Seen = { method, url, body }
  fake.seen.push(seen)
  const fault = fake.fault(seen)
  if (fault !== null && 'hang' in fault) return
  fake.before(seen)
  const isDone = fault === null || fault.late === true
  const reply = isDone ? route(fake, seen, headers.authorization ?? '') : null
  if (fault !== null && 'cut' in fault) response.destroy()
  else send(response, fault !== null && 'reply' in fault ? fault.reply : (reply ?? failure(500, 'INTERNAL')))
}

function send(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(body)
}

function route(fake: FakeGcp, { method, url, body }: Seen, authorization: string): Reply {
  if (!isSigned(authorization)) return failure(401, 'UNAUTHENTICATED')
  const { pathname, searchParams: query } = new URL(url, 'http://fake')
  const asked = { method, path: pathname.replace(/^\/v1\//, ''), query, body: body === '' ? {} : JSON.parse(body) }
  if (/^\/v3\/projects\/[^/]+:testIamPermissions$/.test(pathname)) return tested(fake.permits, asked)
  return answer(fake.secrets, asked, fake.permits)
}

/** A token that the service account signed itself, as Google takes them. */
function isSigned(authorization: string): boolean {
  const [header = '', claims = '', signature = ''] = authorization.replace(/^Bearer /, '').split('.')
  return createVerify('RSA-SHA256').update(`${header}.${claims}`).verify(publicKey, signature, 'base64url')
}

/** Text of the version that counts, `null` without an enabled one. */
export function contentOf(fake: FakeGcp, name: string, alias?: string): string | null {
  const secret = fake.secrets.get(name)
  const number = alias === undefined ? secret?.versions.length : secret?.aliases[alias]
  const version = secret?.versions[Number(number ?? 0) - 1]
  return version?.state === 'ENABLED' ? Buffer.from(version.data, 'base64').toString('utf8') : null
}

/** An outsider's new version, which counts from now on. */
export function seed(fake: FakeGcp, name: string, text: string, alias?: string): void {
  const secret = fake.secrets.get(name) ?? {
    labels: {},
    replication: null,
    annotations: {},
    aliases: {},
    etag: 1,
    versions: [],
  }
  fake.secrets.set(name, secret)
  secret.versions.push({ data: Buffer.from(text).toString('base64'), state: 'ENABLED', etag: 1 })
  if (alias === undefined) return
  secret.aliases = { ...secret.aliases, [alias]: String(secret.versions.length) }
  secret.etag += 1
}
