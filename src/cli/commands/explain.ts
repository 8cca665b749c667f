import { CODES } from '../../core/codes/index.ts'
import { KeywrightError } from '../../core/diagnostic.ts'
import { nearestWord } from '../../core/suggest.ts'
import { document } from '../render/json.ts'
import { paragraph } from '../render/text.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'

export const explain: Command = {
  name: 'explain',
  describe: 'Says what an error code means and what to do about it. Without a code, lists all of them. Offline.',
  words: '[code]',
  examples: ['keywright explain STATE_MISSING'],
  run,
}

const TEXTS: Readonly<Record<string, string>> = CODES

async function run(shell: Shell, { words }: Args): Promise<ExitCode> {
  const [word] = words
  if (word === undefined) {
    shell.stdout(shell.format === 'json' ? document('codes', { codes: TEXTS }) : listOf(shell))
    return 0
  }
  const code = word.toUpperCase().replaceAll('-', '_')
  const text = Object.hasOwn(TEXTS, code) ? TEXTS[code] : undefined
  if (text === undefined) throw unknownCode(code)
  shell.stdout(
    shell.format === 'json' ? document('code', { code, text }) : `${code}\n\n${lines(text, shell.columns, 2)}`,
  )
  return 0
}

function listOf({ columns }: Shell): string {
  return Object.entries(TEXTS)
    .map(([code, text]) => `${code}\n${lines(firstSentence(text), columns, 4)}`)
    .join('')
}

function firstSentence(text: string): string {
  return /^.*?[.:](?= |$)/s.exec(text)?.[0].replace(/:$/, '.') ?? text
}

function lines(text: string, columns: number, indent: number): string {
  return `${paragraph(text, Math.min(columns, 100), indent).join('\n')}\n`
}

function unknownCode(code: string): KeywrightError {
  const near = nearestWord(code, Object.keys(TEXTS))
  return new KeywrightError('CLI_CODE_UNKNOWN', {
    message: `There is no code ${JSON.stringify(code.slice(0, 60))}.${near === null ? '' : ` Did you mean ${near}?`}`,
    hint: near === null ? 'keywright explain' : `keywright explain ${near}`,
  })
}
