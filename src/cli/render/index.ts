/** Pure functions from data to text. Each takes how it will be seen (`Look`) and never looks at the process. */
export { renderDiagnostics } from './diagnostics.ts'
export { document, safeJson } from './json.ts'
export { renderPlan } from './plan.ts'
export { renderApplied, renderOutcome } from './progress.ts'
