/**
 * What the environment outside the repository has to permit.
 *
 * Whoever can change keywright.yaml in a pull request could send the management key to a host of their own, or run a command
 * with it in reach. So a host that gets a credential must be the default of its kind, this machine, or listed in
 * KEYWRIGHT_ALLOW_HOSTS; and commands need KEYWRIGHT_ALLOW_EXEC=1. Both are read from the environment, never from a file.
 */
import type { Config, ProviderConfig } from './config/config.ts'
import { judgeGitUrl } from './config/git-url.ts'
import { type ConfigOption, PROVIDER_KINDS, STORE_KINDS } from './config/kinds.ts'
import { tokenSources } from './config/sources.ts'
import { judgeUrl, type PlainUrl } from './config/url.ts'
import { urlOptions } from './config/urls.ts'
import { notifyRange } from './config/watching.ts'
import type { Diagnostic, SourceRange } from './diagnostic.ts'
import type { ProviderKind } from './key.ts'
import { isMapping, mappingAt, member, type SourceDocument } from './manifest/source.ts'
import type { SinkConfig } from './sink-kinds.ts'

/** The two variables, as found; `undefined` when not set. */
export interface Permissions {
  readonly allowHosts: string | undefined
  readonly allowExec: string | undefined
}

/** Empty when everything the config would do is permitted. `document` is where positions come from. */
export function trustDiagnostics(
  config: Config,
  permitted: Permissions,
  document: SourceDocument,
): readonly Diagnostic[] {
  const hosts = allowedHosts(permitted.allowHosts)
  const root = isMapping(document.data) ? document.data : {}
  const providers = [...config.providers.values()].flatMap((provider) => {
    const written = mappingAt(mappingAt(root, 'providers'), provider.name)
    return [
      ...tokenHosts(provider, hosts, document.range(written, 'token', 'value')),
      ...hostDiagnostics(provider, hosts, document.range(written, 'baseUrl', 'value')),
      ...execDiagnostics(provider, permitted, document.range(written, 'token', 'value')),
    ]
  })
  const written = mappingAt(root, 'sinks')
  const hostsOfSinks = sinkHosts(config.sinks, hosts, (name, option) =>
    document.range(mappingAt(written, name), option, 'value'),
  )
  const store = storeTrust(config.store, { hosts, permitted, document, written: mappingAt(root, 'store') })
  const receivers = config.notify.flatMap((channel, index) => {
    if (channel.kind !== 'http') return []
    const who = 'notify would send alerts'
    return strayHost(who, { address: channel.url, known: null, allowed: hosts, at: notifyRange(document, index) })
  })
  return [
    ...providers,
    ...hostsOfSinks,
    ...store,
    ...receivers,
    ...sinkDiagnostics(config, permitted, document, written),
  ]
}

/**
 * The same judgement for an address that stands in no file: may a credential be sent to `baseUrl`? `named` is what the address is
 * called in messages. `null` when it may; an address that is no plain URL is refused with `CONFIG_URL_INVALID`.
 */
export function addressRefusal(
  { named, kind, baseUrl }: { readonly named: string; readonly kind: ProviderKind; readonly baseUrl: string },
  permitted: Permissions,
): Pick<Diagnostic, 'code' | 'message' | 'hint'> | null {
  const judged = judgeUrl(baseUrl)
  const known = PROVIDER_KINDS[kind].baseUrl
  const hint = `${named}=${known ?? ''}`
  if ('wrong' in judged)
    return { code: 'CONFIG_URL_INVALID', message: `The address in ${named} ${judged.wrong}.`, hint }
  const { url } = judged
  if (url.scheme === 'http' && !url.loopback)
    return { code: 'CONFIG_URL_INVALID', message: `The address in ${named} is http; use https.`, hint }
  if (url.loopback || isDefault(url, known) || isAllowed(url, allowedHosts(permitted.allowHosts))) return null
  const host = hostText(url)
  const message = `${named} would send the credential to ${host}, which KEYWRIGHT_ALLOW_HOSTS does not allow.`
  return { code: 'CONFIG_HOST_NOT_ALLOWED', message, hint: `export KEYWRIGHT_ALLOW_HOSTS=${host}` }
}

