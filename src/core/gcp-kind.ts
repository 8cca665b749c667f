/** The sink kind `gcp-secret-manager` as data: how it is configured, and where the identities of its places start. */
import type { KindRow, SourceConfig } from './sink-kinds.ts'

export interface GcpConfig {
  readonly kind: 'gcp-secret-manager'
  readonly allow?: readonly string[]
  readonly project: string
  readonly location?: string
  readonly alias?: string
  readonly replicas?: readonly string[]
  readonly credentials?: SourceConfig
  readonly endpoint?: string
}

/** Short enough for the name of an annotation, which holds the stamp. */
const FIELD_PATTERN = '^(?=.{1,50}$)[A-Za-z0-9_-]+(?:\\.[A-Za-z0-9_-]+)*$'
const PROJECT_PATTERN = '^(?:[a-z][a-z0-9.:-]{4,61}[a-z0-9]|[0-9]+)$'
const LOCATION_PATTERN = '^[a-z][a-z0-9-]{1,40}$'

export const GCP: KindRow = {
  doc: 'A secret in Google Secret Manager, or one field of a secret that is a JSON object. Each write adds a version. Old versions are disabled when their key has ended.',
  members: [
    {
      member: 'path',
      required: true,
      pattern: '^[A-Za-z0-9_-]{1,255}$',
      doc: 'Name of the secret. It is created if it is not there.',
      example: 'ci-openrouter',
    },
    {
      member: 'field',
      required: false,
      pattern: FIELD_PATTERN,
      doc: 'Member of the JSON object in that secret; dots lead into nested objects. Without it, the secret is the key alone.',
      example: 'openrouter.apiKey',
    },
  ],
  options: [
    { option: 'project', type: 'text', required: true, pattern: PROJECT_PATTERN, doc: 'Id or number of the project.' },
    {
      option: 'location',
      type: 'text',
      required: false,
      pattern: LOCATION_PATTERN,
      doc: 'Region of regional secrets, such as europe-west3. Without it, global secrets.',
    },
    {
      option: 'alias',
      type: 'text',
      required: false,
      pattern: '^(?!latest$)[A-Za-z][A-Za-z0-9_-]{0,62}$',
      doc: 'Version alias that whoever uses the secret reads, such as live. It is moved to a new version on condition of the etag, so that no late write gets through. Without it, the version latest is what counts, and the service knows no condition for that.',
    },
    {
      option: 'replicas',
      type: 'texts',
      required: false,
      pattern: LOCATION_PATTERN,
      doc: 'Locations of secrets that are created. Without it, Google chooses.',
    },
    {
      option: 'credentials',
      type: 'source',
      required: false,
      doc: 'Where the JSON of a service account key or of a workload identity federation is found. Without it, application default credentials.',
    },
    {
      option: 'endpoint',
      type: 'url',
      required: false,
      doc: 'Another address of the service, such as a private one. The host must be allowed by KEYWRIGHT_ALLOW_HOSTS.',
    },
  ],
}

/** `projects/P`, with the region of regional secrets. */
export function gcpParent({ project, location }: GcpConfig): string {
  return location === undefined ? `projects/${project}` : `projects/${project}/locations/${location}`
}

/** What the identities of its places start with. Whoever reads another alias reads another place. */
export function gcpHome(config: GcpConfig): string {
  return `gcp-secret-manager:${gcpParent(config)}${config.alias === undefined ? '' : `@${config.alias}`}`
}
