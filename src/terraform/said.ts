/** Diagnostics of keywright in the words of Terraform: one line of summary, the rest below it, and the attribute it is about. */
import type { Diagnostic as Finding } from '../core/diagnostic.ts'
import { isKeywrightError, toDiagnostic } from '../core/diagnostic.ts'
import { pathOf } from './config/document.ts'
import { spelled, typed } from './names.ts'
import type { Diagnostic, Path } from './server/diagnostic.ts'

export function said(finding: Finding, path?: Path): Diagnostic {
  const { severity, code, message, why, hint } = finding
  const own = pathOf(finding)
  const at = path ?? own
  const lines = [
    ...(why === undefined ? [] : [spelled(why), '']),
    ...(hint === undefined ? [] : [`Type:  ${typed(hint)}`]),
    `(${code}; keywright explain ${code} says more.)`,
  ]
  return {
    severity,
    summary: spelled(message),
    detail: lines.join('\n'),
    ...(at.length === 0 ? {} : { path: at }),
  }
}

export function allSaid(findings: readonly Finding[]): readonly Diagnostic[] {
  return findings.map((finding) => said(finding))
}

export function warning(code: Finding['code'], message: string, hint?: string): Diagnostic {
  return said({ severity: 'warning', code, message, ...(hint === undefined ? {} : { hint }) })
}

export function problem(code: Finding['code'], message: string, hint?: string): Diagnostic {
  return said({ severity: 'error', code, message, ...(hint === undefined ? {} : { hint }) })
}

/** A failure of the world, said once at the rim. Anything else is a defect and goes on as it is. */
export function failure(error: unknown): Diagnostic {
  if (!isKeywrightError(error)) throw error
  return said(toDiagnostic(error))
}

export function hasError(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error')
}