/** Lower-cased entries of the comma list, `host` or `host:port`. Anything else (a URL, a wildcard) allows nothing. */
function allowedHosts(list: string | undefined): ReadonlySet<string> {
  return new Set((list ?? '').split(',').map((entry) => entry.trim().toLowerCase()))
}

function hostDiagnostics(
  provider: ProviderConfig,
  allowed: ReadonlySet<string>,
  at: SourceRange,
): readonly Diagnostic[] {
  const { baseUrl, kind, name } = provider
  if (baseUrl === null) return []
  return strayHost(`The provider ${name} would send its credential`, {
    address: baseUrl,
    known: PROVIDER_KINDS[kind].baseUrl,
    allowed,
    at,
  })
}

/** Whoever keeps or gives the token gets a credential too. */
function tokenHosts(
  { name, token }: ProviderConfig,
  allowed: ReadonlySet<string>,
  at: SourceRange,
): readonly Diagnostic[] {
  const who = `The token source of the provider ${name} would send a credential`
  return token.flatMap((source) => {
    const addresses =
      'oidc' in source
        ? [{ option: 'exchange', address: source.oidc.exchange, known: null }]
        : 'stored' in source
          ? addressesOf(source.config)
          : []
    return addresses.flatMap(({ option, address, known }) => [
      ...unclearAddress(option, address, at),
      ...strayHost(who, { address, known, allowed, at }),
    ])
  })
}

/** The addresses inside a token source: no other check has judged their form. */
function unclearAddress(option: string, address: string, at: SourceRange): readonly Diagnostic[] {
  const judged = judgeUrl(address)
  const isOpen = !('wrong' in judged) && judged.url.scheme === 'http' && !judged.url.loopback
  const wrong =
    'wrong' in judged ? judged.wrong : isOpen ? 'is http, which would send the credential in the clear' : null
  if (wrong === null) return []
  const message = `The address in "${option}" of this token source ${wrong}.`
  return [{ severity: 'error', code: 'CONFIG_URL_INVALID', message, hint: `${option}: https://HOST`, at }]
}

interface Address extends Pick<Sending, 'address' | 'known'> {
  readonly option: string
}

/** Every option of a sink that is an address; one that is left out leads to the default of its kind. */
function addressesOf(sink: SinkConfig): readonly Address[] {
  return urlOptions(sink.kind).flatMap(({ option, default: usual }) => {
    const address = Object.entries(sink).find(([name]) => name === option)?.[1]
    const known = typeof usual === 'string' ? usual : null
    return typeof address === 'string' ? [{ option, address, known }] : []
  })
}

interface Sending {
  readonly address: string
  readonly known: string | null
  readonly allowed: ReadonlySet<string>
  readonly at: SourceRange
}

function strayHost(who: string, { address, known, allowed, at }: Sending): readonly Diagnostic[] {
  const judged = judgeUrl(address)
  if ('wrong' in judged) return []
  const { url } = judged
  return url.loopback || isDefault(url, known) || isAllowed(url, allowed) ? [] : [stray(who, url, at)]
}

function stray(who: string, url: PlainUrl, at: SourceRange): Diagnostic {
  const host = hostText(url)
  const message = `${who} to ${host}, which nobody outside this repository has allowed.`
  const hint = `export KEYWRIGHT_ALLOW_HOSTS=${host}`
  return { severity: 'error', code: 'CONFIG_HOST_NOT_ALLOWED', message, hint, at }
}

function sinkHosts(
  sinks: Config['sinks'],
  allowed: ReadonlySet<string>,
  range: (name: string, option: string) => SourceRange,
): readonly Diagnostic[] {
  return [...sinks].flatMap(([name, sink]) =>
    addressesOf(sink).flatMap(({ option, address, known }) =>
      strayHost(`The sink ${name} would send its credential`, { address, known, allowed, at: range(name, option) }),
    ),
  )
}

