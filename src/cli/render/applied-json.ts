/** An apply as one JSON document. */
import type { AppliedView } from '../shell/faces.ts'
import { document } from './json.ts'

export function appliedJson(view: AppliedView): string {
  const { result, session, millis, writes, interrupted, exit, kind = 'apply', more = {} } = view
  return document(kind, {
    ...more,
    stack: session.plan.stack,
    at: session.plan.at,
    exit,
    interrupted,
    millis: Math.round(millis),
    writes,
    planned: session.plan.changes.length,
    outcomes: result.outcomes.map(({ address, status, steps, problem, until, record }) => ({
      address,
      status,
      steps,
      problem,
      until,
      generations: (record?.generations ?? []).map(({ n, phase }) => ({ n, phase })),
      places: (record?.places ?? []).map(({ text, n, status: held }) => ({ text, n, status: held })),
    })),
    postponed: result.postponed,
    problems: result.problems,
  })
}
