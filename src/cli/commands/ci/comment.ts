import { KeywrightError } from '../../../core/diagnostic.ts'
import { checkedOut } from '../../../io/trusted.ts'
import { checkName, type Forge, openForge } from '../../forges/forge.ts'
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
    await assertOfHead(shell, await forge.headOf())
    const seen = await reviewed(shell, args)
    await leavePage(shell, seen.markdown)
    await leaveOutputs(shell, seen.outputs, args.flags.dotenv)
    if (!(await forge.mayWrite())) return onlyPage(shell, seen)
    await publish(forge, await snapshotPath(shell), seen)
    shell.stdout(`${seen.title}: commented and marked, digest ${seen.digest ?? 'none'}\n`)
    return seen.code
  } finally {
    await forge.close()
  }
}

/** The page of the job is all there is where GitHub gives no token that writes. */
function onlyPage(shell: Shell, { title, code, markdown }: Reviewed): ExitCode {
  shell.stdout(markdown)
  shell.stderr(
    `${title}: on the page of this job only. For the change of a stranger GitHub gives on: pull_request no token that writes.\nNext: on: pull_request_target   as keywright init --ci github writes it\n`,
  )
  return code
}

/** The merge commit of a change is made some time after a push, so a checkout may still be of the push before: its plan is another one. */
async function assertOfHead({ cwd, env }: Shell, head: string | null): Promise<void> {
  const out = head === null ? null : await checkedOut(cwd, env.PATH)
  if (head === null || out === null || [out.commit, ...out.parents].includes(head)) return
  throw new KeywrightError('CI_CHECKOUT_STALE', {
    message: `The checkout is at ${out.commit.slice(0, 12)}, which does not hold ${head.slice(0, 12)}, the head of the change.`,
    hint: 'run the job again',
    retryable: true,
  })
}

/** One comment per project and environment of a repository, told apart by a line that nobody sees. */
async function publish(forge: Forge, snapshot: string, { markdown, code, digest, title }: Reviewed): Promise<void> {
  const marker = `<!-- keywright ${snapshot.replace(/[^\w./-]/g, '_')} -->`
  await forge.comment(marker, `${marker}\n${markdown}`)
  await forge.mark({ check: checkName(snapshot), digest, isGood: code === 0, title, summary: markdown })
}