interface StoreTrust {
  readonly hosts: ReadonlySet<string>
  readonly permitted: Permissions
  readonly document: SourceDocument
  readonly written: Readonly<Record<string, unknown>>
}

/** Where the store gets its credential, and where it sends it. */
function storeTrust({ kind, options }: Config['store'], trust: StoreTrust): readonly Diagnostic[] {
  const { hosts, permitted, document, written } = trust
  const rows: readonly ConfigOption[] = STORE_KINDS[kind].options
  const range = (option: string): SourceRange => document.range(written, option, 'value')
  const strays = rows.flatMap(({ option, type }) => {
    const value = member(options, option)
    const isAddress = type === 'url' || type === 'git' || (kind === 'postgres' && option === 'host')
    const url = typeof value === 'string' && isAddress ? placeOf(value, type) : null
    return url === null || url.loopback || isAllowed(url, hosts)
      ? []
      : [stray('The store would send its credential', url, range(option))]
  })
  const runs = rows.filter(({ option }) => tokenSources(member(options, option)).some((source) => 'exec' in source))
  if (permitted.allowExec === '1') return strays
  return [
    ...strays,
    ...runs.map(({ option }) => execRefused(`The ${option} of the store comes from a command.`, range(option))),
  ]
}

/** Host and port of an address; `null` for what has none, such as the folder of a socket. */
function placeOf(text: string, type: ConfigOption['type']): PlainUrl | null {
  if (type === 'git') {
    const judged = judgeGitUrl(text)
    if ('wrong' in judged || judged.url.host === null) return null
    const { host, port, loopback } = judged.url
    return { scheme: 'https', host, port: port ?? 443, loopback }
  }
  const judged = text.startsWith('/') ? null : judgeUrl(type === 'url' ? text : `https://${text}/`)
  return judged === null || 'wrong' in judged ? null : judged.url
}

function isDefault(url: PlainUrl, known: string | null): boolean {
  const judged = known === null ? null : judgeUrl(known)
  if (judged === null || 'wrong' in judged) return false
  return url.scheme === judged.url.scheme && url.host === judged.url.host && url.port === judged.url.port
}

/** An entry without port allows the usual port of the scheme only. */
function isAllowed(url: PlainUrl, allowed: ReadonlySet<string>): boolean {
  return allowed.has(`${url.host}:${url.port}`) || (isUsualPort(url) && allowed.has(url.host))
}

function isUsualPort({ scheme, port }: PlainUrl): boolean {
  return port === (scheme === 'https' ? 443 : 80)
}

function hostText(url: PlainUrl): string {
  return isUsualPort(url) ? url.host : `${url.host}:${url.port}`
}

function execDiagnostics(provider: ProviderConfig, { allowExec }: Permissions, at: SourceRange): readonly Diagnostic[] {
  if (allowExec === '1' || !provider.token.some((source) => 'exec' in source)) return []
  return [execRefused(`The token of the provider ${provider.name} comes from a command.`, at)]
}

function sinkDiagnostics(
  config: Config,
  { allowExec }: Permissions,
  document: SourceDocument,
  written: Readonly<Record<string, unknown>>,
): readonly Diagnostic[] {
  if (allowExec === '1') return []
  return [...config.sinks].flatMap(([name, sink]) =>
    sink.kind === 'exec'
      ? [execRefused(`The sink ${name} runs a command.`, document.range(mappingAt(written, name), 'kind', 'value'))]
      : [],
  )
}

function execRefused(what: string, at: SourceRange): Diagnostic {
  const message = `${what} Nobody outside this repository has allowed commands.`
  return { severity: 'error', code: 'CONFIG_EXEC_NOT_ALLOWED', message, hint: 'export KEYWRIGHT_ALLOW_EXEC=1', at }
}
