/**
 * From `keywright.yaml` as data to a `Config` for one environment. Pure. The schema has spoken before: what it refused is left
 * out here without a second word, so that every problem of the file is reported once, and all of them at once.
 */
import type { Diagnostic } from '../diagnostic.ts'
import { complaint, type Faults, NO_FAULTS } from '../manifest/complaint.ts'
import { secretsIn } from '../manifest/secrets.ts'
import { isMapping, type Mapping, mappingAt, member, type SourceDocument } from '../manifest/source.ts'
import { isSinkKind, type SinkConfig } from '../places.ts'
import {
  type Config,
  MANIFESTS_DEFAULT,
  type Profile,
  type ProviderConfig,
  type StoreConfig,
  type Variable,
} from './config.ts'
import { chooseEnvironment } from './environment.ts'
import { checkRotationBound, guardOf, numberAt, textsAt } from './guard.ts'
import { isProviderKind, isStoreKind, PROVIDER_KINDS } from './kinds.ts'
import { sinkConflicts } from './sink-conflicts.ts'
import { tokenSources } from './sources.ts'
import { teamsOf } from './teams.ts'
import { type Reading, unattendedOf } from './unattended.ts'
import { sinkUrlDiagnostics, storeUrlDiagnostics, urlDiagnostics } from './urls.ts'
import { loopOf, notifyRange, notifyUrlDiagnostics, watchingOf } from './watching.ts'

export interface ConfigResult {
  /** `null` when there is no telling which stack is meant. Use it only when there is no error. */
  readonly config: Config | null
  readonly diagnostics: readonly Diagnostic[]
}

export function resolveConfig(document: SourceDocument, env: string | null, faults: Faults = NO_FAULTS): ConfigResult {
  const root = isMapping(document.data) ? document.data : {}
  const report: Diagnostic[] = [...secretsIn(document, 'CONFIG_LOOKS_SECRET')]
  const chosen = chooseEnvironment({ document, root, env, faults, report })
  const providers = mappingAt(root, 'providers')
  const sinks = mappingAt(root, 'sinks')
  if (Object.keys(providers).length === 0 && !faults.at(root, 'providers')) report.push(noProvider(document, root))
  report.push(...urlDiagnostics(document, providers, faults), ...sinkUrlDiagnostics(document, sinks, faults))
  report.push(...storeUrlDiagnostics(document, mappingAt(root, 'store'), faults))
  report.push(...sinkConflicts(document, sinks, faults))
  const unattended = unattendedIn(root, { document, faults, report })
  for (const bound of rotationBounds(root)) checkRotationBound(bound, { document, faults, report })
  const watching = watchingOf(root)
  report.push(...notifyUrlDiagnostics(watching.notify, (index) => notifyRange(document, index)))
  if (chosen === null) return { config: null, diagnostics: report }
  const config: Config = {
    stack: chosen.stack,
    environment: chosen.environment,
    stacks: chosen.stacks,
    onlyFrom: textAt(chosen.settings, 'onlyFrom'),
    vars: new Map([...variables(root), ...variables(chosen.settings)]),
    guard: guardOf({ ...mappingAt(root, 'guard'), ...mappingAt(chosen.settings, 'guard') }),
    teams: teamsOf(root),
    owners: textsAt(root, 'owners'),
    ...unattended(chosen.settings),
    ...watching,
    loop: loopOf({ ...mappingAt(root, 'loop'), ...mappingAt(chosen.settings, 'loop') }),
    store: storeOf(member(root, 'store')),
    providers: new Map(Object.entries(providers).flatMap(([name, written]) => providerOf(name, written))),
    sinks: new Map(Object.entries(sinks).flatMap(([name, written]) => sinkOf(name, written, faults))),
    profiles: new Map(
      Object.entries(mappingAt(root, 'profiles')).flatMap(([name, fields]) => profileOf(name, fields, document)),
    ),
    manifests: globsOf(root),
    known: { providers: Object.keys(providers), sinks: Object.keys(sinks) },
  }
  return { config, diagnostics: report }
}

/** Reads the file and all environments, so that every mistake is reported; then tells what holds with the settings of one. */
function unattendedIn(root: Mapping, reading: Reading): (settings: Mapping) => Pick<Config, 'loopEvery' | 'freezes'> {
  const whole = unattendedOf(root, reading)
  const environments = Object.values(mappingAt(root, 'environments')).filter(isMapping)
  const each = new Map(environments.map((settings) => [settings, unattendedOf(settings, reading)]))
  return (settings) => ({
    loopEvery: each.get(settings)?.loopEvery ?? whole.loopEvery,
    freezes: each.get(settings)?.freezes ?? whole.freezes ?? [],
  })
}

/** Everything that may hold a `requireRotation`. */
function rotationBounds(root: Mapping): readonly unknown[] {
  const environments = Object.values(mappingAt(root, 'environments'))
  return [
    member(root, 'guard'),
    ...environments.map((settings) => member(settings, 'guard')),
    ...Object.values(mappingAt(root, 'teams')),
  ]
}

function noProvider(document: SourceDocument, root: Mapping): Diagnostic {
  const message = 'keywright.yaml configures no provider.'
  const hint = 'providers: { openrouter: { kind: openrouter, token: { env: OPENROUTER_MANAGEMENT_KEY } } }'
  const named = Object.hasOwn(root, 'providers') ? 'providers' : 'version'
  return complaint(
    { document, container: root, member: named },
    { code: 'CONFIG_PROVIDER_MISSING', message, hint, part: 'key' },
  )
}

function textAt(container: unknown, name: string): string | null {
  const value = member(container, name)
  return typeof value === 'string' ? value : null
}

function variables(container: Mapping): readonly (readonly [string, Variable])[] {
  return Object.entries(mappingAt(container, 'vars')).flatMap(([name, value]) =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? [[name, value] as const]
      : [],
  )
}

function storeOf(written: unknown): StoreConfig {
  const { kind, ...options } = isMapping(written) ? written : {}
  return isStoreKind(kind) ? { kind, options, written: true } : { ...LOCAL_STORE, written: written !== undefined }
}

const LOCAL_STORE = { kind: 'local', options: {} } as const

function providerOf(name: string, written: unknown): readonly (readonly [string, ProviderConfig])[] {
  const kind = member(written, 'kind')
  if (!isProviderKind(kind)) return []
  const baseUrl = (textAt(written, 'baseUrl') ?? PROVIDER_KINDS[kind].baseUrl)?.replace(/\/+$/, '') ?? null
  const token = tokenSources(member(written, 'token'))
  const budget = { writesPerDay: numberAt(written, 'writesPerDay'), reserve: numberAt(written, 'reserve') }
  const project = textAt(written, 'project')
  return [[name, { name, kind, baseUrl, token, ...(project === null ? {} : { project }), ...budget }]]
}

function sinkOf(name: string, written: unknown, faults: Faults): readonly (readonly [string, SinkConfig])[] {
  return isSinkConfig(written) && !faults.in(written) ? [[name, written]] : []
}

/** Only the kind is looked at: the schema has judged the rest. */
function isSinkConfig(written: unknown): written is SinkConfig {
  const kind = member(written, 'kind')
  return typeof kind === 'string' && isSinkKind(kind)
}

function profileOf(name: string, fields: unknown, document: SourceDocument): readonly (readonly [string, Profile])[] {
  return isMapping(fields) ? [[name, { document, fields }]] : []
}

function globsOf(root: Mapping): readonly string[] {
  const written = textsAt(root, 'manifests')
  return written.length > 0 ? written : MANIFESTS_DEFAULT
}
