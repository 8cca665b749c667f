import type { Code } from './codes/index.ts'

/** A position in an input file. `line` and `column` count from 1; `length` is in characters, at least 1. */
export interface SourceRange {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly length: number
  /** The text of that line; left out where it might hold a secret. */
  readonly excerpt?: string
}

/**
 * One problem, said completely: `message` says what is wrong, `why` the reason, `hint` what to type next.
 * Input problems are collected as values; failures of the world are thrown as `KeywrightError` and become one of these at the rim.
 */
export interface Diagnostic {
  readonly severity: 'error' | 'warning'
  readonly code: Code
  readonly message: string
  readonly why?: string
  readonly hint?: string
  readonly at?: SourceRange
  readonly address?: string
}

/** `CODE: keys/a.keys.yaml:3:5: what is wrong`: one line, for logs and messages. */
export function inOneLine({ code, message, at }: Pick<Diagnostic, 'code' | 'message' | 'at'>): string {
  return at === undefined ? `${code}: ${message}` : `${code}: ${at.file}:${at.line}:${at.column}: ${message}`
}

export interface ErrorDetail {
  readonly message: string
  readonly hint?: string
  /** True when the same call may succeed later with nothing changed. */
  readonly retryable?: boolean
  readonly cause?: unknown
  /** Milliseconds the other side asked to wait. */
  readonly retryAfter?: number
}

/** A failure of the world outside. Never carries a secret: messages are built from codes, places and status numbers only. */
export class KeywrightError extends Error {
  override readonly name = 'KeywrightError'
  readonly code: Code
  readonly hint: string | undefined
  readonly retryable: boolean
  readonly retryAfter: number | undefined

  constructor(code: Code, detail: ErrorDetail) {
    super(detail.message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.code = code
    this.hint = detail.hint
    this.retryable = detail.retryable ?? false
    this.retryAfter = detail.retryAfter
  }
}

export function isKeywrightError(error: unknown, code?: Code): error is KeywrightError {
  return error instanceof KeywrightError && (code === undefined || error.code === code)
}

export function toDiagnostic(error: KeywrightError, address?: string): Diagnostic {
  return {
    severity: 'error',
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(address === undefined ? {} : { address }),
  }
}
