/**
 * The provider block as a keywright.yaml: judged by the same schema, resolved by the same code, under the same rules of trust. What the
 * block leaves out may come from variables; a token never becomes part of the data.
 */
import type { Config } from '../../core/config/config.ts'
import { PROVIDER_KINDS } from '../../core/config/kinds.ts'
import { resolveConfig } from '../../core/config/resolve.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import { faultsOf } from '../../core/manifest/complaint.ts'
import { Secret } from '../../core/secret.ts'
import { trustDiagnostics } from '../../core/trust.ts'
import { judge } from '../../io/project/judge.ts'
import { snake } from '../names.ts'
import { memberOf } from '../plain.ts'
import { STACK_VARIABLE, TERRAFORM_KINDS, type TerraformKind } from '../schema/provider.ts'
import type { Path } from '../server/diagnostic.ts'
import { isMap, isUnknown, type Value, type ValueMap } from '../values/value.ts'
import { Sheet } from './document.ts'
import { dataOf, mappingOf, type Written } from './mapping.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** A provider that was configured. */
export interface Setup {
  /** `null` while the stack is unknown, or the block has errors. */
  readonly config: Config | null
  /** Something beside addresses and tokens is not known yet: nothing can be said of a plan. */
  readonly isPartly: boolean
  /** By kind; absent where no token was found. */
  readonly tokens: ReadonlyMap<TerraformKind, Secret>
  /** Kinds whose address or token is not known yet: nothing can be read from them in this plan. */
  readonly unknown: ReadonlySet<TerraformKind>
  readonly diagnostics: readonly Diagnostic[]
}

const KINDS = Object.keys(TERRAFORM_KINDS).filter((kind): kind is TerraformKind => Object.hasOwn(TERRAFORM_KINDS, kind))

export async function setupOf(block: ValueMap, env: Environment): Promise<Setup> {
  const sheet = new Sheet()
  const written: Written = { unknown: new Set(), sheet }
  const stack = memberOf(block, 'stack') ?? env[STACK_VARIABLE] ?? null
  const data: Record<string, unknown> = { version: 1 }
  put(data, 'stack', { value: stack, written })
  const apis = KINDS.map((kind) => apiOf(kind, memberOf(block, kind), { env, sheet }))
  const providers = Object.fromEntries(apis.map(({ kind, data: api }) => [kind, api]))
  for (const { kind } of apis) sheet.mark(providers, kind, [kind])
  data.providers = providers
  sheet.mark(data, 'providers', [])
  data.sinks = sinksOf(memberOf(block, 'sinks'), written)
  sheet.mark(data, 'sinks', ['sinks'])
  const unknown = new Set(apis.filter((api) => api.isUnknown).map(({ kind }) => kind))
  const tokens = new Map(apis.flatMap(({ kind, token }) => (token ? [[kind, token] as const] : [])))
  const warnings = apis.flatMap((api) => api.diagnostics)
  if (written.unknown.has('stack'))
    return { config: null, isPartly: true, tokens, unknown: new Set(KINDS), diagnostics: warnings }
  const { config, diagnostics } = await resolved(sheet, data, env)
  const isPartly = written.unknown.size > 0
  return { config, isPartly, tokens, unknown, diagnostics: [...warnings, ...(isPartly ? [] : diagnostics)] }
}

async function resolved(sheet: Sheet, data: object, env: Environment): Promise<Pick<Setup, 'config' | 'diagnostics'>> {
  const document = sheet.document(data)
  const judged = await judge(document, 'config')
  const { config, diagnostics } = resolveConfig(document, null, faultsOf(judged.spots))
  const permitted = { allowHosts: env.KEYWRIGHT_ALLOW_HOSTS, allowExec: env.KEYWRIGHT_ALLOW_EXEC }
  const trust = config === null ? [] : trustDiagnostics(config, permitted, document)
  const all = [...judged.diagnostics, ...diagnostics, ...trust]
  return { config: all.some(({ severity }) => severity === 'error') ? null : config, diagnostics: all }
}

function put(
  data: Record<string, unknown>,
  name: string,
  { value, written }: { readonly value: Value; readonly written: Written },
): void {
  const member = dataOf(value, [name], written)
  if (member === undefined) return
  data[name] = member
  written.sheet.mark(data, name, [name])
}

interface Api {
  readonly kind: TerraformKind
  readonly data: object
  readonly token: Secret | null
  readonly isUnknown: boolean
  readonly diagnostics: readonly Diagnostic[]
}

/** Options of one key API: the block first, then the variable. The data only says where a token would be. */
function apiOf(
  kind: TerraformKind,
  block: Value,
  { env, sheet }: { readonly env: Environment; readonly sheet: Sheet },
): Api {
  const variables: Readonly<Record<string, string>> = TERRAFORM_KINDS[kind]
  const given = isMap(block) ? block : {}
  const options: Record<string, Value> = {}
  for (const { option } of PROVIDER_KINDS[kind].options)
    options[option] = memberOf(given, snake(option)) ?? env[variables[option] ?? ''] ?? null
  const { token = null, ...rest } = options
  const written: Written = { unknown: new Set(), sheet }
  const data = mappingOf(rest, [kind], { ...written, name: (member) => member })
  for (const member of Object.keys(data)) sheet.mark(data, member, [kind, snake(member)])
  // A project that nobody named is missed only by somebody who declares a key in it.
  const project = kind === 'strait' && data.project === undefined ? { project: 'unknown' } : {}
  const api = { kind, ...project, token: { env: variables.token }, ...data }
  sheet.mark(api, 'kind', [kind])
  for (const member of Object.keys(data)) sheet.mark(api, member, [kind, snake(member)])
  return {
    kind,
    data: api,
    token: typeof token === 'string' && token.trim() !== '' ? Secret.of(token.trim()) : null,
    isUnknown: isUnknown(block) || isUnknown(token) || written.unknown.size > 0,
    diagnostics: typeof memberOf(given, 'token') === 'string' ? [inPlan(kind, variables.token ?? '')] : [],
  }
}

function inPlan(kind: TerraformKind, variable: string): Diagnostic {
  return {
    severity: 'warning',
    code: 'TERRAFORM_TOKEN_IN_PLAN',
    message: `The managing key of ${kind} is written in the provider block, so it lands in every plan file.`,
    hint: `export ${variable}=...   and leave token out`,
    at: new Sheet().document({}).range({}, '', 'value'),
  }
}

function sinksOf(value: Value, written: Written): Record<string, unknown> {
  if (isUnknown(value)) written.unknown.add('sinks')
  if (!isMap(value)) return {}
  const sinks: Record<string, unknown> = {}
  for (const [name, sink] of Object.entries(value)) {
    const path: Path = ['sinks', { key: name }]
    const data = dataOf(sink, path, written)
    if (data === undefined) continue
    sinks[name] = data
    written.sheet.mark(sinks, name, path)
  }
  return sinks
}
