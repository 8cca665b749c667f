/**
 * Parameters of the Parameter Store: one text each, with a number that grows.
 *
 * A parameter can be created on the condition that it is not there, and never replaced on the condition that it is still the one that was
 * looked at: the number of an answer tells afterwards that somebody came between, when theirs is gone. So these places are declared
 * unconditional, and the engine takes its precautions (grace and hold are never zero). No labels are set: AWS refuses the 101st version
 * when the oldest one has a label.
 */
import type { SSMClient } from '@aws-sdk/client-ssm'
import type { SsmConfig } from '../../core/aws-kinds.ts'
import { Secret } from '../../core/secret.ts'
import { fingerprintOf } from '../../io/digest.ts'
import type { PlaceAt } from '../../ports/secret-sink.ts'
import { denied, misfit } from '../refusal.ts'
import type { Change, OnShelf } from '../shelf.ts'
import { type Ask, arnOf, assertAccount } from './line.ts'

export interface Parts {
  readonly sdk: typeof import('@aws-sdk/client-ssm')
  readonly client: SSMClient
  readonly ask: Ask
  readonly config: SsmConfig
  /** Name of the sink, for messages. */
  readonly name: string
}

export interface Seen extends OnShelf {
  /** `null` when there is none. */
  readonly version: number | null
}

export const STAMP = 'keywright'

export function parameterOf({ at }: PlaceAt): string {
  return at.path ?? ''
}

function arnIn({ config }: Parts, place: PlaceAt): string {
  return arnOf('ssm', config, `parameter/${parameterOf(place).replace(/^\//, '')}`)
}

/** Without the right to list tags, no stamp is seen. */
export async function look(parts: Parts, place: PlaceAt): Promise<Seen> {
  const { sdk, client, ask, config, name } = parts
  const Name = parameterOf(place)
  const call = { right: 'ssm:GetParameter', arn: arnIn(parts, place), answers: ['ParameterNotFound'] } as const
  const got = await ask(call, (o) => client.send(new sdk.GetParameterCommand({ Name, WithDecryption: true }), o))
  if (typeof got === 'string') return { version: null, held: null, stamp: null }
  const { ARN, Type, Value = null, Version = 0 } = got.Parameter ?? {}
  assertAccount(config, ARN, name)
  if (Type !== 'SecureString')
    throw misfit(
      `the parameter ${Name} is a ${Type ?? 'text'} that is stored in the clear`,
      `aws ssm delete-parameter ${typed(parts, place)}   or another place`,
    )
  return { version: Version, held: Value, stamp: await stampOf(parts, place) }
}

async function stampOf(parts: Parts, place: PlaceAt): Promise<string | null> {
  const { sdk, client, ask } = parts
  const input = { ResourceType: 'Parameter', ResourceId: parameterOf(place) } as const
  const call = { right: 'ssm:ListTagsForResource', arn: arnIn(parts, place), answers: ['InvalidResourceId'] } as const
  const listed = await ask(call, (o) => client.send(new sdk.ListTagsForResourceCommand(input), o)).catch((error) => {
    if (error.code === 'SINK_DENIED') return 'denied' as const
    throw error
  })
  return typeof listed === 'string' ? null : (listed.TagList?.find(({ Key }) => Key === STAMP)?.Value ?? null)
}

/** What a command line of AWS needs to say which parameter. */
export function typed({ config }: Parts, place: PlaceAt): string {
  return `--name ${parameterOf(place)} --region ${config.region}`
}

export async function put(parts: Parts, { place, seen, value }: Change<Seen>): Promise<'done' | 'moved'> {
  const { sdk, client, ask, config } = parts
  if (value === null) return remove(parts, place)
  if (seen.version === null && config.create === false) throw absent(parts, place)
  const answers = ['ParameterAlreadyExists', 'ParameterMaxVersionLimitExceeded'] as const
  const call = { right: 'ssm:PutParameter', arn: arnIn(parts, place), answers }
  const input = { ...written(config, place), Value: value.expose(), Overwrite: seen.version !== null }
  const done = await ask(call, (o) => client.send(new sdk.PutParameterCommand(input), o))
  if (done === 'ParameterMaxVersionLimitExceeded') throw full(parts, place)
  return typeof done === 'string' ? 'moved' : 'done'
}

