/** Problems with plans that were made earlier. */
export const PLAN_CODES = {
  PLAN_STALE:
    'What was decided when the plan was saved, or its digest taken, would be decided otherwise now: the manifest entry, the live key or the record of that address changed in between. Nothing was done. Plan again, look at it, and apply the new plan. Drift at addresses that are not in the plan does not matter.',
  PLAN_INVALID:
    'The file is not a saved plan of this version of keywright, it is of another stack, or its seals do not match its digest. keywright plan --out FILE writes a new one.',
} as const
