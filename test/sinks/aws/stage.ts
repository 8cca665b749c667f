/** A fake AWS account, sinks on it, and places in them. */
import { afterEach } from 'vitest'
import type { AwsSecretsConfig, SsmConfig } from '../../../src/core/aws-kinds.ts'
import type { Place } from '../../../src/core/key.ts'
import { Secret } from '../../../src/core/secret.ts'
import type { Owner, PlaceAt, SecretSink } from '../../../src/ports/secret-sink.ts'
import { openAwsSecrets } from '../../../src/sinks/aws-secrets.ts'
import { openSsm } from '../../../src/sinks/aws-ssm.ts'
import { type FakeAws, fakeAws, ROOT, type Statement } from '../../fakes/aws/server.ts'
import { leapingClock } from '../../fakes/key-apis.ts'
import { contextOf, placeOf } from '../../fakes/sinks.ts'

export const FIRST = Secret.of('sk-or-v1-first-0123456789')
export const SECOND = Secret.of('sk-or-v1-second-9876543210')
export const THIRD = Secret.of('sk-or-v1-third-5555555555')

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

export async function fake(options: Parameters<typeof fakeAws>[0] = {}): Promise<FakeAws> {
  const aws = await fakeAws(options)
  open.push(aws)
  return aws
}

export interface Stage {
  readonly aws: FakeAws
  readonly sink: SecretSink
  readonly clock: ReturnType<typeof leapingClock>
  place(text: string): Place
}

type Change<C> = Partial<Omit<C, 'kind'>> & { readonly env?: Record<string, string>; readonly timeoutMillis?: number }

/** A sink with every right unless said. Waits cost no time. */
export async function awsSecrets(change: Change<AwsSecretsConfig> = {}, aws?: FakeAws): Promise<Stage> {
  const server = aws ?? (await fake())
  const { env = ROOT, timeoutMillis = 2000, ...rest } = change
  const config = { kind: 'aws-secrets-manager', region: server.region, endpoint: server.endpoint, ...rest } as const
  const clock = leapingClock()
  const sink = await openAwsSecrets(config, contextOf('/nowhere', { env }), {
    clock,
    random: () => 0,
    timeoutMillis,
  })
  open.push({ close: () => sink.close?.() })
  return { aws: server, sink, clock, place: (text) => placeOf(`here:${text}`, config) }
}

export async function ssm(change: Change<SsmConfig> = {}, aws?: FakeAws): Promise<Stage> {
  const server = aws ?? (await fake())
  const { env = ROOT, timeoutMillis = 2000, ...rest } = change
  const config = { kind: 'aws-ssm', region: server.region, endpoint: server.endpoint, ...rest } as const
  const clock = leapingClock()
  const sink = await openSsm(config, contextOf('/nowhere', { env }), { clock, random: () => 0, timeoutMillis })
  open.push({ close: () => sink.close?.() })
  return { aws: server, sink, clock, place: (text) => placeOf(`here:${text}`, config) }
}

/** An identity with every right but these. */
export function without(aws: FakeAws, ...actions: readonly string[]): Record<string, string> {
  const statements: Statement[] = [
    { Effect: 'Allow', Action: '*', Resource: '*' },
    { Effect: 'Deny', Action: actions, Resource: '*' },
  ]
  const id = `AKIA${aws.identities.size}`
  aws.identities.set(id, { secretAccessKey: 'another', statements })
  return { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: 'another' }
}

export function ownedBy(place: Place, change: Partial<Owner> = {}): PlaceAt {
  return { ...place, owner: { address: 'acme-7f3a/platform/ci-bot', lineage: 'k3v7x2ab', n: 4, ...change } }
}

export async function failure(work: Promise<unknown>): Promise<{ code: string; message: string; hint: string }> {
  const error = await work.then(
    () => ({ code: 'none' }),
    (thrown) => thrown,
  )
  return { code: error.code, message: error.message, hint: error.hint }
}

export const actions = ({ seen }: FakeAws): readonly string[] => seen.map(({ action }) => action.split(':')[1] ?? '')
