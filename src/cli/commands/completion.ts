import { KeywrightError } from '../../core/diagnostic.ts'
import { didYouMean } from '../../core/suggest.ts'
import { GLOBAL_FLAGS } from '../options.ts'
import type { Args, Command, ExitCode, Flag, Group, Shell } from '../shell/command.ts'
import { COMMANDS } from './index.ts'

export const completion: Command = {
  name: 'completion',
  describe: 'Prints a completion script.',
  words: '<shell>',
  examples: [
    'source <(keywright completion bash)',
    'keywright completion zsh > "${fpath[1]}/_keywright"',
    'keywright completion fish > ~/.config/fish/completions/keywright.fish',
  ],
  run,
}

interface Row {
  readonly name: string
  readonly summary: string
  /** Flags, and commands below it. */
  readonly words: readonly string[]
}

const SHELLS: Readonly<Record<string, (rows: readonly Row[], globals: readonly string[]) => string>> = {
  bash,
  zsh,
  fish,
}

async function run(shell: Shell, { words }: Args): Promise<ExitCode> {
  const [kind = ''] = words
  const script = Object.hasOwn(SHELLS, kind) ? SHELLS[kind] : undefined
  if (script === undefined) {
    const known = Object.keys(SHELLS)
    const message = `There is no completion for ${JSON.stringify(kind.slice(0, 40))}.${didYouMean(kind, known)}`
    throw new KeywrightError('CLI_USAGE', { message, hint: 'keywright completion bash' })
  }
  shell.stdout(script(await rowsOf(), GLOBAL_FLAGS.map(longOf)))
  return 0
}

function rowsOf(): Promise<readonly Row[]> {
  return Promise.all(
    Object.entries(COMMANDS).map(async ([name, { summary, load }]) => {
      const words = wordsOf(await load())
      return { name, summary, words }
    }),
  )
}

function wordsOf(loaded: Command | Group): readonly string[] {
  if ('commands' in loaded) return loaded.commands.map(({ name }) => name)
  return (loaded.flags ?? []).map(longOf)
}

function longOf({ flag }: Pick<Flag, 'flag'>): string {
  return /--[a-z-]+/.exec(flag)?.[0] ?? flag
}

function bash(rows: readonly Row[], globals: readonly string[]): string {
  const cases = rows.map(({ name, words }) => `    ${name}) words="${words.join(' ')} ${globals.join(' ')}" ;;`)
  return `# source <(keywright completion bash)
_keywright() {
  local word="\${COMP_WORDS[COMP_CWORD]}" command="" words=""
  for one in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$one" in -*) ;; *) command="$one"; break ;; esac
  done
  case "$command" in
${cases.join('\n')}
    *) words="${rows.map(({ name }) => name).join(' ')} ${globals.join(' ')}" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _keywright keywright
`
}

function zsh(rows: readonly Row[], globals: readonly string[]): string {
  const commands = rows.map(({ name, summary }) => `    '${name}:${summary.replaceAll("'", '').replaceAll(':', ' ')}'`)
  const cases = rows.map(({ name, words }) => `      ${name}) compadd -- ${[...words, ...globals].join(' ')} ;;`)
  return `#compdef keywright
_keywright() {
  local -a commands
  commands=(
${commands.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
  else
    case $words[2] in
${cases.join('\n')}
    esac
  fi
}
_keywright "$@"
`
}

function fish(rows: readonly Row[], globals: readonly string[]): string {
  const flagsOf = ({ name, words }: Row): readonly string[] =>
    words.map((word) =>
      word.startsWith('--')
        ? `complete -c keywright -n '__fish_seen_subcommand_from ${name}' -l ${word.slice(2)}`
        : `complete -c keywright -n '__fish_seen_subcommand_from ${name}' -a ${word}`,
    )
  return `${[
    ...rows.map(
      ({ name, summary }) =>
        `complete -c keywright -f -n __fish_use_subcommand -a ${name} -d '${summary.replaceAll("'", '')}'`,
    ),
    ...rows.flatMap(flagsOf),
    ...globals.map((flag) => `complete -c keywright -l ${flag.slice(2)}`),
  ].join('\n')}\n`
}
