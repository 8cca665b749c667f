/** The Parameter Store as far as clients see it, after its API reference (read 2026-11): numbered versions, labels, tags. */
import { done, failed, type Reply } from './reply.ts'
import type { FakeAws } from './server.ts'

export interface StoredParameter {
  readonly type: string
  readonly versions: { readonly number: number; readonly text: string; readonly labels: string[] }[]
  readonly tags: Map<string, string>
  readonly keyId: string | null
}

/** By name. */
export type Parameters = Map<string, StoredParameter>
type Asked = Readonly<Record<string, unknown>>

const MISSING = failed('ParameterNotFound')
const MOST_VERSIONS = 100

export function answerSsm(aws: FakeAws, action: string, asked: Asked): Reply {
  const name = String(asked.Name ?? asked.ResourceId)
  const found = aws.parameters.get(name)
  switch (action) {
    case 'ssm:PutParameter':
      return put(aws, name, asked)
    case 'ssm:GetParameter':
      return found ? done({ Parameter: shown(aws, name, found) }) : MISSING
    case 'ssm:GetParameterHistory':
      return found ? history(name, found, asked) : MISSING
    case 'ssm:DeleteParameter':
      return aws.parameters.delete(name) ? done({}) : MISSING
    case 'ssm:ListTagsForResource':
      return found
        ? done({ TagList: [...found.tags].map(([Key, Value]) => ({ Key, Value })) })
        : failed('InvalidResourceId')
    case 'ssm:AddTagsToResource':
      for (const { Key, Value } of Array.isArray(asked.Tags) ? asked.Tags : []) found?.tags.set(Key, Value)
      return found ? done({}) : failed('InvalidResourceId')
    case 'ssm:LabelParameterVersion':
      found?.versions.at(-1)?.labels.push(...[asked.Labels].flat().map(String))
      return done({ InvalidLabels: [] })
    default:
      return failed('UnknownOperationException', 404)
  }
}

function shown(aws: FakeAws, name: string, { type, versions }: StoredParameter): object {
  const latest = versions.at(-1)
  const ARN = `arn:aws:ssm:${aws.region}:${aws.account}:parameter/${name.replace(/^\//, '')}`
  return { ARN, Name: name, Type: type, Value: latest?.text, Version: latest?.number }
}

function history(name: string, { type, versions }: StoredParameter, { MaxResults, NextToken }: Asked): Reply {
  const from = Number(NextToken ?? 0)
  const to = from + Number(MaxResults ?? 50)
  const page = versions.slice(from, to)
  return done({
    Parameters: page.map(({ number, text }) => ({ Name: name, Type: type, Value: text, Version: number })),
    ...(to < versions.length ? { NextToken: String(to) } : {}),
  })
}

function put(aws: FakeAws, name: string, asked: Asked): Reply {
  const found = aws.parameters.get(name)
  if (typeof asked.Value !== 'string' || asked.Value === '') return failed('ValidationException')
  if (typeof asked.AllowedPattern === 'string' && !new RegExp(asked.AllowedPattern).test(asked.Value))
    return failed('ParameterPatternMismatchException')
  if (found && asked.Overwrite !== true) return failed('ParameterAlreadyExists')
  if (found && asked.Type !== undefined && asked.Type !== found.type) return failed('ValidationException')
  const parameter = found ?? newParameter(asked)
  if (parameter.versions.length >= MOST_VERSIONS && (parameter.versions[0]?.labels.length ?? 0) > 0)
    return failed('ParameterMaxVersionLimitExceeded')
  aws.parameters.set(name, parameter)
  const number = (parameter.versions.at(-1)?.number ?? 0) + 1
  parameter.versions.push({ number, text: asked.Value, labels: [] })
  if (parameter.versions.length > MOST_VERSIONS) parameter.versions.shift()
  return done({ Version: number, Tier: 'Standard' })
}

function newParameter({ Type, KeyId }: Asked): StoredParameter {
  return {
    type: String(Type ?? 'String'),
    versions: [],
    tags: new Map(),
    keyId: typeof KeyId === 'string' ? KeyId : null,
  }
}

export function latestText({ parameters }: FakeAws, name: string): string | null {
  return parameters.get(name)?.versions.at(-1)?.text ?? null
}

/** An outsider's new version. */
export function seedParameter(aws: FakeAws, name: string, text: string, type = 'SecureString'): StoredParameter {
  const parameter = aws.parameters.get(name) ?? newParameter({ Type: type })
  aws.parameters.set(name, parameter)
  parameter.versions.push({ number: (parameter.versions.at(-1)?.number ?? 0) + 1, text, labels: [] })
  return parameter
}
