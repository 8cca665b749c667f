/** Words on an exception that nobody expected. */
import { printable } from '../../io/http/json.ts'

/** Longer than any word, shorter than any secret in any encoding. */
const LONG_RUN = /[\w+=-]{24,}/g

/**
 * One line. The message is one of this program, of Node or of a library, and some of those quote what they choked on: whatever could be a
 * secret is blanked, and nothing but name and message is looked at.
 */
export function defectWords(error: unknown): string {
  if (!(error instanceof Error)) return 'something was thrown that is no error'
  return `${error.name}: ${printable(error.message).replace(LONG_RUN, '…')}`
}
