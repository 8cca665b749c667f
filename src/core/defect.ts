/** Words on an exception that nobody expected. */

/** The code that Node gives its own errors. */
const NODE_CODE = /^[A-Z][A-Z0-9_]{2,60}$/

/**
 * One line: what kind of error it was, never its message. Node and libraries quote in theirs what they choked on, and that may be a secret;
 * no pattern would find each one. `framesOf` says where to look.
 */
export function defectWords(error: unknown): string {
  if (!(error instanceof Error)) return 'something was thrown that is no error'
  const code = 'code' in error && typeof error.code === 'string' && NODE_CODE.test(error.code) ? ` ${error.code}` : ''
  return `${kindOf(error)}${code}`
}

/** A name can be set to anything; that of the class cannot. */
function kindOf(error: Error): string {
  const { name } = error.constructor
  return /^\w{1,60}$/.test(name) ? name : 'Error'
}

/** The last lines of the stack, those that name a position in a file; a message can imitate one, so only what follows it counts. */
export function framesOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const { stack = '', message } = error
  const from = stack.indexOf(message)
  // Without its message in front, nothing tells where that ends.
  if (from === -1) return ''
  const below = stack.slice(from + message.length).split('\n')
  return below.filter((line) => /^ {4}at .*:\d+:\d+\)?$/.test(line)).join('\n')
}
