/** The sink kind `http` as data: a receiver of yours that is told what to keep. */
import { plainAddress } from './config/url.ts'
import type { KindRow, SourceConfig } from './sink-kinds.ts'
import { API_PATH_PATTERN } from './sink-patterns.ts'

export interface HttpConfig {
  readonly kind: 'http'
  readonly allow?: readonly string[]
  readonly url: string
  readonly key?: SourceConfig
  readonly readable?: boolean
  readonly conditional?: boolean
  readonly caFile?: string
}

export const HTTP_KEY_VARIABLE = 'KEYWRIGHT_WEBHOOK_KEY'

export const HTTP: KindRow = {
  doc: 'A receiver of your own, told by signed requests what to keep. `examples/sinks/http` has its contract, and a small one.',
  members: [
    {
      member: 'path',
      required: true,
      pattern: API_PATH_PATTERN,
      doc: 'Address handed to the receiver.',
      example: 'ci/openrouter',
    },
    {
      member: 'field',
      required: false,
      pattern: '^(?=.{1,100}$)[A-Za-z0-9_-]+(?:\\.[A-Za-z0-9_-]+)*$',
      doc: 'Field handed to the receiver.',
      example: 'api_key',
    },
  ],
  options: [
    {
      option: 'url',
      type: 'url',
      required: true,
      doc: 'Address of the receiver. The host must be allowed by KEYWRIGHT_ALLOW_HOSTS.',
    },
    {
      option: 'key',
      type: 'source',
      required: false,
      doc: `Where the signing key is found: \`whsec_\` and 24 to 64 bytes in base64. Without it the variable ${HTTP_KEY_VARIABLE}.`,
    },
    {
      option: 'readable',
      type: 'boolean',
      required: false,
      default: false,
      doc: 'The receiver answers `read` with the SHA-256 of what it keeps.',
    },
    {
      option: 'conditional',
      type: 'boolean',
      required: false,
      default: false,
      doc: 'The receiver honours `ifVersion` atomically.',
    },
    {
      option: 'caFile',
      type: 'text',
      required: false,
      doc: 'PEM file of the authority that signed the certificate of the receiver.',
    },
  ],
}

/** What the identities of its places start with. */
export function httpHome({ url }: HttpConfig): string {
  return `http:${plainAddress(url)}`
}
