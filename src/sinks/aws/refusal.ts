/**
 * Failures of AWS as errors of ours, told by the names of its errors. A text of the service is looked at for one word and never repeated,
 * since it could quote what was sent.
 */
import type { KeywrightError } from '../../core/diagnostic.ts'
import { isObject } from '../../io/http/json.ts'
import { isUntrusted, unreachable } from '../insist.ts'
import { denied } from '../refusal.ts'

export interface Asked {
  /** Name of the sink. */
  readonly name: string
  /** The permission that this call needs, such as `secretsmanager:GetSecretValue`. */
  readonly right: string
  /** ARN of what it is needed for. */
  readonly arn: string
}

export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown'
}

/** Never `null`: what is not understood counts as an answer that did not come. */
export function refusalOf(error: unknown, asked: Asked): KeywrightError {
  const { name, right } = asked
  const known = nameOf(error)
  if (NOT_ALLOWED.has(known)) return isAboutKey(error) ? keyRefused(asked) : notAllowed(asked)
  if (NOBODY.has(known) || known.startsWith('SSO'))
    return denied(`the sink ${name} finds no AWS credentials`, 'aws sts get-caller-identity')
  if (STALE.has(known))
    return denied(`the AWS credentials of the sink ${name} are expired or unknown`, 'aws sts get-caller-identity')
  if (SKEWED.has(known)) return denied(`AWS refused the signature of the sink ${name}: is the clock right?`, 'date -u')
  if (KEY_TROUBLE.test(known)) return keyRefused(asked)
  if (FULL.test(known)) return denied(`AWS refused ${right} of the sink ${name}: a quota is used up`, quota(right))
  if (known === 'RegionDisabledException' || known === 'UnknownEndpoint')
    return denied(`the region of the sink ${name} is not there for this account`, 'aws account list-regions')
  return statusOf(error) === 400 && !BUSY.test(known) ? unknownRefusal(known, asked) : silence(error, asked)
}

const NOT_ALLOWED = new Set(['AccessDeniedException', 'AccessDenied', 'UnauthorizedOperation', 'NotAuthorized'])
const NOBODY = new Set(['CredentialsProviderError', 'TokenProviderError'])
const STALE = new Set(['UnrecognizedClientException', 'InvalidClientTokenId', 'ExpiredTokenException', 'ExpiredToken'])
const SKEWED = new Set(['InvalidSignatureException', 'SignatureDoesNotMatch', 'RequestTimeTooSkewed', 'RequestExpired'])
const KEY_TROUBLE = /^(?:Decryption|Encryption)Failure|^KMS|^InvalidKeyId/
const FULL = /LimitExceeded/
const BUSY = /Throttl|TooManyRequests|TooManyUpdates/

/** A statement to paste into a policy. */
export function statement(actions: string, resource: string): string {
  return `{ "Effect": "Allow", "Action": "${actions}", "Resource": "${resource}" }`
}

export function notAllowed({ name, right, arn }: Asked): KeywrightError {
  return denied(`the AWS identity of the sink ${name} is not allowed ${right}`, statement(right, arn))
}

function keyRefused({ name, right }: Asked): KeywrightError {
  const message = `the AWS identity of the sink ${name} cannot use the KMS key behind ${right}`
  return denied(message, `"Action": ["kms:Decrypt", "kms:GenerateDataKey"] for that key, which must be enabled`)
}

function isAboutKey(error: unknown): boolean {
  return error instanceof Error && /\bkms\b/i.test(error.message)
}

function quota(right: string): string {
  return `aws service-quotas list-service-quotas --service-code ${right.split(':')[0]}`
}

function unknownRefusal(known: string, { name, right }: Asked): KeywrightError {
  const word = /^[A-Za-z]{1,60}$/.test(known) ? known : 'an error'
  return denied(`AWS answered ${word} to ${right} of the sink ${name}`, 'aws sts get-caller-identity')
}

function statusOf(error: unknown): number | null {
  const metadata = isObject(error) ? error.$metadata : undefined
  const status = isObject(metadata) ? metadata.httpStatusCode : undefined
  return typeof status === 'number' ? status : null
}

function silence(error: unknown, { name, right }: Asked): KeywrightError {
  const status = statusOf(error)
  const known = nameOf(error)
  if (BUSY.test(known) || status === 429)
    return unreachable(`the sink ${name}: AWS answers too many requests to ${right}`, AGAIN)
  if (status !== null) return unreachable(`the sink ${name}: AWS answered ${status} to ${right}`, AGAIN)
  const code = isObject(error) && typeof error.code === 'string' ? error.code : ''
  if (isUntrusted(code)) {
    const message = `the sink ${name}: the certificate of the endpoint is not trusted (${code})`
    return unreachable(message, 'export NODE_EXTRA_CA_CERTS=...   the PEM file of its authority', { lasting: true })
  }
  // The SDK calls a reset connection a TimeoutError, too.
  const isLate = code === '' && (known === 'AbortError' || known === 'TimeoutError')
  return unreachable(
    `the sink ${name}: ${isLate ? 'no answer in time' : `connection failed${inBrackets(code)}`}`,
    AGAIN,
  )
}

const AGAIN = 'keywright apply   a little later'

function inBrackets(code: string): string {
  return /^[A-Z_]{1,60}$/.test(code) ? ` (${code})` : ''
}
