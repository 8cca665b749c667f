/** A plan as one JSON document, by `schemas/keywright.plan.schema.json`. */
import type { PlanView } from '../shell/faces.ts'
import { document } from './json.ts'

export function planJson({ session, refusals, requests, needsApproval, about }: PlanView): string {
  const { approval, ...plan } = session.plan
  return document('plan', {
    about,
    ...plan,
    approval: { needed: needsApproval, ...approval },
    refusals,
    requests,
  })
}
