/** What jobs need so that they do what they are there for: permissions, one at a time, often enough, the right branch. */
import { isMapping, isSequence, type Mapping, mappingAt, member } from '../../manifest/source.ts'
import { formatDuration, type Millis } from '../../time.ts'
import type { Finding } from '../finding.ts'
import { longestGap } from './cron.ts'
import { checksOutChange } from './exposed.ts'
import { said } from './said.ts'
import {
  COMMAND,
  type Job,
  type Level,
  permissionOf,
  permissionsSpot,
  type Role,
  type Step,
  spotOf,
  textAt,
  variablesOf,
} from './workflow.ts'

export interface Needs {
  /** Folder of the project in the repository, empty for its top. */
  readonly below: string
  /** The shortest grace of all keys that rotate; `null` when none does. */
  readonly grace: { readonly millis: Millis; readonly address: string } | null
  /** Variables that the apply job reads credentials from: at least one of each group. */
  readonly variables: readonly { readonly names: readonly string[]; readonly for: string }[]
  /** keywright.yaml says that something runs `apply` often enough. */
  readonly loops: boolean
  /** Branches that are applied. */
  readonly branches: readonly string[]
}

type Rule = (job: Job, step: Step, needs: Needs) => readonly Finding[]

const RULES: Readonly<Record<Role, readonly Rule[]>> = {
  plan: [permitted({ contents: 'read' }), trusted],
  comment: [permitted({ contents: 'read', checks: 'write', 'pull-requests': 'write' }), ofTheChange, trusted],
  apply: [permittedToApply, alone, onBranch, kept, given],
  leaked: [onBranch, kept, given],
}

export function incomplete(job: Job, needs: Needs): readonly Finding[] {
  return job.steps.flatMap((step) => {
    if (step.role === null) return []
    return RULES[step.role].flatMap((rule) => rule(job, step, needs))
  })
}

const RANK: Readonly<Record<Level, number>> = { none: 0, read: 1, write: 2 }

function permitted(wanted: Readonly<Record<string, Level>>): Rule {
  return (job) => {
    const missing = Object.entries(wanted).filter(([scope, level]) => {
      const has = permissionOf(job, scope)
      return has !== null && RANK[has] < RANK[level]
    })
    if (missing.length === 0) return []
    const all = Object.entries(wanted).map(([scope, level]) => `${scope}: ${level}`)
    return [
      said(permissionsSpot(job), {
        code: 'CI_JOB_INCOMPLETE',
        message: `The token of the job ${job.name} lacks ${missing.map(([scope, level]) => `${scope}: ${level}`).join(', ')}.`,
        hint: `permissions: { ${all.join(', ')} }`,
      }),
    ]
  }
}

/** A digest is looked up on the pull request; the snapshot and a store in git are pushed. */
function permittedToApply(job: Job, step: Step, needs: Needs): readonly Finding[] {
  const isByDigest =
    member(mappingAt(step.node, 'with'), 'approve') === 'digest' || /--approve[= ]digest/.test(step.run)
  const digest = isByDigest ? ({ checks: 'read', 'pull-requests': 'read' } as const) : {}
  return permitted({ contents: 'write', ...digest })(job, step, needs)
}

/** Two at once wait for each other's lease; one that is cancelled in the middle leaves its work to the next. */
function alone(job: Job): readonly Finding[] {
  const { node, workflow, name, at } = job
  const container = member(node, 'concurrency') === undefined ? workflow : node
  const written = member(container, 'concurrency')
  const hint = 'concurrency: keywright'
  const wrong = (message: string): readonly Finding[] => [
    said(written === undefined ? at(mappingAt(workflow, 'jobs'), name) : at(container, 'concurrency'), {
      code: 'CI_JOB_INCOMPLETE',
      message,
      hint,
    }),
  ]
  if (written === undefined)
    return wrong(`The job ${name} has no concurrency group, so two pushes are applied at once.`)
  const group = isMapping(written) ? textAt(written, 'group') : `${written}`
  if (isMapping(written) && member(written, 'cancel-in-progress') === true)
    return wrong(`A newer run cancels the job ${name} in the middle of an apply.`)
  if (/github\.(?:ref|sha|run_id|run_number|head_ref)/.test(group))
    return wrong(`The concurrency group of the job ${name} is another one for each push, so it keeps nothing apart.`)
  return []
}

