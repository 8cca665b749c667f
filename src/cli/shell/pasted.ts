/** A secret that somebody pastes on stdin. It is never shown, and never taken from the command line. */
import { KeywrightError } from '../../core/diagnostic.ts'
import { Secret } from '../../core/secret.ts'
import { sha256OfSecret } from '../../io/digest.ts'
import type { Args, Shell } from './command.ts'

/** A key of OpenRouter or Strait inside a longer text, such as a line of a log. */
const KEY = /sk-or-[A-Za-z0-9_-]{16,200}|strait_[0-9a-f]{40,200}/g

export interface Pasted {
  readonly hash: string
  /** Absent where somebody knew the hash alone. */
  readonly secret?: Secret
}

/** The pasted secret. Throws `CLI_USAGE` for nothing, for several keys, and for text that is no single word. */
export async function secretOfStdin(shell: Shell, command: string): Promise<Required<Pasted>> {
  const text = await shell.readStdin()
  const keys = [...new Set(text.match(KEY) ?? [])]
  if (keys.length > 1) throw unusable(`There are ${keys.length} different keys on stdin; one at a time.`, command)
  const word = keys[0] ?? text.trim()
  if (word === '') throw unusable('Nothing came on stdin.', command)
  if (/\s/.test(word))
    throw unusable('What came on stdin holds spaces or several lines, and no key of a known form.', command)
  const secret = Secret.of(word)
  return { hash: sha256OfSecret(secret), secret }
}

/** Its hash alone. */
export async function hashOfStdin(shell: Shell, command: string): Promise<string> {
  return (await secretOfStdin(shell, command)).hash
}

function unusable(message: string, command: string): KeywrightError {
  return new KeywrightError('CLI_USAGE', {
    message: `${message} Nothing was done.`,
    hint: `pbpaste | keywright ${command}`,
  })
}

/** The hash that a word is, or `null`. */
export function hashIn(word: string): string | null {
  return /^(?:sha256:)?([0-9a-f]{64})$/i.exec(word)?.[1]?.toLowerCase() ?? null
}

/** A word of the command line may be a hash, never a secret: that would be in the history of the shell by now. It is not repeated. */
export function hashOfWord({ words }: Args, command: string): string | null {
  const [word] = words
  if (word === undefined) return null
  const hash = hashIn(word)
  if (hash !== null) return hash
  throw onCommandLine(command)
}

export function onCommandLine(command: string): KeywrightError {
  return new KeywrightError('CLI_USAGE', {
    message:
      'A value on the command line is seen by every process of this machine and kept in the history of the shell. It was not used; if it is a secret, treat it as leaked.',
    hint: `pbpaste | keywright ${command}`,
  })
}
