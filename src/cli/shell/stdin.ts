import type { Proc } from './process.ts'

const MAX = 1024 * 1024

/** Everything on stdin, up to 1 MiB. Empty when it is a terminal. */
export async function readAll({ stdin }: Proc): Promise<string> {
  if (stdin.terminal) return ''
  let text = ''
  for await (const chunk of stdin.lines()) {
    text += chunk
    if (text.length > MAX) break
  }
  return text.slice(0, MAX)
}

/** One question on stderr. Only `y` or `yes` is a yes; an interrupt and the end of stdin are a no. */
export async function ask({ stdin, stderr }: Proc, question: string, signal: AbortSignal): Promise<boolean> {
  stderr.write(`${question} [y/N] `)
  const lines = stdin.lines()[Symbol.asyncIterator]()
  const aborted = new Promise<null>((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }))
  const answer = await Promise.race([lines.next().then(({ value }) => value ?? null), aborted])
  return /^\s*y(?:es)?\s*$/i.test(answer ?? '')
}
