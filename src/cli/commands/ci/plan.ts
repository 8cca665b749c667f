import type { Args, Command, ExitCode, Shell } from '../../shell/command.ts'
import { leaveOutputs, leavePage } from '../../shell/job.ts'
import { REVIEW_FLAGS, reviewed } from '../../shell/reviewed.ts'

export const plan: Command = {
  name: 'plan',
  describe:
    'The check of a change, from forks too: plans from a snapshot without any credential, writes the page of the job and the outputs changes, gate (none, routine, approval or blocked) and digest.',
  flags: REVIEW_FLAGS,
  examples: ['keywright ci plan --trust origin/main'],
  run,
}

async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const { code, markdown, outputs } = await reviewed(shell, args)
  await leavePage(shell, markdown)
  await leaveOutputs(shell, outputs, args.flags.dotenv)
  shell.stdout(markdown)
  return code
}