/** By hand, and by a push without `branches`, a workflow runs on any branch that somebody made. */
function onBranch(job: Job, step: Step): readonly Finding[] {
  const { node, workflow, events, name } = job
  const isBound = /github\.ref(?:_name)?\s*==|github\.ref_protected/.test(textAt(node, 'if'))
  const push = mappingAt(member(workflow, 'on'), 'push')
  const isOpen = (event: string): boolean =>
    event === 'workflow_dispatch' || (event === 'push' && member(push, 'branches') === undefined)
  const open = [...events].filter(isOpen)
  if (isBound || open.length === 0) return []
  return [
    said(member(node, 'if') === undefined ? spotOf(job, step) : job.at(node, 'if'), {
      code: 'CI_JOB_EXPOSED',
      message: `The job ${name} runs for ${open.join(' and ')} on every branch, reviewed or not.`,
      hint: "if: github.ref == 'refs/heads/main'",
    }),
  ]
}

/** A secret of the repository is given to every workflow of every branch; one of an environment to the branches it names. */
function kept({ node, name, at, workflow }: Job): readonly Finding[] {
  if (member(node, 'environment') !== undefined || !JSON.stringify(node).includes('secrets.')) return []
  return [
    said(at(mappingAt(workflow, 'jobs'), name), {
      code: 'CI_JOB_EXPOSED',
      verdict: 'warning',
      message: `The secrets of the job ${name} are in no environment, so whoever may push any branch can read them.`,
      hint: 'environment: keywright   and keep the secrets there, for that branch only',
    }),
  ]
}

function cronsOf(on: unknown): readonly { readonly container: object; readonly text: string }[] {
  const schedule = member(on, 'schedule')
  if (!isSequence(schedule)) return []
  return schedule.filter(isMapping).map((one: Mapping) => ({ container: one, text: textAt(one, 'cron') }))
}

/**
 * Twice in each grace: GitHub starts timers late, and leaves some out. Any job that applies may have the timer. Nothing is said where
 * keywright.yaml declares a loop: then something else comes so often.
 */
export function oftenEnough(jobs: readonly Job[], { grace, below, loops }: Needs): readonly Finding[] {
  const steps = jobs.flatMap((job) => job.steps.map((step) => ({ job, step })))
  const applying = steps.filter(({ job, step }) => step.role === 'apply' && isOfProject(job, step, below))
  const [one] = applying
  if (one === undefined || loops) return []
  const { workflow, at, name } = one.job
  const timed = applying.filter(({ job }) => job.events.has('schedule'))
  const crons = timed.flatMap(({ job }) => cronsOf(member(job.workflow, 'on')).map((cron) => ({ ...cron, job })))
  const [first] = crons
  if (first === undefined)
    return [
      said(member(workflow, 'on') === undefined ? spotOf(one.job, one.step) : at(workflow, 'on'), {
        code: 'CI_JOB_INCOMPLETE',
        message: `The job ${name} runs on no timer, so nothing is rotated, retired or repaired between two pushes.`,
        hint: 'on: { schedule: [{ cron: "17 * * * *" }] }',
      }),
    ]
  const gap = longestGap(crons.map(({ text }) => text))
  const spot = first.job.at(first.container, 'cron', 'value')
  const hint = 'cron: "17 * * * *"'
  if (gap === null)
    return [said(spot, { code: 'CI_JOB_INCOMPLETE', message: 'This is no cron expression that ever runs.', hint })]
  if (grace === null || gap <= grace.millis / 2) return []
  const { address, millis } = grace
  const message = `The job ${first.job.name} may wait ${formatDuration(gap)} for its next turn, and the old secret of ${address} ends ${formatDuration(millis)} after a rotation: it should run at least every ${formatDuration(millis / 2)}.`
  return [said(spot, { code: 'CI_JOB_INCOMPLETE', verdict: 'warning', message, hint })]
}

