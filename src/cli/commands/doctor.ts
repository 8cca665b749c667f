import { renderDoctor } from '../render/doctor.ts'
import type { Command, ExitCode, Shell } from '../shell/command.ts'

export const doctor: Command = {
  name: 'doctor',
  describe:
    'Checks everything a run needs: files, store, tokens and clocks, and whether each sink can really be written. Changes nothing.',
  examples: ['keywright doctor', 'keywright doctor -e prod --json'],
  run,
}

/** 1 when something has to be mended, 5 when it may be fine later with nothing changed, else 0, also with warnings. */
async function run(shell: Shell): Promise<ExitCode> {
  const { examine } = await import('../shell/doctor.ts')
  const examined = await examine(shell)
  shell.stdout(renderDoctor(examined, shell))
  const errors = examined.findings.filter(({ verdict }) => verdict === 'error')
  if (errors.length === 0) return 0
  return errors.every(({ retryable }) => retryable === true) ? 5 : 1
}
