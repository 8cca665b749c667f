/** Jobs of GitLab CI that run keywright. A pipeline of a merge request runs the file of the change, with every variable that is not protected. */
import { isMapping, isSequence, type Mapping, mappingAt, member, type SourceDocument } from '../../manifest/source.ts'
import { type Finding, fine } from '../finding.ts'
import { versionIn } from './pinned.ts'
import { said, type Wrong } from './said.ts'
import { COMMAND, ROLES, type Role, textAt, textsBelow } from './workflow.ts'

export const GITLAB_ROOT = '.gitlab-ci.yml'
export const GITLAB_FILE = '.gitlab/keywright.gitlab-ci.yml'

interface Job {
  readonly document: SourceDocument
  readonly name: string
  /** With what it extends. */
  readonly node: Mapping
  readonly script: string
  readonly role: Role
}

interface Room {
  readonly version: string
  /** Variables that hold credentials of key APIs and sinks. */
  readonly secrets: readonly string[]
}

/** `documents` in the order root file, included file. Empty when none of them runs keywright. */
export function judgeGitlab(documents: readonly SourceDocument[], room: Room): readonly Finding[] {
  const jobs = documents.flatMap((document) => jobsIn(document))
  if (jobs.length === 0) return []
  const wrong = jobs.flatMap((job) =>
    RULES.flatMap((rule) => rule(job, room)).map((one) =>
      said(job.document.range(asMapping(job.document.data), job.name, 'key'), one),
    ),
  )
  const all = [...notIncluded(documents), ...wrong]
  const names = [...new Set(jobs.map(({ role }) => role))].join(', ')
  const subject = jobs[0]?.document.file ?? GITLAB_FILE
  const message = `${names} are as they should be; whether a pipeline schedule runs them is in the settings of the project`
  return all.length > 0 ? all : [fine({ area: 'ci', subject }, message)]
}

function asMapping(value: unknown): Mapping {
  return isMapping(value) ? value : {}
}

function jobsIn(document: SourceDocument): readonly Job[] {
  const root = asMapping(document.data)
  return Object.keys(root).flatMap((name) => {
    const node = extended(root, name, 0)
    const lines = ['before_script', 'script'].flatMap((part) => textsOf(member(node, part)))
    const script = lines.join('\n')
    const [, ci, word] = COMMAND.exec(textsOf(member(node, 'script')).join('\n')) ?? []
    const role = ROLES.find((one) => one === (ci ?? word))
    return role === undefined || name.startsWith('.') ? [] : [{ document, name, node, script, role }]
  })
}

/** GitLab follows eleven levels. */
const DEEPEST = 11

function extended(root: Mapping, name: string, depth: number): Mapping {
  const own = mappingAt(root, name)
  if (depth === DEEPEST) return own
  const parents = textsOf(member(own, 'extends')).map((parent) => extended(root, parent, depth + 1))
  return Object.assign({}, ...parents, own)
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return isSequence(value) ? value.filter((one) => typeof one === 'string') : []
}

type Rule = (job: Job, room: Room) => readonly Wrong[]

const RULES: readonly Rule[] = [onlyDefaultBranch, held, alone, trusted, fetchedInside, versions, image]

function isOfChanges({ role }: Job): boolean {
  return role === 'plan' || role === 'comment'
}

function conditions({ node }: Job): readonly string[] | null {
  const rules = member(node, 'rules')
  return isSequence(rules) ? rules.filter(isMapping).map((rule) => textAt(rule, 'if')) : null
}

const BOUND = /\$CI_COMMIT_(?:BRANCH|REF_NAME)\s*==|\$CI_COMMIT_REF_PROTECTED/

function onlyDefaultBranch(job: Job): readonly Wrong[] {
  if (isOfChanges(job)) return []
  const open = (conditions(job) ?? ['']).filter((one) => !BOUND.test(one) || /merge_request_event/.test(one))
  if (open.length === 0) return []
  const message = `The job ${job.name} runs keywright ${job.role} on other branches than the one that is reviewed.`
  return [{ code: 'CI_JOB_EXPOSED', message, hint: 'rules: [{ if: "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH" }]' }]
}