/** The action says by `directory` which project it is about, below the folder a checkout was put in; a script may do as it likes. */
export function isOfProject(job: Job, step: Step, below: string): boolean {
  if (step.uses === '') return true
  const directory = plainPath(textAt(mappingAt(step.node, 'with'), 'directory'))
  const checkouts = job.steps.map(({ node }) => plainPath(textAt(mappingAt(node, 'with'), 'path')))
  return [...checkouts, ''].some((path) => [path, below].filter(Boolean).join('/') === directory)
}

function plainPath(path: string): string {
  return path.replace(/^\.\/?|\/+$/g, '')
}

function given(job: Job, step: Step, { variables, below }: Needs): readonly Finding[] {
  if (!isOfProject(job, step, below)) return []
  const has = variablesOf(job, step)
  return variables
    .filter(({ names }) => !names.some((name) => has.has(name)))
    .map(({ names: [name = ''], for: what }) =>
      said(spotOf(job, step), {
        code: 'CI_JOB_INCOMPLETE',
        verdict: 'warning',
        message: `${what} is read from ${name}, which the job ${job.name} does not give to this step.`,
        hint: `env: { ${name}: "\${{ secrets.${name} }}" }`,
      }),
    )
}

/** Whose keywright.yaml counts. Without a word the action takes the branch the change is for. */
function trusted(job: Job, step: Step, { branches }: Needs): readonly Finding[] {
  const inputs = mappingAt(step.node, 'with')
  const trust = step.uses === '' ? (/--trust[= ]"?([^\s"]+)/.exec(step.run)?.[1] ?? null) : textAt(inputs, 'trust')
  const spot = member(inputs, 'trust') === undefined ? spotOf(job, step) : job.at(inputs, 'trust', 'value')
  const [branch = 'main'] = branches
  const hint = step.uses === '' ? `--trust origin/${branch}` : `trust: ${branch}`
  if (trust === null && COMMAND.test(step.run))
    return [wrong(spot, `The job ${job.name} names no branch whose keywright.yaml counts.`, hint)]
  if (trust === null || trust === '') return []
  if (/head_ref|pull_request\.head|github\.sha|github\.ref\b|^HEAD/.test(trust))
    return [wrong(spot, `The job ${job.name} trusts the keywright.yaml of the change itself.`, hint)]
  const name = trust.replace(/^origin\//, '')
  if (branches.length === 0 || trust.includes('${{') || branches.includes(name)) return []
  const message = `The job ${job.name} plans by the keywright.yaml of ${name}, and ${branches.join(' and ')} is applied.`
  return [said(spot, { code: 'CI_JOB_INCOMPLETE', verdict: 'warning', message, hint })]
}

function wrong(spot: Parameters<typeof said>[0], message: string, hint: string): Finding {
  return said(spot, { code: 'CI_JOB_EXPOSED', message, hint })
}

/** `pull_request_target` checks out the branch the change is for, unless told otherwise. */
function ofTheChange(job: Job, step: Step): readonly Finding[] {
  if (!job.events.has('pull_request_target') || job.steps.some(checksOutChange)) return []
  const message = `The job ${job.name} never checks the change out, so it plans the branch as it is.`
  const hint = 'with: { ref: "refs/pull/${{ github.event.pull_request.number }}/merge", path: change }'
  return [said(spotOf(job, step), { code: 'CI_JOB_INCOMPLETE', message, hint })]
}
