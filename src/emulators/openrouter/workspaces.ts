/** What the emulator keeps of a workspace; the rest of the object is constant. */
export interface Workspace {
  readonly id: string
  readonly default_guardrail_id: string
  readonly name: string
  readonly slug: string
  readonly created_at: string
  readonly created_by: string
}

/** The workspace object of the published contract of 2026-08-22. */
export function workspaceObject(workspace: Workspace): object {
  return {
    ...workspace,
    description: null,
    default_text_model: null,
    default_image_model: null,
    default_provider_sort: null,
    is_observability_io_logging_enabled: false,
    is_observability_broadcast_enabled: false,
    is_data_discount_logging_enabled: false,
    io_logging_sampling_rate: 1,
    io_logging_api_key_ids: null,
    include_byok_in_budgets: false,
    updated_at: null,
  }
}

/** By UUID or slug; undefined when there is none. */
export function findWorkspace(workspaces: readonly Workspace[], idOrSlug: string): Workspace | undefined {
  return workspaces.find(({ id, slug }) => id === idOrSlug.toLowerCase() || slug === idOrSlug)
}
