/** What is said about one spot of a job. */
import type { Code } from '../../codes/index.ts'
import type { SourceRange } from '../../diagnostic.ts'
import type { Finding } from '../finding.ts'

export interface Wrong {
  readonly code: Extract<Code, `CI_JOB_${string}`>
  /** `error` unless said otherwise. */
  readonly verdict?: 'warning'
  readonly message: string
  /** What to write. */
  readonly hint: string
}

export function said(at: Pick<SourceRange, 'file' | 'line' | 'column'>, { verdict, ...rest }: Wrong): Finding {
  return { area: 'ci', subject: `${at.file}:${at.line}:${at.column}`, verdict: verdict ?? 'error', ...rest }
}

/** About jobs that are in no file. */
export function absent(folder: string, { verdict, ...rest }: Wrong): Finding {
  return { area: 'ci', subject: folder, verdict: verdict ?? 'error', ...rest }
}
