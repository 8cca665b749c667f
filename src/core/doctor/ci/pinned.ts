/** Whose code a job runs: a branch or a moving tag of somebody else may be another program tomorrow. */
import { mappingAt, member } from '../../manifest/source.ts'
import type { Finding } from '../finding.ts'
import { said, type Wrong } from './said.ts'
import { type Job, type Step, spotOf, writableScopes } from './workflow.ts'

const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/
const RELEASE = /^v?(\d+\.\d+\.\d+(?:-[\w.]+)?)$/

/** `version` is that of this keywright. */
export function unpinned(job: Job, version: string): readonly Finding[] {
  const isOurs = job.roles.size > 0
  return job.steps.flatMap((step) => {
    if (step.uses === '') return step.role === null ? [] : scriptOf(job, step, version)
    return step.role === null ? (isOurs ? others(job, step) : []) : ours(job, step, version)
  })
}

/** Where a job holds something worth taking, only a commit is the same tomorrow. */
function others(job: Job, step: Step): readonly Finding[] {
  const { uses } = step
  if (uses.startsWith('./') || uses.startsWith('docker://')) return uses.includes('docker://') ? image(job, step) : []
  const [name = '', ref = ''] = uses.split('@')
  if (COMMIT.test(ref)) return []
  const holds = holdsSomething(job)
  if (!holds && /\d/.test(ref)) return []
  const what = ref === '' ? 'names no version' : `${ref} may be another program tomorrow`
  return [
    said(spotOf(job, step), {
      code: 'CI_JOB_UNPINNED',
      ...(/^v?\d/.test(ref) ? { verdict: 'warning' as const } : {}),
      message: `${name}: ${what}${holds ? ', and this job holds secrets or a token that writes' : ''}.`,
      hint: `uses: ${name}@<the 40 letters of a commit>   # ${ref === '' ? 'v1.2.3' : ref}`,
    }),
  ]
}

function image(job: Job, step: Step): readonly Finding[] {
  if (step.uses.includes('@sha256:')) return []
  const message = `${step.uses}: a tag of an image may be another program tomorrow.`
  const hint = `uses: ${step.uses.replace(/:[^:/]*$/, '')}@sha256:<digest>`
  return [said(spotOf(job, step), { code: 'CI_JOB_UNPINNED', verdict: 'warning', message, hint })]
}

function holdsSomething(job: Job): boolean {
  return writableScopes(job).length > 0 || JSON.stringify(job.node).includes('secrets.')
}

function ours(job: Job, step: Step, version: string): readonly Finding[] {
  const [name = '', ref = ''] = step.uses.split('@')
  const inputs = mappingAt(step.node, 'with')
  const asked = member(inputs, 'version')
  const old = typeof asked === 'string' ? another(job.at(inputs, 'version', 'value'), asked, version) : []
  if (name.startsWith('./') || COMMIT.test(ref)) return old
  const [, release] = RELEASE.exec(ref) ?? []
  if (release !== undefined) return typeof asked === 'string' ? old : another(spotOf(job, step), release, version)
  const what = ref === '' ? 'names no version' : `${ref} moves`
  return [
    said(spotOf(job, step), {
      code: 'CI_JOB_UNPINNED',
      message: `${name}: ${what}, so the job runs whatever was put there last.`,
      hint: `uses: ${name}@v${version}`,
    }),
    ...old,
  ]
}

const FETCH = /\b(?:npx|npm\s+(?:i|install|exec))\b[^\n;|&]*?\bkeywright\b(?:@([\w.^~-]+))?/

function scriptOf(job: Job, step: Step, version: string): readonly Finding[] {
  return versionIn(step.run, version).map((wrong) => said(job.at(step.node, 'run', 'value'), wrong))
}

/** What a command line that fetches keywright says about its version. */
export function versionIn(script: string, version: string): readonly Wrong[] {
  const fetched = FETCH.exec(script)
  if (fetched === null) return []
  const [, asked] = fetched
  if (asked === undefined || !RELEASE.test(asked))
    return [
      {
        code: 'CI_JOB_UNPINNED',
        message: `The script fetches ${asked === undefined ? 'whatever keywright was published last' : `keywright@${asked}, which moves`}.`,
        hint: `npx --yes keywright@${version}`,
      },
    ]
  return asked === version ? [] : [apart(asked, version)]
}

function another(at: Parameters<typeof said>[0], asked: string, version: string): readonly Finding[] {
  return asked === version ? [] : [said(at, apart(asked, version))]
}

function apart(asked: string, version: string): Wrong {
  return {
    code: 'CI_JOB_OLD',
    verdict: 'warning',
    message: `The job runs keywright ${asked}, and this is ${version}: they may read the same files differently.`,
    hint: `keywright@v${version}`,
  }
}
