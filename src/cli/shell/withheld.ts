/** What somebody types in the wrong place may be a secret. No message repeats it: that would be one more log that holds it. */
import type { Diagnostic } from '../../core/diagnostic.ts'
import { looksSecret } from '../../core/manifest/looks-secret.ts'
import { Reported } from './reported.ts'

/** Messages cut long words; a beginning of this length is told by nobody either. */
const SHORTEST = 12

/** Says itself that it is none. */
const HASH = /(?<![\w-])sha256:[0-9a-f]{64}(?![\w-])/g

/** The same end, with nothing in it of words of the command line that look like a credential. */
export function withheld(end: Reported, argv: readonly string[]): Reported {
  const secrets = argv.flatMap((word) =>
    word
      .replace(HASH, ' ')
      .split(/[\s=,:/"']+/)
      .map((part) => part.replace(/^-+/, '')),
  )
  const found = secrets.filter(looksSecret)
  if (found.length === 0) return end
  const { exit, word, summary } = end
  const diagnostics = end.diagnostics.map((one) => cleaned(one, found))
  return new Reported(diagnostics, {
    exit,
    word,
    ...(summary === undefined ? {} : { summary: without(summary, found) }),
  })
}

function cleaned({ message, why, hint, ...rest }: Diagnostic, secrets: readonly string[]): Diagnostic {
  return {
    ...rest,
    message: without(message, secrets),
    ...(why === undefined ? {} : { why: without(why, secrets) }),
    ...(hint === undefined ? {} : { hint: without(hint, secrets) }),
  }
}

/** Longest beginnings first, so that nothing is left over. */
function without(text: string, secrets: readonly string[]): string {
  let clean = text
  for (const secret of secrets)
    for (let length = secret.length; length >= SHORTEST; length--)
      clean = clean.replaceAll(secret.slice(0, length), '(withheld)')
  return clean
}
