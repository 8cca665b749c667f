import { KeywrightError } from '../../core/diagnostic.ts'
import type { Call } from './line.ts'
import type { Received } from './reply.ts'

/**
 * What a settled answer other than success means. 401: the management key is bad. 403: documented among the key routes only for a key that
 * is no management key (published contract of 2026-08-22). The rest is a no to this very request.
 */
export function refused({ method, template }: Pick<Call, 'method' | 'template'>, reply: Received): KeywrightError {
  const message = `${method} ${template}: ${reply.status} ${reply.refusal ?? ''}`.trimEnd()
  if (reply.status === 401) return new KeywrightError('API_UNAUTHORIZED', { message, hint: NEW_KEY })
  if (reply.status === 403) return notManagementKey(message)
  if (reply.status < 400) return badResponse({ method, template }, 'not the documented shape')
  return new KeywrightError('API_REJECTED', {
    message,
    hint: 'keywright validate   then mend the entry the message names',
  })
}

export function notManagementKey(message: string): KeywrightError {
  return new KeywrightError('API_NOT_MANAGEMENT_KEY', { message, hint: NEW_KEY })
}

/** An answer from which nothing can be concluded. */
export function badResponse({ method, template }: Pick<Call, 'method' | 'template'>, what: string): KeywrightError {
  return new KeywrightError('API_BAD_RESPONSE', {
    message: `${method} ${template}: ${what}`,
    hint: 'keywright census   tries the base URL and shows what answers there',
    retryable: true,
  })
}

const NEW_KEY =
  'create a management key at https://openrouter.ai/settings/management-keys and put it where `token` looks for it'
