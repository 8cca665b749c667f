import { type Forge, openForge } from '../../forges/forge.ts'
import type { Args, Command, ExitCode, Shell } from '../../shell/command.ts'
import { leaveOutputs, leavePage } from '../../shell/job.ts'
import { REVIEW_FLAGS, type Reviewed, reviewed, snapshotPath } from '../../shell/reviewed.ts'

export const comment: Command = {
  name: 'comment',
  describe:
    'The trusted half of a check: plans the same change again, with files of the change as data only, writes the one comment on it, and keeps the digest in a check run (GitLab: commit status). Needs no key of a key API.',
  flags: REVIEW_FLAGS,
  examples: ['keywright -C change ci comment --trust origin/main'],
  run,
}

async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const forge = await openForge(shell)
  try {
    const seen = await reviewed(shell, args)
    await publish(forge, await markerOf(shell), seen)
    await leavePage(shell, seen.markdown)
    await leaveOutputs(shell, seen.outputs, args.flags.dotenv)
    shell.stdout(`${seen.title}: commented and marked, digest ${seen.digest ?? 'none'}\n`)
    return seen.code
  } finally {
    await forge.close()
  }
}

/** One comment per project and environment of a repository, told apart by a line that nobody sees. */
async function markerOf(shell: Shell): Promise<string> {
  return `<!-- keywright ${(await snapshotPath(shell)).replace(/[^\w./-]/g, '_')} -->`
}

async function publish(forge: Forge, marker: string, { markdown, code, digest, title }: Reviewed): Promise<void> {
  await forge.comment(marker, `${marker}\n${markdown}`)
  await forge.mark({ digest, isGood: code === 0, title, summary: markdown })
}
