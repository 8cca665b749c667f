import { KeywrightError } from '../../core/diagnostic.ts'
import { EMULATOR_FLAGS, parseFlags } from '../../emulators/flags.ts'
import type { EmulatorOptions } from '../../emulators/options.ts'
import type { RunningEmulator } from '../../emulators/server.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { Reported } from '../shell/reported.ts'

export const emulate: Command = {
  name: 'emulate',
  describe:
    'Runs a local OpenRouter and a local Strait on 127.0.0.1 until it is interrupted. The first line says where they are.',
  flags: EMULATOR_FLAGS,
  examples: [
    'keywright emulate --port 0',
    'keywright emulate --fault "POST /keys=cut-after-commit:2" --seed 7',
    'keywright emulate --fault "POST /v1/api-keys/:id/rotate=cut-after-commit:1" --no-strait-limits',
  ],
  run,
}

/** Relative files are below the folder of -C. */
async function run(shell: Shell, { flags }: Args): Promise<ExitCode> {
  const { options, problems } = parseFlags(flags)
  if (problems.length > 0)
    throw new Reported(
      problems.map((message) => ({ severity: 'error', code: 'CLI_USAGE', message, hint: 'keywright emulate --help' })),
    )
  shell.holdSignals()
  const emulator = await start(options)
  shell.stdout(`${JSON.stringify(emulator.firstLine)}\n`)
  await new Promise<void>((resolve) => {
    if (shell.signal.aborted) resolve()
    shell.signal.addEventListener('abort', () => resolve())
  })
  await emulator.close()
  return 0
}

async function start(options: EmulatorOptions): Promise<RunningEmulator> {
  const { startEmulator } = await import('../../emulators/server.ts')
  try {
    return await startEmulator(options)
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? `${error.code}` : 'unknown reason'
    throw new KeywrightError('CLI_PORT_TAKEN', {
      message: `The emulator could not start (${why}).`,
      hint: 'keywright emulate --port 0',
      cause: error,
    })
  }
}
