import type { Diagnostic } from '../diagnostic.ts'
import { complaint, type Faults } from '../manifest/complaint.ts'
import { isMapping, type Mapping, member, type SourceDocument } from '../manifest/source.ts'
import { isSinkKind, type KindRow, type OptionRow, SINK_KINDS } from '../sink-kinds.ts'
import { judgeGitUrl } from './git-url.ts'
import { type ConfigOption, isStoreKind, STORE_KINDS, type StoreKindRow } from './kinds.ts'
import { judgeUrl } from './url.ts'

/** Addresses of providers that cannot be read in exactly one way, or that would send a credential in the clear. */
export function urlDiagnostics(document: SourceDocument, providers: Mapping, faults: Faults): readonly Diagnostic[] {
  return Object.values(providers).flatMap((provider) => {
    const written = member(provider, 'baseUrl')
    if (!isMapping(provider) || typeof written !== 'string' || faults.at(provider, 'baseUrl')) return []
    const wrong = wrongUrl(written)
    if (wrong === null) return []
    const spot = { document, container: provider, member: 'baseUrl' }
    const hint = 'baseUrl: https://openrouter.ai/api/v1'
    return [complaint(spot, { code: 'CONFIG_URL_INVALID', message: `The address ${wrong}.`, hint })]
  })
}

/** The same for the addresses that sinks are configured with. */
export function sinkUrlDiagnostics(document: SourceDocument, sinks: Mapping, faults: Faults): readonly Diagnostic[] {
  return Object.values(sinks).flatMap((sink) =>
    urlOptions(member(sink, 'kind')).flatMap(({ option }) => {
      const written = member(sink, option)
      if (!isMapping(sink) || typeof written !== 'string' || faults.at(sink, option)) return []
      const wrong = wrongUrl(written)
      if (wrong === null) return []
      const spot = { document, container: sink, member: option }
      const hint = `${option}: https://HOST`
      return [complaint(spot, { code: 'CONFIG_URL_INVALID', message: `The address ${wrong}.`, hint })]
    }),
  )
}

/** The same for the addresses of the store; git has forms of its own. */
export function storeUrlDiagnostics(document: SourceDocument, store: Mapping, faults: Faults): readonly Diagnostic[] {
  return storeAddresses(member(store, 'kind')).flatMap(({ option, type, example }) => {
    const written = member(store, option)
    if (typeof written !== 'string' || faults.at(store, option)) return []
    const wrong = type === 'git' ? wrongGitUrl(written) : wrongUrl(written)
    if (wrong === null) return []
    const spot = { document, container: store, member: option }
    const hint = `${option}: ${example}`
    return [complaint(spot, { code: 'CONFIG_URL_INVALID', message: `The address ${wrong}.`, hint })]
  })
}

/** Options of a kind of store that are addresses: a credential is sent to each. */
export function storeAddresses(kind: unknown): readonly ConfigOption[] {
  if (!isStoreKind(kind)) return []
  const { options }: StoreKindRow = STORE_KINDS[kind]
  return options.filter(({ type }) => type === 'url' || type === 'git')
}

function wrongGitUrl(text: string): string | null {
  const judged = judgeGitUrl(text)
  return 'wrong' in judged ? judged.wrong : null
}

/** Options of a kind of sink that are addresses: a credential is sent to each. */
export function urlOptions(kind: unknown): readonly OptionRow[] {
  if (typeof kind !== 'string' || !isSinkKind(kind)) return []
  const { options }: KindRow = SINK_KINDS[kind]
  return options.filter(({ type }) => type === 'url')
}

function wrongUrl(text: string): string | null {
  const judged = judgeUrl(text)
  if ('wrong' in judged) return judged.wrong
  const { scheme, loopback } = judged.url
  return scheme === 'https' || loopback ? null : 'is http, which would send the credential in the clear; use https'
}
