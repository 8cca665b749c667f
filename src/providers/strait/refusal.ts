import { KeywrightError } from '../../core/diagnostic.ts'
import type { Call } from './line.ts'
import type { Received } from './reply.ts'

type Named = Pick<Call, 'method' | 'template'>

/** What a settled answer other than success means: 401 and 403 are about the managing key, the rest is a no to this very request. */
export function refused({ method, template }: Named, reply: Received): KeywrightError {
  const message = `${method} ${template}: ${reply.status} ${reply.refusal ?? ''}`.trimEnd()
  if (reply.status === 401) return unauthorized(message)
  if (reply.status === 403) return notManagingKey(message)
  if (reply.status < 400) return badResponse({ method, template }, 'not the documented shape')
  return rejected(message)
}

export function unauthorized(message: string): KeywrightError {
  return new KeywrightError('API_UNAUTHORIZED', { message, hint: NEW_KEY })
}

export function notManagingKey(message: string): KeywrightError {
  return new KeywrightError('API_NOT_MANAGEMENT_KEY', { message, hint: NEW_KEY })
}

/** A clear no, of the API or of ours before anything was sent. */
export function rejected(
  message: string,
  hint = 'keywright validate   then mend the entry the message names',
): KeywrightError {
  return new KeywrightError('API_REJECTED', { message, hint })
}

/** An answer from which nothing can be concluded. */
export function badResponse({ method, template }: Named, what: string): KeywrightError {
  return new KeywrightError('API_BAD_RESPONSE', {
    message: `${method} ${template}: ${what}`,
    hint: 'keywright census   tries the base URL and shows what answers there',
    retryable: true,
  })
}

const NEW_KEY =
  'create a key of the whole project with the scope `*` (api-keys:manage at least), and put it where `token` looks for it'
