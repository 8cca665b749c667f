import type { Diagnostic } from '../diagnostic.ts'
import { complaint, type Faults } from '../manifest/complaint.ts'
import { isMapping, type Mapping, member, type SourceDocument } from '../manifest/source.ts'
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

function wrongUrl(text: string): string | null {
  const judged = judgeUrl(text)
  if ('wrong' in judged) return judged.wrong
  const { scheme, loopback } = judged.url
  return scheme === 'https' || loopback ? null : 'is http, which would send the credential in the clear; use https'
}
