import { json, type Reply } from '../exchange.ts'

/** Messages of the published contract's examples (2026-08-22), by status; 503 by analogy. */
const MESSAGES: Readonly<Record<number, string>> = {
  400: 'Invalid request parameters',
  401: 'Missing Authentication header',
  403: 'Only management keys can perform this operation',
  404: 'Resource not found',
  429: 'Rate limit exceeded',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

export interface FailureDetail {
  readonly message?: string
  readonly metadata?: object
  /** Known once the request was authenticated. */
  readonly userId?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** OpenRouter's error envelope: `error.code` is the HTTP status as a number; there are no string codes. */
export function failure(status: number, detail: FailureDetail = {}): Reply {
  const { message = MESSAGES[status] ?? 'Error', metadata, userId, headers } = detail
  const error = { code: status, message, ...(metadata && { metadata }) }
  return json(status, { error, ...(userId !== undefined && { user_id: userId }) }, headers)
}
