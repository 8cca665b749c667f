/**
 * Secrets Manager and the Parameter Store of one AWS account on a real socket: JSON 1.1, requests signed with Signature Version 4 (checked),
 * identities with policies, and faults on demand. It shares no code with the product; the SDK of AWS drives it in a test.
 */
import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { CERTIFICATE, PRIVATE_KEY } from '../vault/certificate.ts'
import { answerSsm, type Parameters } from './parameters.ts'
import { failed, type Reply } from './reply.ts'
import { answerSecrets, type Secrets } from './secrets.ts'

export interface Seen {
  /** Such as `secretsmanager:GetSecretValue`. */
  readonly action: string
  readonly url: string
  readonly body: string
}

/** What happens instead of an answer, or (`late`) after the request had its effect. */
export type Fault =
  | { readonly reply: Reply; readonly late?: boolean }
  | { readonly cut: true; readonly late?: boolean }
  | { readonly hang: true }

export interface Statement {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action: string | readonly string[]
  readonly Resource: string | readonly string[]
}

export interface Identity {
  readonly secretAccessKey: string
  readonly statements: readonly Statement[]
}

export interface FakeAws {
  readonly endpoint: string
  readonly region: string
  readonly account: string
  readonly seen: Seen[]
  /** By access key id. */
  readonly identities: Map<string, Identity>
  readonly secrets: Secrets
  readonly parameters: Parameters
  /** Asked for each request with its number, from 1. */
  fault: (seen: Seen, count: number) => Fault | null
  /** Between a request and its work, for races. */
  before: (seen: Seen) => void
  close(): void
}

export const ROOT = { AWS_ACCESS_KEY_ID: 'AKIAFAKEFAKEFAKEFAKE', AWS_SECRET_ACCESS_KEY: 'secret-key-of-the-fake' }
const EVERYTHING: Statement = { Effect: 'Allow', Action: '*', Resource: '*' }

export async function fakeAws({ secure = false }: { readonly secure?: boolean } = {}): Promise<FakeAws> {
  const listener: RequestListener = async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const [service = '', action = ''] = String(request.headers['x-amz-target']).split('.')
    const seen = { action: `${service === 'AmazonSSM' ? 'ssm' : service}:${action}`, url: request.url ?? '', body }
    aws.seen.push(seen)
    const fault = aws.fault(seen, aws.seen.length)
    if (fault !== null && 'hang' in fault) return
    aws.before(seen)
    const reply = fault === null || fault.late === true ? answer(aws, seen, request.headers) : null
    if (fault !== null && 'cut' in fault) return void response.destroy()
    const sent = fault !== null && 'reply' in fault ? fault.reply : (reply ?? failed('InternalServiceError', 500))
    response.writeHead(sent.status, { 'content-type': 'application/x-amz-json-1.1', ...sent.headers })
    response.end(sent.body)
  }
  const server = secure ? createSecureServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, listener) : createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const at = server.address()
  const port = typeof at === 'object' && at !== null ? at.port : 0
  const aws: FakeAws = {
    endpoint: `${secure ? 'https' : 'http'}://127.0.0.1:${port}`,
    region: 'eu-central-1',
    account: '123456789012',
    seen: [],
    identities: new Map([
      [ROOT.AWS_ACCESS_KEY_ID, { secretAccessKey: ROOT.AWS_SECRET_ACCESS_KEY, statements: [EVERYTHING] }],
    ]),
    secrets: new Map(),
    parameters: new Map(),
    fault: () => null,
    before: () => undefined,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
  return aws
}

type Asked = Readonly<Record<string, unknown>>

/** Who asks and whether they may comes before what is asked. */
function answer(aws: FakeAws, { action, body }: Seen, headers: IncomingHttpHeaders): Reply {
  const identity = signedBy(aws, body, headers)
  if ('status' in identity) return identity
  const asked: Asked = JSON.parse(body)
  const resource = `arn:aws:${action.split(':')[0]}:${aws.region}:${aws.account}:${named(aws, action, asked)}`
  if (!isAllowed(identity, action, resource)) {
    const text = `User: arn:aws:iam::${aws.account}:user/u is not authorized to perform: ${action} on resource: ${resource}`
    return failed('AccessDeniedException', 400, text)
  }
  return action.startsWith('ssm:') ? answerSsm(aws, action, asked) : answerSecrets(aws, action, asked)
}

/** A secret that is there has six characters behind its name; one that is not is judged by its name alone. */
function named({ secrets }: FakeAws, action: string, { SecretId, Name, ResourceId }: Asked): string {
  if (action.startsWith('ssm:')) return `parameter/${String(Name ?? ResourceId).replace(/^\//, '')}`
  const name = String(SecretId ?? Name)
  return secrets.has(name) ? `secret:${name}-AbCdEf` : `secret:${name}`
}

export function isAllowed({ statements }: Pick<Identity, 'statements'>, action: string, resource: string): boolean {
  const fits = ({ Action, Resource }: Statement): boolean =>
    [Action].flat().some((one) => glob(one, action)) && [Resource].flat().some((one) => glob(one, resource))
  const matching = statements.filter(fits)
  return matching.some(({ Effect }) => Effect === 'Allow') && !matching.some(({ Effect }) => Effect === 'Deny')
}

function glob(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\/]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 'i').test(text)
}

const SIGNED =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d+)\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=(.+)$/

function signedBy(aws: FakeAws, body: string, headers: IncomingHttpHeaders): Identity | Reply {
  const found = SIGNED.exec(headers.authorization ?? '')
  if (!found) return failed('MissingAuthenticationTokenException')
  const [, keyId = '', day = '', region = '', service = '', names = '', signature] = found
  const identity = aws.identities.get(keyId)
  if (identity === undefined) return failed('UnrecognizedClientException')
  if (region !== aws.region) return failed('InvalidSignatureException')
  const canonical = [
    'POST',
    '/',
    '',
    ...names.split(';').map((name) => `${name}:${headers[name]}`),
    '',
    names,
    sha(body),
  ]
  const scope = `${day}/${region}/${service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha(canonical.join('\n'))].join('\n')
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
    (last, part) => hmac(last, part),
    `AWS4${identity.secretAccessKey}`,
  )
  return hmac(key, text).toString('hex') === signature ? identity : failed('InvalidSignatureException')
}

function sha(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
