/**
 * A state file (format 4) as OpenRouter's own provider leaves it. Attributes by the schema in its docs/resources/api_key.md, read
 * 2026-11-28; layout as Terraform 1.9 writes it.
 */
export interface InState {
  /** `bot`, `module.team["a"].openrouter_api_key.bot[0]`: what is left out is the root module, no index. */
  readonly name?: string
  readonly module?: string
  readonly index?: string | number
  readonly hash?: string | null
  readonly key?: string | null
  readonly tainted?: boolean
  readonly deposed?: string
  readonly provider?: string
  readonly more?: Readonly<Record<string, unknown>>
}

const THEIRS = 'provider["registry.terraform.io/openrouterteam/openrouter"]'

/** Resources of other kinds, one of them a data source, which counts as nothing. */
const OTHERS = [
  { mode: 'managed', type: 'random_pet', name: 'p', provider: 'provider["registry.terraform.io/hashicorp/random"]' },
  { mode: 'managed', type: 'openrouter_workspace', name: 'w', provider: THEIRS },
  { mode: 'data', type: 'openrouter_api_key', name: 'd', provider: THEIRS },
].map((one) => ({ ...one, instances: [{ schema_version: 0, attributes: { id: 'x' }, sensitive_attributes: [] }] }))

export function tfstate(keys: readonly InState[], more: Readonly<Record<string, unknown>> = {}): string {
  const state = {
    version: 4,
    terraform_version: '1.9.5',
    serial: 7,
    lineage: 'c9c05a4e-7d0a-4f7c-9a6b-5a3d0e6f1b2c',
    outputs: { bot_key: { value: 'elsewhere', type: 'string', sensitive: true } },
    resources: [...keys.map(resourceOf), ...OTHERS],
    check_results: null,
    ...more,
  }
  return `${JSON.stringify(state, null, 2)}\n`
}

function resourceOf({ name = 'bot', module, index, provider = THEIRS, ...instance }: InState) {
  return {
    ...(module === undefined ? {} : { module }),
    mode: 'managed',
    type: 'openrouter_api_key',
    name,
    provider,
    instances: [instanceOf(instance, index)],
  }
}

function instanceOf({ hash, key, tainted, deposed, more }: InState, index: InState['index']) {
  return {
    ...(index === undefined ? {} : { index_key: index }),
    ...(tainted ? { status: 'tainted' } : {}),
    ...(deposed === undefined ? {} : { deposed }),
    schema_version: 0,
    attributes: {
      byok_usage: 0,
      created_at: '2026-05-04T08:00:00.000000+00:00',
      creator_user_id: null,
      disabled: false,
      expires_at: null,
      hash: hash ?? null,
      include_byok_in_limit: false,
      key: key ?? null,
      label: 'sk-or-v1-0e6...1c96',
      limit: null,
      limit_remaining: null,
      limit_reset: null,
      name: 'in the state',
      updated_at: null,
      usage: 0,
      workspace_id: '0df9e665-d932-5740-b2c7-b52af166bc11',
      ...more,
    },
    sensitive_attributes: [[{ type: 'get_attr', value: 'key' }]],
  }
}
