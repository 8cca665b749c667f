/** Workflows of GitHub Actions that run keywright: each job by itself, and whether all that is needed is there. */
import type { SourceDocument } from '../../manifest/source.ts'
import { isSequence, mappingAt, member } from '../../manifest/source.ts'
import type { Finding } from '../finding.ts'
import { fine } from '../finding.ts'
import { incomplete, isOfProject, type Needs, oftenEnough } from './complete.ts'
import { exposed } from './exposed.ts'
import { unpinned } from './pinned.ts'
import { absent } from './said.ts'
import { type Job, jobsOf, ROLES, type Role } from './workflow.ts'

export const WORKFLOWS = '.github/workflows'

export interface Room extends Omit<Needs, 'branches'> {
  /** Of this keywright. */
  readonly version: string
}

/** Empty when none of the workflows runs keywright for this project. */
export function judgeGithub(documents: readonly SourceDocument[], room: Room): readonly Finding[] {
  const jobs = documents.flatMap(jobsOf)
  const roles = rolesIn(jobs, room.below)
  if (roles.size === 0) return []
  const needs = { ...room, branches: appliedBranches(jobs) }
  const wrong = jobs.flatMap((job) => [...exposed(job), ...incomplete(job, needs), ...unpinned(job, room.version)])
  const all = [...missing(roles), ...wrong, ...oftenEnough(jobs, needs)]
  return all.length > 0
    ? all
    : [fine({ area: 'ci', subject: WORKFLOWS }, `${[...roles].join(', ')} are as they should be`)]
}

function rolesIn(jobs: readonly Job[], below: string): ReadonlySet<Role> {
  const steps = jobs.flatMap((job) => job.steps.filter((step) => isOfProject(job, step, below)))
  return new Set(ROLES.filter((role) => steps.some((step) => step.role === role)))
}

/** The branch that is applied, as the workflows say; `main` when they say nothing. */
export function branchIn(documents: readonly SourceDocument[]): string {
  return appliedBranches(documents.flatMap(jobsOf))[0] ?? 'main'
}

function appliedBranches(jobs: readonly Job[]): readonly string[] {
  const applying = jobs.filter(({ roles }) => roles.has('apply'))
  const branches = applying.map(({ workflow }) => member(mappingAt(member(workflow, 'on'), 'push'), 'branches'))
  return [...new Set(branches.flatMap((one) => (isSequence(one) ? one : [])).filter((one) => typeof one === 'string'))]
}

const WITHOUT: Readonly<Record<Role, string>> = {
  plan: 'No workflow plans pull requests without a secret.',
  comment: 'No workflow comments on pull requests, and no check run keeps the digest of what was reviewed.',
  apply: 'No workflow applies what was merged, or what is due.',
  leaked: 'No workflow ends a leaked key from a phone.',
}

function missing(roles: ReadonlySet<Role>): readonly Finding[] {
  return ROLES.filter((role) => !roles.has(role)).map((role) =>
    absent(WORKFLOWS, {
      code: 'CI_JOB_INCOMPLETE',
      verdict: 'warning',
      message: WITHOUT[role],
      hint: 'keywright init --ci github   writes what is not there yet',
    }),
  )
}
