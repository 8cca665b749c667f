import type { Diagnostic } from '../../../core/diagnostic.ts'
import { isObject, parseJson } from '../../../io/http/json.ts'
import { checkedOut } from '../../../io/trusted.ts'
import { checkName, type Forge, openForge } from '../../forges/forge.ts'
import { renderDiagnostics } from '../../render/diagnostics.ts'
import { ALLOWANCES } from '../../shell/allowances.ts'
import type { Args, Command, ExitCode, Shell } from '../../shell/command.ts'
import { type Inside, inside } from '../../shell/inside.ts'
import { fenced, leaveOutputs, leavePage } from '../../shell/job.ts'
import { snapshotPath } from '../../shell/reviewed.ts'
import { apply as applyCommand } from '../apply.ts'
import { drift } from '../drift.ts'
import { snapshot } from '../snapshot.ts'

const APPROVALS = ['merge', 'digest'] as const

export const apply: Command = {
  name: 'apply',
  describe:
    'The job of the main branch, after a merge and on a timer: says what drifted, applies what was merged and what is due, and refreshes the snapshot that changes are planned from.',
  flags: [
    ...ALLOWANCES,
    {
      flag: '--approve <how>',
      doc: 'merge: what is on the branch was reviewed; digest: only what a check run names',
      parse: approvalOf,
    },
    { flag: '--dotenv <file>', doc: 'add KEYWRIGHT_CHANGES to this file, for GitLab' },
  ],
  examples: ['keywright ci apply', 'keywright ci apply --approve digest'],
  run,
}

function approvalOf(text: string): string {
  if (APPROVALS.some((one) => one === text)) return text
  throw new RangeError(`write ${APPROVALS.join(' or ')}, not ${JSON.stringify(text)}`)
}

/** The snapshot is refreshed also after an apply that failed: what it shows is what there is. */
async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const forge = await openForge(shell)
  try {
    const later = await laterThan(shell, forge)
    if (later !== null) return leftTo(shell, later, args)
    const drifted = await inside(shell, drift, { format: 'human' })
    const { code, text } = await applied(shell, args, forge)
    shell.stdout(text)
    await leavePage(
      shell,
      `### keywright apply\n\n${fenced(text)}\n<details><summary>Drift</summary>\n\n${fenced(drifted.text)}\n</details>\n`,
    )
    await leaveOutputs(
      shell,
      { exit: `${code}`, drifted: drifted.code === 2 ? 'true' : 'false', overtaken: 'false' },
      args.flags.dotenv,
    )
    const kept = await refresh(shell, forge)
    return code === 0 ? kept : code
  } finally {
    await forge.close()
  }
}

/** Commit of the branch, when it is another one than is checked out: the job was started again, or overtaken. */
async function laterThan(shell: Shell, forge: Forge): Promise<string | null> {
  const out = await checkedOut(shell.cwd, shell.env.PATH)
  const tip = await forge.tip()
  return tip === (out?.commit ?? commitOf(shell)) ? null : tip
}

/** What an old commit says would undo what came after it. The job of the later one does all of it. */
async function leftTo(shell: Shell, later: string, { flags }: Args): Promise<ExitCode> {
  const text = `Nothing was applied: the branch is at ${later.slice(0, 12)} by now, and this job is of an earlier commit. The job of the later one, or the next timer, applies all of it.\n`
  shell.stdout(text)
  await leavePage(shell, `### keywright apply\n\n${text}`)
  await leaveOutputs(shell, { exit: '0', drifted: 'false', overtaken: 'true' }, flags.dotenv)
  return 0
}

async function applied(shell: Shell, { flags }: Args, forge: Forge): Promise<Inside> {
  const { approve, dotenv: _, ...allowances } = flags
  if (approve !== 'digest') return inside({ ...shell, yes: true }, applyCommand, { format: 'human', flags: allowances })
  const check = await forge.digestOf(commitOf(shell), checkName(await snapshotPath(shell)))
  if (check !== null) return inside(shell, applyCommand, { format: 'human', flags: { ...allowances, check } })
  return unreviewed(await inside({ ...shell, yes: false }, applyCommand, { format: 'human', flags: allowances }), shell)
}

function commitOf({ env }: Shell): string {
  return env.GITHUB_SHA ?? env.CI_COMMIT_SHA ?? ''
}

const UNREVIEWED: Diagnostic = {
  severity: 'error',
  code: 'CI_UNREVIEWED',
  message: 'No check run of this commit says what was reviewed.',
  hint: 'keywright plan   then open a pull request, or apply by hand',
}

/** Without a digest only what needs no yes is done: on a timer that is all there is. */
function unreviewed({ code, text }: Inside, shell: Shell): Inside {
  if (code !== 3) return { code, text }
  return { code, text: `${text}${renderDiagnostics([UNREVIEWED], { ...shell, format: 'human' }, { word: 'refused' })}` }
}

async function refresh(shell: Shell, forge: Forge): Promise<ExitCode> {
  const { code, text } = await inside(shell, snapshot, { format: 'human', flags: { out: '-' } })
  if (code !== 0 || !isObject(parseJson(text))) {
    shell.stderr(text)
    return code === 0 ? 1 : code
  }
  const path = await snapshotPath(shell)
  await forge.keep({ path, text })
  if (shell.logLevel !== 'error') shell.stderr(`The snapshot ${path} is refreshed.\n`)
  return 0
}
