import { API_CODES } from './api.ts'
import { CLI_CODES } from './cli.ts'
import { CONFIG_CODES } from './config.ts'
import { GUARD_CODES } from './guard.ts'
import { LOOP_CODES } from './loop.ts'
import { MANIFEST_CODES } from './manifest.ts'
import { PLAN_CODES } from './plan.ts'
import { SINK_CODES } from './sink.ts'
import { STATE_CODES } from './state.ts'
import { TERRAFORM_CODES } from './terraform.ts'

/** Every code keywright can print, with the paragraph that `explain` and the README show. Keys are `AREA_WHAT`. */
export const CODES = {
  ...MANIFEST_CODES,
  ...CONFIG_CODES,
  ...API_CODES,
  ...SINK_CODES,
  ...STATE_CODES,
  ...GUARD_CODES,
  ...PLAN_CODES,
  ...CLI_CODES,
  ...TERRAFORM_CODES,
  ...LOOP_CODES,
} as const satisfies Record<string, string>

export type Code = keyof typeof CODES
