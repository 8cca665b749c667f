/** What `doctor` says: one finding per thing that was looked at, each with what to type where something has to be done. */
import type { Code } from '../codes/index.ts'
import type { Diagnostic, KeywrightError } from '../diagnostic.ts'

export const AREAS = ['machine', 'files', 'store', 'provider', 'sink', 'ci'] as const

export interface Finding {
  readonly area: (typeof AREAS)[number]
  /** Name of a provider, sink or file; empty where there is only one. */
  readonly subject: string
  readonly verdict: 'ok' | 'warning' | 'error'
  readonly message: string
  readonly hint?: string
  readonly code?: Code
  /** The same may be fine later with nothing changed. */
  readonly retryable?: boolean
}

type Of = Pick<Finding, 'area' | 'subject'>

export function fine(of: Of, message: string): Finding {
  return { ...of, verdict: 'ok', message }
}

export function broken(of: Of, { code, message, hint, retryable }: KeywrightError): Finding {
  return { ...of, verdict: 'error', code, message, retryable, ...(hint === undefined ? {} : { hint }) }
}

export function fromDiagnostic({ severity, code, message, hint, at }: Diagnostic): Finding {
  const subject = at === undefined ? '' : `${at.file}:${at.line}:${at.column}`
  return { area: 'files', subject, verdict: severity, code, message, ...(hint === undefined ? {} : { hint }) }
}
