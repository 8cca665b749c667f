/** Hooks by kind, loaded when they are first run. Each goes through a configured sink of the kind that `HOOK_KINDS` names. */
import { KeywrightError } from '../../core/diagnostic.ts'
import { HOOK_KINDS, type Hook, type HookKind } from '../../core/hook-kinds.ts'
import type { SinkConfig } from '../../core/places.ts'
import type { AfterHook } from '../../ports/after-hook.ts'
import type { SinkContext } from '../context.ts'
import type { RestTuning } from '../rest-line.ts'

export interface HookParts<C extends SinkConfig = SinkConfig> {
  readonly hook: Hook
  readonly config: C
  readonly context: SinkContext
  readonly tuning?: Partial<RestTuning>
}

type Opener = (parts: HookParts) => Promise<AfterHook>

export const HOOKS: Readonly<Record<HookKind, Opener>> = {
  'rollout-restart': async (parts) => {
    const { config } = parts
    if (config.kind !== 'kubernetes') throw unfit(parts.hook)
    return (await import('./rollout-restart.ts')).rolloutRestart({ ...parts, config })
  },
  'github-dispatch': async (parts) => {
    const { config } = parts
    if (config.kind !== 'github-actions') throw unfit(parts.hook)
    return (await import('./github-dispatch.ts')).githubDispatch({ ...parts, config })
  },
  http: async (parts) => {
    const { config } = parts
    if (config.kind !== 'http') throw unfit(parts.hook)
    return (await import('./http.ts')).httpHook({ ...parts, config })
  },
}

/** Throws `SINK_MISFIT` when the sink has become one of another kind since the hook was asked for. */
export function openHook(parts: HookParts): Promise<AfterHook> {
  return HOOKS[parts.hook.kind](parts)
}

function unfit({ kind, sink, text }: Hook): KeywrightError {
  const { through } = HOOK_KINDS[kind]
  const message = `${text} goes through a sink of kind ${through}, and ${sink} is none`
  return new KeywrightError('SINK_MISFIT', { message, hint: `sink: the name of a sink of kind ${through}` })
}
