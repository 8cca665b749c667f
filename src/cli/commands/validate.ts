import { renderDiagnostics } from '../render/diagnostics.ts'
import { document } from '../render/json.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { countOf, isError, loadFiles } from '../shell/project.ts'

export const validate: Command = {
  name: 'validate',
  describe: 'Checks keywright.yaml and all manifests. Offline: needs no credential and sends nothing.',
  flags: [{ flag: '--allow-empty', doc: 'no complaint when there are no keys' }],
  examples: ['keywright validate', 'keywright validate -e prod --json'],
  run,
}

async function run(shell: Shell, { flags }: Args): Promise<ExitCode> {
  const project = await loadFiles(shell, { allowEmpty: flags.allowEmpty === true, pastExpiry: 'error' })
  const { diagnostics, keys, fileCount } = project
  const good = !diagnostics.some(isError)
  if (shell.format === 'json')
    shell.stdout(document('validate', { valid: good, keys: keys.length, files: fileCount, diagnostics }))
  else if (diagnostics.length > 0) shell.stdout(renderDiagnostics(diagnostics, shell, { summary: countOf(project) }))
  else
    shell.stdout(
      `${counted(keys.length, 'key')} in ${counted(fileCount, 'file')}, no problem. Nothing was sent anywhere.\n`,
    )
  return good ? 0 : 1
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
