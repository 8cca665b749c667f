import { document } from '../render/json.ts'
import { block } from '../render/text.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { hashOfStdin, hashOfWord } from '../shell/pasted.ts'

export const hash: Command = {
  name: 'hash',
  describe:
    'Prints the SHA-256 of a secret on stdin, which is what the key API calls it by. Offline; the secret is never shown.',
  words: '[none...]',
  examples: ['pbpaste | keywright hash', 'keywright hash < secret.txt'],
  run,
}

async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const hex = hashOfWord(args, 'hash') ?? (await hashOfStdin(shell, 'hash'))
  shell.stdout(shell.format === 'json' ? document('hash', { hash: hex }) : block([`sha256:${hex}`]))
  return 0
}
