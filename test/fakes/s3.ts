/**
 * The part of S3 that a store needs, over HTTP: GET, PUT, DELETE, ListObjectsV2, with conditions on reads and writes as AWS documents them
 * (Conditional requests, read 2026-11-28). Signatures are looked at only for their key id. Driven by the official client.
 */
import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface S3Fake {
  readonly endpoint: string
  readonly objects: ReadonlyMap<string, Buffer>
  /** Requests so far, by method. */
  readonly counts: Map<string, number>
  /** What happens to the next conditional writes: stored and not answered, refused with that status, or refused after `meanwhile`. */
  readonly faults: ('lost' | 500 | 409 | 403 | (() => void))[]
  put(key: string, body: string): void
  remove(key: string): void
  close(): Promise<void>
}

export const S3_KEY = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a-secret-of-the-fake' }
export const BUCKET = 'state-bucket'

export async function startS3(): Promise<S3Fake> {
  const objects = new Map<string, Buffer>()
  const counts = new Map<string, number>()
  const faults: S3Fake['faults'] = []
  const server = createServer((request, response) => void answer(request, response, { objects, counts, faults }))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    counts,
    faults,
    put: (key, body) => void objects.set(key, Buffer.from(body)),
    remove: (key) => void objects.delete(key),
    close: () => {
      server.closeAllConnections()
      return new Promise((done) => server.close(() => done()))
    },
  }
}

interface World {
  readonly objects: Map<string, Buffer>
  readonly counts: Map<string, number>
  readonly faults: S3Fake['faults']
}

async function answer(request: IncomingMessage, response: ServerResponse, world: World): Promise<void> {
  const { method = 'GET', url = '/' } = request
  const { pathname, searchParams } = new URL(url, 'http://s3')
  const [, bucket = '', ...rest] = pathname.split('/').map(decodeURIComponent)
  const key = rest.join('/')
  world.counts.set(method, (world.counts.get(method) ?? 0) + 1)
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  if (!String(request.headers.authorization).includes(`Credential=${S3_KEY.accessKeyId}/`))
    refuse(response, 403, 'InvalidAccessKeyId')
  else if (bucket !== BUCKET) refuse(response, 404, 'NoSuchBucket')
  else if (key === '') list(response, searchParams, world.objects)
  else if (method === 'PUT') put(request, response, { key, body: Buffer.concat(chunks), world })
  else if (method === 'DELETE') remove(response, key, world)
  else get(request, response, world.objects.get(key))
}

function remove(response: ServerResponse, key: string, { objects }: World): void {
  objects.delete(key)
  end(response, 204)
}

function get({ method, headers }: IncomingMessage, response: ServerResponse, found: Buffer | undefined): void {
  if (!found) refuse(response, 404, 'NoSuchKey')
  else if (headers['if-none-match'] === etagOf(found)) end(response, 304, { etag: etagOf(found) })
  else
    end(response, 200, { etag: etagOf(found), 'content-length': String(found.length) }, method === 'HEAD' ? '' : found)
}

interface Put {
  readonly key: string
  readonly body: Buffer
  readonly world: World
}

function put({ headers }: IncomingMessage, response: ServerResponse, { key, body, world }: Put): void {
  const { objects, faults } = world
  const isConditional = headers['if-match'] !== undefined || headers['if-none-match'] !== undefined
  const fault = isConditional && !key.includes('.probe-') ? faults.shift() : undefined
  if (typeof fault === 'function') fault()
  const refused = typeof fault === 'number' ? ([fault, CODES[fault]] as const) : unmet(headers, objects.get(key))
  if (refused) {
    refuse(response, ...refused)
    return
  }
  objects.set(key, body)
  if (fault === 'lost') response.destroy()
  else end(response, 200, { etag: etagOf(body) })
}

const CODES = { 500: 'InternalError', 409: 'ConditionalRequestConflict', 403: 'AccessDenied' } as const

/** Status and code of a condition that does not hold. */
function unmet(headers: IncomingMessage['headers'], there: Buffer | undefined): readonly [number, string] | null {
  if (headers['if-none-match'] === '*' && there) return [412, 'PreconditionFailed']
  if (headers['if-match'] === undefined) return null
  if (!there) return [404, 'NoSuchKey']
  return headers['if-match'] === etagOf(there) ? null : [412, 'PreconditionFailed']
}

function list(response: ServerResponse, query: URLSearchParams, objects: ReadonlyMap<string, Buffer>): void {
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? '/']
  const folders = new Set(
    [...objects.keys()].flatMap((key) => {
      const end = key.startsWith(prefix) ? key.indexOf(delimiter, prefix.length) : -1
      return end < 0 ? [] : [key.slice(0, end + 1)]
    }),
  )
  // Two a page, so that whoever lists has to go on.
  const all = [...folders].sort()
  const from = Number(query.get('continuation-token') ?? 0)
  const more = all.length > from + 2
  const next = more ? `<NextContinuationToken>${from + 2}</NextContinuationToken>` : ''
  const prefixes = all.slice(from, from + 2).map((one) => `<CommonPrefixes><Prefix>${one}</Prefix></CommonPrefixes>`)
  xml(
    response,
    200,
    `<ListBucketResult><IsTruncated>${more}</IsTruncated>${next}${prefixes.join('')}</ListBucketResult>`,
  )
}

function etagOf(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`
}

function refuse(response: ServerResponse, status: number, code: string): void {
  xml(response, status, `<Error><Code>${code}</Code><Message>${code}</Message></Error>`)
}

function xml(response: ServerResponse, status: number, body: string): void {
  end(response, status, { 'content-type': 'application/xml' }, `<?xml version="1.0" encoding="UTF-8"?>${body}`)
}

function end(
  response: ServerResponse,
  status: number,
  headers: Record<string, string> = {},
  body: string | Buffer = '',
): void {
  response.writeHead(status, headers)
  response.end(body)
}
