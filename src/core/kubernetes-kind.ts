/** The sink kind `kubernetes` as data: how it is configured, and where the identities of its places start. */
import type { KindRow, OptionRow, SourceConfig } from './sink-kinds.ts'

export type KubernetesAuth =
  | { readonly kind: 'kubeconfig'; readonly context?: string }
  | { readonly kind: 'service-account' }
  | { readonly kind: 'token'; readonly token: SourceConfig }

export interface KubernetesConfig {
  readonly kind: 'kubernetes'
  readonly allow?: readonly string[]
  readonly cluster: string
  readonly auth?: KubernetesAuth
  readonly server?: string
  readonly caFile?: string
}

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const NAMESPACE_AND_SECRET = `^${LABEL}/(?=[^/]{1,253}$)${LABEL}(?:\\.${LABEL})*$`
/** Key of a Secret, as far as it fits into the name of an annotation. */
const KEY = '^(?=.{1,63}$)[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$'

const AUTH: NonNullable<OptionRow['kinds']> = {
  kubeconfig: {
    doc: 'What kubectl uses: the files in KUBECONFIG, else ~/.kube/config. Needs the package @kubernetes/client-node.',
    options: [{ option: 'context', type: 'text', required: false, doc: 'Context in it. Without it, its current one.' }],
  },
  'service-account': { doc: 'The service account of the pod this runs in.', options: [] },
  token: {
    doc: 'A token, for the API server at `server`.',
    options: [{ option: 'token', type: 'source', required: true, doc: 'Where the token is found.' }],
  },
}

export const KUBERNETES: KindRow = {
  doc: 'One key of a Kubernetes Secret, by server-side apply. Other keys of the Secret stay as they are.',
  members: [
    {
      member: 'path',
      required: true,
      pattern: NAMESPACE_AND_SECRET,
      wrong: 'must be a namespace and the name of a Secret, with / between them',
      doc: 'Namespace and name of the Secret.',
      example: 'ci/openrouter',
    },
    {
      member: 'field',
      required: true,
      pattern: KEY,
      wrong:
        'must be a key of a Secret: letters, digits, _, . and -, at most 63, beginning and ending with a letter or digit',
      doc: 'Key in the data of the Secret.',
      example: 'api-key',
    },
  ],
  options: [
    {
      option: 'cluster',
      type: 'text',
      required: true,
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$',
      doc: 'A name for the cluster. Places are known by it, whichever way the cluster is reached.',
    },
    { option: 'auth', type: 'kinds', required: false, kinds: AUTH, doc: 'How to log in. Without it, `kubeconfig`.' },
    {
      option: 'server',
      type: 'url',
      required: false,
      doc: 'Address of the API server, with `auth: { kind: token }` alone. The host must be allowed by KEYWRIGHT_ALLOW_HOSTS.',
    },
    {
      option: 'caFile',
      type: 'text',
      required: false,
      doc: 'PEM file of the authority that signed the certificate of `server`.',
    },
  ],
}

/** What the identities of its places start with. */
export function kubernetesHome({ cluster }: KubernetesConfig): string {
  return `kubernetes:${cluster}`
}
