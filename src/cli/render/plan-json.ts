/** A plan as one JSON document, by `schemas/keywright.plan.schema.json`. */
import { gateOf } from '../../core/plan-order.ts'
import type { PlanView } from '../shell/faces.ts'
import { document } from './json.ts'

export function planJson(view: PlanView): string {
  const { session, refusals, requests, needsApproval, about, digest, trust, snapshotAge } = view
  const { approval, ...plan } = session.plan
  return document('plan', {
    about,
    gate: gateOf(session.plan),
    digest,
    trust,
    snapshotAge,
    ...plan,
    approval: { needed: needsApproval, ...approval },
    refusals,
    requests,
  })
}
