import type { GuardrailFields } from './guardrail-fields.ts'
import type { Workspace } from './workspaces.ts'
import type { World } from './world.ts'

/** A guardrail, as it is kept and as the API shows it. Here it enforces nothing: that is the business of inference. */
export interface Guardrail extends GuardrailFields {
  readonly id: string
  readonly workspace_id: string
  readonly created_at: string
  readonly updated_at: string | null
}

/** The workspace whose default guardrail has this id. Such a guardrail is in force from the start, but nobody can read it before its first update. */
export function ownerOfDefault(world: World, id: string): Workspace | undefined {
  return [...world.tables.workspaces.values()].find((workspace) => workspace.default_guardrail_id === id)
}

export const NO_RULES: Omit<GuardrailFields, 'name'> = {
  description: null,
  limit_usd: null,
  reset_interval: null,
  include_byok_in_budgets: false,
  allowed_models: null,
  allowed_providers: null,
  ignored_models: null,
  ignored_providers: null,
  content_filters: null,
  content_filter_builtins: null,
  enable_free_model_publication: null,
  enable_free_model_training: null,
  enable_paid_model_training: null,
  enforce_zdr: null,
  enforce_zdr_anthropic: null,
  enforce_zdr_google: null,
  enforce_zdr_openai: null,
  enforce_zdr_other: null,
  enforce_zdr_xai: null,
}

/** What the first update of a default guardrail starts from. The name is the platform's. */
export function unconfiguredDefault(workspace: Workspace, at: string): Guardrail {
  return {
    id: workspace.default_guardrail_id,
    workspace_id: workspace.id,
    name: `Workspace ${workspace.id} Default`,
    ...NO_RULES,
    created_at: at,
    updated_at: null,
  }
}
