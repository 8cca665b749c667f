/** Objects of one bucket, through the official client: what is there, and writes that hold only under a condition. */
import type { S3Client } from '@aws-sdk/client-s3'
import { KeywrightError } from '../../core/diagnostic.ts'
import type { Secret } from '../../core/secret.ts'
import { peer } from '../../io/peer.ts'
import { deniedAt, unreadable, unwritable } from '../store-errors.ts'

export interface S3Options {
  readonly bucket: string
  readonly prefix: string
  readonly region?: string
  /** An S3-compatible server instead of AWS; addressed with the bucket in the path. */
  readonly endpoint?: string
  /** Instead of what the client finds by itself (variables, profiles, roles). */
  readonly credentials?: { readonly accessKeyId: Secret; readonly secretAccessKey: Secret }
}

export interface Stored {
  readonly etag: string
  readonly bytes: Uint8Array
}

/** An etag that must be there, or that there must be nothing. */
export type Condition = { readonly ifMatch: string } | 'absent'

export interface Objects {
  readonly location: string
  /** `null`: there is none. `same`: it still has that etag. */
  get(key: string, unless?: string): Promise<Stored | 'same' | null>
  /** The new etag, or `null` when the condition does not hold. A lost answer throws: the write may have landed. */
  put(key: string, bytes: Uint8Array, condition: Condition): Promise<string | null>
  /** Idempotent. */
  remove(key: string): Promise<void>
  /** Names of the folders directly below the prefix. */
  folders(): Promise<readonly string[]>
  close(): Promise<void>
}

/** Loads the client and connects when first used. */
export function openObjects(options: S3Options): Objects {
  const { bucket, prefix, endpoint } = options
  const location = `s3://${bucket}/${prefix}${endpoint === undefined ? '' : ` at ${endpoint}`}`
  let opened: Promise<{ sdk: Sdk; client: S3Client }> | null = null
  const open = () => {
    opened ??= connect(options)
    return opened
  }
  return {
    location,
    async get(key, unless) {
      const { sdk, client } = await open()
      try {
        const asked = { Bucket: bucket, Key: prefix + key, ...(unless === undefined ? {} : { IfNoneMatch: unless }) }
        const answer = await client.send(new sdk.GetObjectCommand(asked))
        return { etag: answer.ETag ?? '', bytes: (await answer.Body?.transformToByteArray()) ?? new Uint8Array() }
      } catch (error) {
        if (statusOf(error) === 304) return 'same'
        if (statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket') return null
        throw refusal(error, location) ?? unreadable({ location, ...told(error) })
      }
    },
    async put(key, bytes, condition) {
      const { sdk, client } = await open()
      const when = condition === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: condition.ifMatch }
      try {
        const put = { Bucket: bucket, Key: prefix + key, Body: bytes, ContentType: typeOf(key), ...when }
        return (await client.send(new sdk.PutObjectCommand(put))).ETag ?? ''
      } catch (error) {
        // 412: it does not hold. 409: another conditional write is under way. 404: If-Match, and there is nothing (any more).
        const status = statusOf(error)
        if (status === 412 || status === 409 || (status === 404 && nameOf(error) !== 'NoSuchBucket')) return null
        throw refusal(error, location) ?? unwritable({ location, ...told(error) })
      }
    },
    async remove(key) {
      const { sdk, client } = await open()
      await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key: prefix + key })).catch(() => undefined)
    },
    async folders() {
      const { sdk, client } = await open()
      const found: string[] = []
      try {
        for (let from: string | undefined, more = true; more; ) {
          const page = { Bucket: bucket, Prefix: prefix, Delimiter: '/', ...(from ? { ContinuationToken: from } : {}) }
          const answer = await client.send(new sdk.ListObjectsV2Command(page))
          for (const one of answer.CommonPrefixes ?? []) found.push((one.Prefix ?? '').slice(prefix.length, -1))
          from = answer.NextContinuationToken
          more = from !== undefined
        }
      } catch (error) {
        throw refusal(error, location) ?? unreadable({ location, ...told(error) })
      }
      return found
    },
    async close() {
      if (opened !== null) (await opened.catch(() => null))?.client.destroy()
    },
  }
}

type Sdk = typeof import('@aws-sdk/client-s3')

const CONNECT_MILLIS = 10_000
const REQUEST_MILLIS = 60_000

async function connect({ region, endpoint, credentials }: S3Options): Promise<{ sdk: Sdk; client: S3Client }> {
  const sdk = await peer(() => import('@aws-sdk/client-s3'), { by: 'the store s3', packages: ['@aws-sdk/client-s3'] })
  const client = new sdk.S3Client({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true, region: region ?? 'us-east-1' }),
    ...(credentials === undefined ? {} : { credentials: async () => opened(credentials) }),
    maxAttempts: 4,
    requestHandler: { connectionTimeout: CONNECT_MILLIS, requestTimeout: REQUEST_MILLIS },
    // Servers other than AWS may not know the newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  return { sdk, client }
}

/** The client signs with them: it never sends the second. */
function opened({ accessKeyId, secretAccessKey }: NonNullable<S3Options['credentials']>) {
  return { accessKeyId: accessKeyId.expose(), secretAccessKey: secretAccessKey.expose() }
}

function typeOf(key: string): string {
  return key.endsWith('.gz') ? 'application/gzip' : 'application/json'
}

function statusOf(error: unknown): number | null {
  const meta = error instanceof Error && '$metadata' in error ? error.$metadata : null
  const status = typeof meta === 'object' && meta !== null && 'httpStatusCode' in meta ? meta.httpStatusCode : null
  return typeof status === 'number' ? status : null
}

function nameOf(error: unknown): string {
  return error instanceof Error && /^\w{1,60}$/.test(error.name) ? error.name : 'Error'
}

/** A refusal that no repeating changes. */
function refusal(error: unknown, location: string): KeywrightError | null {
  if (error instanceof KeywrightError) return error
  const name = nameOf(error)
  if (name === 'NoSuchBucket')
    return deniedAt({
      location,
      why: 'there is no such bucket',
      hint: 'store: { kind: s3, bucket: NAME }',
      cause: error,
    })
  if (name === 'CredentialsProviderError' || (statusOf(error) === null && /credential/i.test(name)))
    return deniedAt({
      location,
      why: 'no AWS credentials were found',
      hint: 'aws sts get-caller-identity',
      cause: error,
    })
  const status = statusOf(error)
  if (status !== 401 && status !== 403) return null
  const hint = 'allow s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket for these credentials'
  return deniedAt({ location, why: `${status} ${name}`, hint, cause: error })
}

function told(error: unknown): { readonly why: string; readonly hint: string; readonly cause: unknown } {
  const status = statusOf(error)
  const why = status === null ? `no answer (${nameOf(error)})` : `it answered ${status} ${nameOf(error)}`
  return { why, hint: 'run the same command again', cause: error }
}