function written({ kmsKey, tier }: SsmConfig, place: PlaceAt) {
  return {
    Name: parameterOf(place),
    Type: 'SecureString',
    ...(kmsKey === undefined ? {} : { KeyId: kmsKey }),
    ...(tier === undefined ? {} : { Tier: tier }),
  } as const
}

function absent(parts: Parts, place: PlaceAt) {
  const message = `there is no parameter ${parameterOf(place)}, and the sink ${parts.name} creates none`
  return misfit(message, `aws ssm put-parameter ${typed(parts, place)} --type SecureString --value -`)
}

function full(parts: Parts, place: PlaceAt) {
  const message = `${place.text}: the sink ${parts.name} cannot add a version, as the oldest of 100 has a label`
  return denied(
    message,
    `aws ssm get-parameter-history ${typed(parts, place)}   and unlabel-parameter-version for the oldest`,
  )
}

async function remove(parts: Parts, place: PlaceAt): Promise<'done'> {
  const { sdk, client, ask } = parts
  const call = { right: 'ssm:DeleteParameter', arn: arnIn(parts, place), answers: ['ParameterNotFound'] } as const
  await ask(call, (o) => client.send(new sdk.DeleteParameterCommand({ Name: parameterOf(place) }), o))
  return 'done'
}

/**
 * Proof that a later write can succeed, by writes that cannot: one that must not replace what is there, or one whose text does not match
 * the pattern that comes with it. The policy is asked before either is found out.
 */
export async function prove(parts: Parts, place: PlaceAt, { version }: Seen): Promise<void> {
  const { sdk, client, ask, config } = parts
  if (version === null && config.create === false) throw absent(parts, place)
  const answers = ['ParameterAlreadyExists', 'ParameterPatternMismatchException', 'ValidationException'] as const
  const call = { right: 'ssm:PutParameter', arn: arnIn(parts, place), answers }
  const input = { ...written(config, place), Value: 'a preflight of keywright', AllowedPattern: '^$', Overwrite: false }
  await ask(call, (o) => client.send(new sdk.PutParameterCommand(input), o))
}

/** As well as it can: without the right to tag, the place has no stamp. */
export async function mark(parts: Parts, place: PlaceAt, stamp: string | null): Promise<void> {
  const { sdk, client, ask } = parts
  const which = { ResourceType: 'Parameter', ResourceId: parameterOf(place) } as const
  const call = { right: 'ssm:AddTagsToResource', arn: arnIn(parts, place) }
  const tags = { ...which, Tags: [{ Key: STAMP, Value: stamp ?? '' }] }
  // A parameter that is gone took its tags along.
  if (stamp === null) return
  await ask(call, (o) => client.send(new sdk.AddTagsToResourceCommand(tags), o)).catch(() => undefined)
}

/** Pages of 50 versions, oldest first. */
const MOST_PAGES = 4

/** The latest version that is kept and held exactly these bytes. */
export async function earlierWith(parts: Parts, place: PlaceAt, print: string): Promise<Secret | null> {
  const { sdk, client, ask } = parts
  const call = { right: 'ssm:GetParameterHistory', arn: arnIn(parts, place), answers: ['ParameterNotFound'] } as const
  let found: string | null = null
  let NextToken: string | undefined
  for (let page = 1; page <= MOST_PAGES; page++) {
    const input = { Name: parameterOf(place), WithDecryption: true, MaxResults: 50, NextToken }
    const got = await ask(call, (o) => client.send(new sdk.GetParameterHistoryCommand(input), o))
    if (typeof got === 'string') return null
    found =
      got.Parameters?.findLast(({ Value }) => Value !== undefined && fingerprintOf(Value) === print)?.Value ?? found
    NextToken = got.NextToken
    if (NextToken === undefined) break
  }
  return found === null ? null : Secret.of(found)
}
