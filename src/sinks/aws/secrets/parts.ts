/** What every file about Secrets Manager needs. */
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { AwsSecretsConfig } from '../../../core/aws-kinds.ts'
import type { KeywrightError } from '../../../core/diagnostic.ts'
import type { PlaceAt } from '../../../ports/secret-sink.ts'
import { misfit } from '../../refusal.ts'
import type { OnShelf } from '../../shelf.ts'
import { type Ask, arnOf } from '../line.ts'

export type Sdk = typeof import('@aws-sdk/client-secrets-manager')

export interface Parts {
  readonly sdk: Sdk
  readonly client: SecretsManagerClient
  readonly ask: Ask
  readonly config: AwsSecretsConfig
  /** Name of the sink, for messages. */
  readonly name: string
}

export interface Seen extends OnShelf {
  readonly exists: boolean
  /** Id of the version that is AWSCURRENT; `null` for a secret without one. */
  readonly current: string | null
  /** Its text. */
  readonly text: string | null
  /** Why nothing may be written to this secret. */
  readonly closed: KeywrightError | null
}

export function secretOf({ at }: PlaceAt): string {
  return at.path ?? ''
}

/** What a command line of AWS needs to say which secret. */
export function typed({ config }: Parts, place: PlaceAt): string {
  return `--secret-id ${secretOf(place)} --region ${config.region}`
}

/** As policies name a secret. AWS adds six characters of its own to the name, and judges one that is not there yet without them. */
export function secretArn({ config }: Parts, place: PlaceAt): string {
  return arnOf('secretsmanager', config, `secret:${secretOf(place)}*`)
}

export function absent({ name, config }: Parts, place: PlaceAt): KeywrightError {
  const message = `there is no secret ${secretOf(place)}, and the sink ${name} creates none`
  return misfit(message, `aws secretsmanager create-secret --name ${secretOf(place)} --region ${config.region}`)
}
