/**
 * The line to one service of AWS: settings of its SDK client, and one way to ask.
 *
 * The SDK sends each request once and repeats nothing; trying again is left to those who know what a lost answer may have done. Credentials
 * are found as every AWS tool finds them. Those in variables come from the context, like every credential of a sink.
 */
import type { AwsSecretsConfig, SsmConfig } from '../../core/aws-kinds.ts'
import { SECOND } from '../../core/time.ts'
import { systemClock } from '../../io/clock.ts'
import type { SinkContext } from '../context.ts'
import type { Insistence } from '../insist.ts'
import { misfit } from '../refusal.ts'
import { type Asked, nameOf, refusalOf } from './refusal.ts'

export interface AwsTuning extends Insistence {
  /** For one request, in real time. */
  readonly timeoutMillis: number
}

export const AWS_TUNING: AwsTuning = { clock: systemClock, random: Math.random, timeoutMillis: 15 * SECOND }

type AwsConfig = AwsSecretsConfig | SsmConfig

export function settingsOf({ region, endpoint, profile }: AwsConfig, { env }: SinkContext) {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: token } = env
  const given =
    profile === undefined && accessKeyId && secretAccessKey
      ? { credentials: { accessKeyId, secretAccessKey, ...(token ? { sessionToken: token } : {}) } }
      : {}
  return {
    region,
    maxAttempts: 1,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(profile === undefined ? {} : { profile }),
    ...given,
  }
}

export interface Call<E extends string> {
  readonly right: Asked['right']
  readonly arn: string
  /** Names of errors that are answers; all others are thrown as errors of ours. */
  readonly answers?: readonly E[]
}

export type Ask = <T extends object, E extends string = never>(
  call: Call<E>,
  send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
) => Promise<T | E>

/** Sends once. Throws `SINK_UNREACHABLE` or `SINK_DENIED`. */
export function asking(name: string, timeoutMillis: number): Ask {
  return async ({ right, arn, answers = [] }, send) => {
    try {
      return await send({ abortSignal: AbortSignal.timeout(timeoutMillis) })
    } catch (error) {
      const answer = answers.find((one) => one === nameOf(error))
      if (answer !== undefined) return answer
      throw refusalOf(error, { name, right, arn })
    }
  }
}

/** Throws `SINK_MISFIT` when an ARN is of another account than the one in the configuration. */
export function assertAccount({ account }: AwsConfig, arn: string | undefined, name: string): void {
  const found = arn?.split(':')[4]
  if (account === undefined || found === undefined || found === account) return
  const hint = 'aws sts get-caller-identity   and the profile, role or account of the sink'
  throw misfit(`the sink ${name} leads into the AWS account ${found}, and is configured for ${account}`, hint)
}

/** As policies name what is not there yet, too. */
export function arnOf(service: string, { region, account = '*' }: AwsConfig, rest: string): string {
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
  return `arn:${partition}:${service}:${region}:${account}:${rest}`
}
