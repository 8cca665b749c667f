/**
 * What a pull request could lay hands on. `pull_request` runs the workflow of the change itself, so its jobs may hold nothing;
 * `pull_request_target` runs the trusted workflow with a token that writes, so its jobs may run nothing of the change.
 *
 * Facts: docs.github.com, "Security hardening for GitHub Actions" and "Events that trigger workflows", read 2026-11.
 */
import { mappingAt, member } from '../../manifest/source.ts'
import type { Finding } from '../finding.ts'
import { said } from './said.ts'
import { type Job, permissionsSpot, type Step, spotOf, textAt, textsBelow, writableScopes } from './workflow.ts'

type Rule = (job: Job) => readonly Finding[]

const RULES: readonly Rule[] = [
  secrets,
  wrongRole,
  writes,
  undeclared,
  codeOfTheChange,
  keptCredentials,
  injection,
  fetchedInside,
]

export function exposed(job: Job): readonly Finding[] {
  return RULES.flatMap((rule) => rule(job))
}

const FROM_CHANGES = ['pull_request', 'pull_request_target'] as const

function ofChanges({ events }: Job): (typeof FROM_CHANGES)[number] | null {
  return FROM_CHANGES.find((event) => events.has(event)) ?? null
}

const SECRET = /\$\{\{[^}]*\bsecrets\s*(?:\.\s*([\w-]+)|\[)/g

function secrets(job: Job): readonly Finding[] {
  const event = ofChanges(job)
  if (event === null) return []
  const shared = { env: member(job.workflow, 'env') }
  const inherits = textAt(job.node, 'secrets') === 'inherit'
  const named = [...textsBelow(job.node), ...textsBelow(shared)].flatMap(({ container, name, text }) =>
    [...text.matchAll(SECRET)]
      .filter(([, secret]) => secret !== 'GITHUB_TOKEN')
      .map(([, secret = 'of a computed name']) => ({ secret, spot: job.at(container, name, 'value') })),
  )
  const all = inherits ? [...named, { secret: 'of the whole repository', spot: job.at(job.node, 'secrets') }] : named
  return all.map(({ secret, spot }) =>
    said(spot, {
      code: 'CI_JOB_EXPOSED',
      message: `The job ${job.name} runs for ${event} and is given the secret ${secret}: a change could take it.`,
      hint: 'take it out: a plan and its comment come from the snapshot and need no key',
    }),
  )
}

/** Jobs that change keys have no business with a change nobody merged. */
function wrongRole(job: Job): readonly Finding[] {
  const event = ofChanges(job)
  if (event === null) return []
  const steps = job.steps.filter(({ role }) => role === 'apply' || role === 'leaked')
  return steps.map((step) =>
    said(spotOf(job, step), {
      code: 'CI_JOB_EXPOSED',
      message: `The job ${job.name} runs keywright ${step.role} for ${event}, before anything was merged.`,
      hint: `if: github.event_name != '${event}'`,
    }),
  )
}

/** The comment job writes checks and comments; nothing else of a change writes anything. */
const MAY_WRITE: Readonly<Record<(typeof FROM_CHANGES)[number], readonly string[]>> = {
  pull_request: [],
  pull_request_target: ['checks', 'pull-requests', 'issues', 'statuses'],
}

function writes(job: Job): readonly Finding[] {
  const event = ofChanges(job)
  if (event === null) return []
  const extra = writableScopes(job).filter((scope) => !MAY_WRITE[event].includes(scope))
  if (extra.length === 0) return []
  const wanted = event === 'pull_request' ? 'contents: read' : 'contents: read, checks: write, pull-requests: write'
  return [
    said(permissionsSpot(job), {
      code: 'CI_JOB_EXPOSED',
      message: `The job ${job.name} runs for ${event}, and its token may write ${extra.join(', ')}.`,
      hint: `permissions: { ${wanted} }`,
    }),
  ]
}

function undeclared(job: Job): readonly Finding[] {
  if (job.roles.size === 0) return []
  if (member(job.node, 'permissions') !== undefined || member(job.workflow, 'permissions') !== undefined) return []
  return [
    said(permissionsSpot(job), {
      code: 'CI_JOB_EXPOSED',
      verdict: 'warning',
      message: `Nothing says what the token of the job ${job.name} may do, so the settings of the repository decide, often for everything.`,
      hint: 'permissions: {}   at the top of the workflow, and in each job what it needs',
    }),
  ]
}

const CHANGE = /github\.event\.pull_request\.(?:head|number|merge_commit_sha)|github\.head_ref|refs\/pull\//

export function checksOutChange({ uses, node }: Step): boolean {
  return /^actions\/checkout(?:@|$)/.test(uses) && CHANGE.test(textAt(mappingAt(node, 'with'), 'ref'))
}

function codeOfTheChange(job: Job): readonly Finding[] {
  if (!job.events.has('pull_request_target') || !job.steps.some(checksOutChange)) return []
  const running = job.steps.filter(({ run, uses, role }) => (run !== '' && role === null) || uses.startsWith('./'))
  return running.map((step) =>
    said(spotOf(job, step), {
      code: 'CI_JOB_EXPOSED',
      message: `The job ${job.name} runs for pull_request_target beside a checkout of the change: this step could run what the change says, with a token that writes.`,
      hint: 'move the step to a job of on: pull_request, which has no token to lose',
    }),
  )
}

/** A token in .git/config is read by whatever runs afterwards. */
function keptCredentials(job: Job): readonly Finding[] {
  const event = ofChanges(job)
  if (event === null || job.roles.size === 0) return []
  const kept = job.steps.filter(({ uses, node }) => {
    const value = member(mappingAt(node, 'with'), 'persist-credentials')
    return /^actions\/checkout(?:@|$)/.test(uses) && value !== false && value !== 'false'
  })
  return kept.map((step) =>
    said(spotOf(job, step), {
      code: 'CI_JOB_EXPOSED',
      verdict: 'warning',
      message: `The checkout of the job ${job.name} leaves the token of the job beside the files of the change.`,
      hint: 'with: { persist-credentials: false }',
    }),
  )
}

const FREE_TEXT = /\$\{\{\s*(?:github\.(?:event\.|head_ref)|inputs\.)[^}]*\}\}/

/** What people typed, as part of a script. */
function injection(job: Job): readonly Finding[] {
  return job.steps.flatMap((step) => {
    const [found] = FREE_TEXT.exec(step.run) ?? []
    if (found === undefined) return []
    return [
      said(job.at(step.node, 'run', 'value'), {
        code: 'CI_JOB_EXPOSED',
        message: `The job ${job.name} puts ${found} into a script, where it is read as commands.`,
        hint: `env: { VALUE: "${found}" }   and "$VALUE" in the script`,
      }),
    ]
  })
}

/** An .npmrc or package.json of the change would choose what npx runs. */
function fetchedInside(job: Job): readonly Finding[] {
  const event = ofChanges(job)
  if (event === null) return []
  const inside = job.steps.filter(
    ({ role, run, node }) =>
      role !== null &&
      /\bnpx\b/.test(run) &&
      !/(?:^|[;&\n])\s*cd\s/.test(run) &&
      textAt(node, 'working-directory') === '',
  )
  return inside.map((step) =>
    said(spotOf(job, step), {
      code: 'CI_JOB_EXPOSED',
      message: `The job ${job.name} runs npx among the files of the change, whose .npmrc may choose what it runs.`,
      hint: `working-directory: \${{ runner.temp }}   and keywright -C "$GITHUB_WORKSPACE"`,
    }),
  )
}