/** An environment or a signed token would give the change what is kept for the default branch. */
function held(job: Job, { secrets }: Room): readonly Wrong[] {
  if (!isOfChanges(job)) return []
  const parts = ['environment', 'id_tokens', 'secrets'].filter((part) => member(job.node, part) !== undefined)
  const texts = textsBelow(job.node).map(({ text }) => text)
  const named = secrets.filter((name) => texts.some((text) => new RegExp(`\\$\\{?${name}\\b`).test(text)))
  const all = [...parts, ...named.map((name) => `$${name}`)]
  if (all.length === 0) return []
  const message = `The job ${job.name} runs for merge requests and has ${all.join(', ')}: a change could take it.`
  return [
    {
      code: 'CI_JOB_EXPOSED',
      message,
      hint: 'take it out: a plan and its comment come from the snapshot and need no key',
    },
  ]
}

function alone(job: Job): readonly Wrong[] {
  if (job.role !== 'apply') return []
  const hint = 'resource_group: keywright'
  if (textAt(job.node, 'resource_group') === '')
    return [
      {
        code: 'CI_JOB_INCOMPLETE',
        message: `The job ${job.name} has no resource group, so two pipelines apply at once.`,
        hint,
      },
    ]
  const message = `A newer pipeline cancels the job ${job.name} in the middle of an apply.`
  const isCut = member(job.node, 'interruptible') === true
  return isCut ? [{ code: 'CI_JOB_INCOMPLETE', message, hint: 'interruptible: false' }] : []
}

function trusted(job: Job): readonly Wrong[] {
  if (!isOfChanges(job)) return []
  const [, ref = ''] = /--trust[= ]"?([^\s"]+)/.exec(job.script) ?? []
  const hint = '--trust "origin/$CI_DEFAULT_BRANCH"'
  if (ref === '')
    return [
      { code: 'CI_JOB_EXPOSED', message: `The job ${job.name} names no branch whose keywright.yaml counts.`, hint },
    ]
  if (!/CI_MERGE_REQUEST_SOURCE|CI_COMMIT_|^HEAD/.test(ref)) return []
  return [
    { code: 'CI_JOB_EXPOSED', message: `The job ${job.name} trusts the keywright.yaml of the change itself.`, hint },
  ]
}

function fetchedInside(job: Job): readonly Wrong[] {
  if (!isOfChanges(job) || !/\bnpx\b/.test(job.script) || /(?:^|[;&\n])\s*cd\s/.test(job.script)) return []
  const message = `The job ${job.name} runs npx among the files of the change, whose .npmrc may choose what it runs.`
  return [{ code: 'CI_JOB_EXPOSED', message, hint: 'cd "$(mktemp -d)"   first, and keywright -C "$CI_PROJECT_DIR"' }]
}

function versions({ script }: Job, { version }: Room): readonly Wrong[] {
  return versionIn(script, version)
}

function image({ node, name }: Job): readonly Wrong[] {
  const written = member(node, 'image')
  const text = isMapping(written) ? textAt(written, 'name') : typeof written === 'string' ? written : ''
  if (text === '' || /@sha256:|:(?!latest$)[^/]+$/.test(text)) return []
  const message = `The job ${name} runs in ${text}, which may be another image tomorrow.`
  return [{ code: 'CI_JOB_UNPINNED', verdict: 'warning', message, hint: 'image: node:20' }]
}

/** Nothing runs a file that nothing includes. */
function notIncluded(documents: readonly SourceDocument[]): readonly Finding[] {
  const file = documents.find((one) => one.file === GITLAB_FILE)
  if (file === undefined) return []
  const root = documents.find((one) => one.file === GITLAB_ROOT)
  const included =
    root === undefined
      ? []
      : [member(root.data, 'include')].flatMap((one) =>
          typeof one === 'string' ? [one] : textsBelow(one).map(({ text }) => text),
        )
  if (included.some((one) => one.replace(/^\//, '') === GITLAB_FILE)) return []
  const message = `${GITLAB_FILE} is there, and ${GITLAB_ROOT} does not include it, so none of its jobs ever runs.`
  return [
    said(
      { file: GITLAB_ROOT, line: 1, column: 1 },
      { code: 'CI_JOB_INCOMPLETE', message, hint: `include: [{ local: ${GITLAB_FILE} }]` },
    ),
  ]
}
