/**
 * The command line, by commander, with only the one command that was typed on board: the others are not even loaded.
 * Commander writes nothing by itself and never ends the process: what it has to say becomes text or `CLI_USAGE`.
 */
import { Command as Cli, CommanderError, InvalidArgumentError, Option } from 'commander'
import { KeywrightError } from '../../core/diagnostic.ts'
import { didYouMean } from '../../core/suggest.ts'
import { COMMANDS } from '../commands/index.ts'
import { GLOBAL_FLAGS, type Globals, globalsOf } from '../options.ts'
import type { Args, Command, ExitCode, Flag, Group } from './command.ts'
import { overview } from './overview.ts'
import type { Proc } from './process.ts'

export interface Parsed {
  readonly command: Command
  readonly args: Args
  readonly globals: Globals
}

/** Help and the like: nothing is left to run. */
export interface Said {
  readonly text: string
  readonly exit: ExitCode
}

export async function parse({ argv, env, version }: Proc): Promise<Parsed | Said> {
  const words = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv
  const name = commandIn(words)
  if (name === null) {
    const stray = words.find((word) => word !== '--help' && word !== '-h')
    if (stray !== undefined) return parseWith(null, words, env)
    return { text: overview(version), exit: 0 }
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (entry === undefined) throw unknownCommand(name, Object.keys(COMMANDS))
  return parseWith(await entry.load(), words, env)
}

/** The first word that is neither a flag nor the value of one; `null` without any. */
function commandIn(argv: readonly string[]): string | null {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (!word.startsWith('-')) return word
    if (takesNext(word)) i++
  }
  return null
}

function takesNext(word: string): boolean {
  return GLOBAL_FLAGS.some(({ flag, takesValue }) => takesValue && flag.split(/[ ,]+/).includes(word))
}

function unknownCommand(name: string, known: readonly string[], above = ''): KeywrightError {
  const message = `There is no command ${JSON.stringify(`${above}${name}`)}.${didYouMean(name, known)}`
  return new KeywrightError('CLI_USAGE', { message, hint: 'keywright --help' })
}

async function parseWith(
  loaded: Command | Group | null,
  argv: readonly string[],
  env: Proc['env'],
): Promise<Parsed | Said> {
  const said = { text: '' }
  const writeOut = (text: string): void => {
    said.text += text
  }
  const quiet = { writeOut, writeErr: () => undefined }
  const program = new Cli('keywright').exitOverride().configureOutput(quiet).helpCommand(false)
  for (const flag of GLOBAL_FLAGS) addFlag(program, flag, 'Global options:')
  let parsed: Parsed | null = null
  const chosen = (command: Command, cli: Cli): void => {
    const given = (key: string): boolean => program.getOptionValueSource(key) === 'cli'
    const globals = globalsOf(program.opts(), given, env)
    parsed = { command, args: { words: cli.args, flags: cli.opts() }, globals }
  }
  if (loaded !== null) add(program, loaded, chosen)
  try {
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0 || said.text !== '') return { text: said.text, exit: error.exitCode === 0 ? 0 : 1 }
    throw usage(error, loaded)
  }
  return parsed ?? { text: said.text, exit: 0 }
}

type Chosen = (command: Command, cli: Cli) => void

function add(above: Cli, loaded: Command | Group, chosen: Chosen): void {
  const cli = above.command(loaded.name).description(loaded.describe).copyInheritedSettings(above).helpCommand(false)
  if ('commands' in loaded) {
    for (const command of loaded.commands) add(cli, command, chosen)
    cli.action(() => {
      const known = loaded.commands.map((one) => one.name)
      if (cli.args[0] === undefined) cli.help()
      else throw unknownCommand(cli.args[0], known, `${loaded.name} `)
    })
    cli.argument('[command]')
    return
  }
  for (const word of loaded.words?.split(' ') ?? []) cli.argument(word)
  for (const flag of loaded.flags ?? []) addFlag(cli, flag)
  const examples = (loaded.examples ?? []).map((line) => `  ${line}\n`).join('')
  cli.addHelpText(
    'after',
    `${examples === '' ? '' : `\nExamples:\n${examples}`}\nFlags of every command: keywright --help`,
  )
  cli.action(() => chosen(loaded, cli))
}

function addFlag(cli: Cli, { flag, doc, repeatable, parse }: Flag, heading?: string): void {
  const option = new Option(flag, doc)
  if (heading !== undefined) option.helpGroup(heading)
  const value = (text: string): unknown => {
    try {
      return parse === undefined ? text : parse(text)
    } catch (error) {
      if (error instanceof RangeError) throw new InvalidArgumentError(error.message)
      throw error
    }
  }
  if (repeatable) option.argParser<unknown[]>((text, before) => [...(before ?? []), value(text)])
  else if (parse !== undefined) option.argParser(value)
  cli.addOption(option)
}

/** Commander's words without its prefix; its suggestion stands on a line of its own. */
function usage(error: CommanderError, loaded: Command | Group | null): KeywrightError {
  const message = error.message.replace(/^error: /, '').replace(/\n\(?(Did you mean [^)]*)\)?$/, '. $1')
  return new KeywrightError('CLI_USAGE', {
    message: message.charAt(0).toUpperCase() + message.slice(1),
    hint: loaded === null ? 'keywright --help' : `keywright ${loaded.name} --help`,
  })
}
