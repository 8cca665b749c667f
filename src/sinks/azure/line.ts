/**
 * The line to one Key Vault: every call of the SDK passes here, once, without its own retries and with our limit of time.
 *
 * Clear answers about the secret come back as values, the others are thrown. An error of the SDK is only ever searched and never kept: it
 * holds the request. Wire facts: REST reference of Key Vault secrets 2025-07-01 and its error codes (read 2026-11).
 */
import type { SecretClient } from '@azure/keyvault-secrets'
import type { KeywrightError } from '../../core/diagnostic.ts'
import { isUntrusted, unreachable } from '../insist.ts'
import { denied } from '../refusal.ts'

/** `disabled`: the version is there and locked. `deleted`: the name is taken by a secret that was deleted and can be recovered. */
export type Refusal = 'absent' | 'disabled' | 'deleted'

export interface LineParts {
  readonly client: SecretClient
  /** Name of the sink, for messages. */
  readonly name: string
  /** Address of the vault, for hints. */
  readonly vault: string
  readonly timeoutMillis: number
}

export interface Limit {
  readonly abortSignal: AbortSignal
}

/** What is asked, the right it takes, and of which secret. */
export interface Call<T> {
  readonly right: 'get' | 'list' | 'set' | 'recover'
  readonly secret: string
  readonly send: (client: SecretClient, limit: Limit) => Promise<T>
}

export type Answer<T> = { readonly refused: null; readonly value: T } | { readonly refused: Refusal }

export interface Line {
  readonly name: string
  readonly vaultName: string
  /** Throws `SINK_UNREACHABLE`, and `SINK_DENIED` for anything that is no clear answer about the secret. */
  ask<T>(call: Call<T>): Promise<Answer<T>>
}

export function line({ client, name, vault, timeoutMillis }: LineParts): Line {
  const vaultName = /^https?:\/\/([^./:]+)/.exec(vault)?.[1] ?? vault
  return {
    name,
    vaultName,
    async ask(call) {
      try {
        return { refused: null, value: await call.send(client, { abortSignal: AbortSignal.timeout(timeoutMillis) }) }
      } catch (error) {
        return { refused: refusalOf(error, call, { name, vaultName }) }
      }
    },
  }
}

function refusalOf(
  error: unknown,
  call: Call<unknown>,
  { name, vaultName }: Pick<Line, 'name' | 'vaultName'>,
): Refusal {
  const { status, code, inner } = factsOf(error)
  const retry = `az keyvault secret list --vault-name ${vaultName} --maxresults 1`
  if (status === 404) return 'absent'
  if (status === 403 && inner.includes('SecretDisabled')) return 'disabled'
  if (status === 409 && inner.includes('ObjectIsDeletedButRecoverable')) return 'deleted'
  if (status === 409)
    throw unreachable(`the sink ${name} answered 409: the secret is being changed`, 'run the same command again')
  if (status === 401)
    throw denied(`the credentials of the sink ${name} are expired, revoked or for another directory`, 'az account show')
  if (status === 403) throw forbidden(inner, call, { name, vaultName })
  if (status === 429)
    throw unreachable(`the sink ${name} answered 429: too many requests`, 'run the same command again later')
  if (status !== null && status >= 500) throw unreachable(`the sink ${name} answered ${status}`, retry)
  if (status !== null)
    throw denied(
      `the sink ${name} answered ${status} about ${call.secret}`,
      `az keyvault secret show --vault-name ${vaultName} --name ${call.secret}`,
    )
  if (code === 'AbortError') throw unreachable(`the sink ${name}: no answer in time`, retry)
  if (
    code === 'AuthenticationError' ||
    code === 'CredentialUnavailableError' ||
    code === 'AggregateAuthenticationError'
  )
    throw denied(`the sink ${name} finds no usable Azure credentials`, 'az login')
  throw unreachable(`the sink ${name}: connection failed (${code})`, retry, { lasting: isUntrusted(code) })
}

interface Facts {
  readonly status: number | null
  readonly code: string
  /** Error codes of the service; only ever searched. */
  readonly inner: string
}

function factsOf(error: unknown): Facts {
  if (!(error instanceof Error)) return { status: null, code: 'unknown', inner: '' }
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : null
  const own = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  const inner = 'details' in error ? (JSON.stringify(error.details) ?? '') : ''
  return { status, code: /^\w{1,60}$/.test(own) ? own : 'unknown', inner }
}

function forbidden(
  inner: string,
  { right, secret }: Call<unknown>,
  { name, vaultName }: Pick<Line, 'name' | 'vaultName'>,
): KeywrightError {
  if (inner.includes('ForbiddenByFirewall'))
    return denied(
      `the firewall of the vault refuses the sink ${name}`,
      `az keyvault network-rule list --name ${vaultName}`,
    )
  const hint = inner.includes('ForbiddenByRbac')
    ? 'az role assignment create --role "Key Vault Secrets Officer" --assignee CLIENT_ID --scope VAULT_ID'
    : `az keyvault set-policy --name ${vaultName} --spn CLIENT_ID --secret-permissions get list set recover`
  return denied(`the credentials of the sink ${name} lack the right to ${right} the secret ${secret}`, hint)
}
