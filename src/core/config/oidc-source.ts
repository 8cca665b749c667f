/**
 * A credential that a token service gives for the signed token of a workload: OAuth 2.0 token exchange (RFC 8693).
 *
 * The signed token comes from a variable or a file (GitLab: `id_tokens`), or, with neither, from GitHub Actions itself, which gives it to a
 * job with `permissions: { id-token: write }`.
 */
import { isMapping } from '../manifest/source.ts'

export interface OidcSource {
  readonly oidc: {
    /** Token endpoint of the service. */
    readonly exchange: string
    readonly audience?: string
    readonly scope?: string
    readonly env?: string
    readonly file?: string
  }
}

export interface OidcRow {
  readonly option: keyof OidcSource['oidc']
  readonly required: boolean
  readonly doc: string
  readonly example: string
}

export const OIDC_ROWS: readonly OidcRow[] = [
  {
    option: 'exchange',
    required: true,
    doc: 'Token endpoint of the service (RFC 8693). Its host must be allowed by KEYWRIGHT_ALLOW_HOSTS.',
    example: 'https://sts.internal/token',
  },
  {
    option: 'audience',
    required: false,
    doc: 'Audience of the signed token that GitHub gives, and of the token that is asked for.',
    example: 'keywright',
  },
  { option: 'scope', required: false, doc: 'Scope that is asked for.', example: 'keys:write' },
  { option: 'env', required: false, doc: 'Variable with the signed token, as GitLab sets one.', example: 'ID_TOKEN' },
  { option: 'file', required: false, doc: 'File with the signed token.', example: '/var/run/secrets/tokens/keywright' },
]

/** `null` for what is no such mapping; the schema has judged the rest. */
export function oidcSource(written: unknown): OidcSource | null {
  if (!isMapping(written) || typeof written.exchange !== 'string') return null
  const texts = OIDC_ROWS.flatMap(({ option }) =>
    typeof written[option] === 'string' ? [[option, written[option]]] : [],
  )
  return { oidc: { exchange: written.exchange, ...Object.fromEntries(texts) } }
}
