import { json, type Reply } from '../exchange.ts'

type Headers = Readonly<Record<string, string>>

/** Codes of the error envelope by status; every other status (406, 415, 500 ...) is `internal_error`. */
const CODES: Readonly<Record<number, string>> = {
  400: 'bad_request',
  401: 'authentication_required',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  422: 'validation_failed',
  429: 'rate_limited',
  503: 'service_unavailable',
}

/** The envelope with a string code. What went wrong behind a 5xx is never told. */
export function failure(
  status: number,
  message: string,
  { headers, details }: { readonly headers?: Headers; readonly details?: readonly string[] } = {},
): Reply {
  const error = {
    code: CODES[status] ?? 'internal_error',
    message: status >= 500 ? 'internal server error' : message,
    ...(details && { details }),
  }
  return json(status, { error }, headers)
}

export function invalid(message: string): Reply {
  return failure(400, message)
}

export function keyNotFound(): Reply {
  return failure(404, 'api key not found')
}

/** Plain text, as limiters and the router itself answer. */
export function plain(status: number, text: string, headers: Headers = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff', ...headers },
    body: `${text}\n`,
  }
}

/** A refusal of a counter per address: definite, nothing has happened. */
export function tooMany(headers: Headers): Reply {
  return plain(429, 'Too Many Requests', headers)
}
