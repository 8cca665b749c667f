import type { EmulatorClock } from './clock.ts'
import type { FaultPlan } from './faults.ts'
import type { OpenRouterHooks } from './openrouter/hooks.ts'
import type { StraitHooks } from './strait/hooks.ts'
import type { Traffic } from './traffic.ts'

/** Everything a test may do to a running emulator from within its process. The control routes are these, over HTTP. */
export interface EmulatorHooks {
  readonly clock: EmulatorClock
  readonly faults: FaultPlan
  readonly traffic: Pick<Traffic, 'log' | 'counts' | 'reset'>
  readonly openrouter: OpenRouterHooks
  readonly strait: StraitHooks
}
