/** A workflow of GitHub Actions as data: its jobs that run keywright, the events each may run for, and what each is given. */
import type { SourceRange } from '../../diagnostic.ts'
import { isMapping, isSequence, type Mapping, mappingAt, member, type SourceDocument } from '../../manifest/source.ts'

export const ROLES = ['plan', 'comment', 'apply', 'leaked'] as const
export type Role = (typeof ROLES)[number]

export interface Step {
  readonly node: Mapping
  readonly uses: string
  readonly run: string
  /** What keywright does in it; `null` when it is no step of ours. */
  readonly role: Role | null
}

export interface Job {
  readonly document: SourceDocument
  readonly workflow: Mapping
  readonly name: string
  readonly node: Mapping
  readonly steps: readonly Step[]
  readonly roles: ReadonlySet<Role>
  /** Events it may run for: those of the workflow that its `if` does not rule out. */
  readonly events: ReadonlySet<string>
  at(container: object, name: string | number, part?: 'key' | 'value'): SourceRange
}

/** Jobs that run keywright, and all others of the same workflow: they share its events and permissions. Empty without one of ours. */
export function jobsOf(document: SourceDocument): readonly Job[] {
  const workflow = isMapping(document.data) ? document.data : {}
  const jobs = mappingAt(workflow, 'jobs')
  const all = Object.keys(jobs).map((name) => jobOf(document, workflow, name))
  return all.some(({ roles }) => roles.size > 0) ? all : []
}

function jobOf(document: SourceDocument, workflow: Mapping, name: string): Job {
  const node = mappingAt(mappingAt(workflow, 'jobs'), name)
  const steps = listAt(node, 'steps').filter(isMapping).map(stepOf)
  const events = eventsOf(member(workflow, 'on')).filter((event) => !isRuledOut(textAt(node, 'if'), event))
  return {
    document,
    workflow,
    name,
    node,
    steps,
    roles: new Set(steps.flatMap(({ role }) => (role === null ? [] : [role]))),
    events: new Set(events),
    at: (container, key, part = 'key') => document.range(container, key, part),
  }
}

function stepOf(node: Mapping): Step {
  const [uses, run] = [textAt(node, 'uses'), textAt(node, 'run')]
  return { node, uses, run, role: roleOf(mappingAt(node, 'with'), uses, run) }
}

/** The action by any owner, or from the checkout; or a command line in a script. */
function roleOf(inputs: Mapping, uses: string, run: string): Role | null {
  if (/(?:^|\/)keywright(?:@|$)|^\.\//.test(uses)) return ROLES.find((role) => role === member(inputs, 'run')) ?? null
  const [, ci, word] = COMMAND.exec(run) ?? []
  return ROLES.find((role) => role === (ci ?? word)) ?? null
}

/** `keywright [flags] ci ROLE`, `keywright apply` or `keywright leaked`; flags take one value at most. */
export const COMMAND =
  /\bkeywright(?:@[\w.^~-]+)?"?(?:\s+-[\w-]+(?:[= ](?:"[^"]*"|[^\s-]\S*))?)*\s+(?:ci\s+(plan|comment|apply)|(apply|leaked))\b/

function eventsOf(on: unknown): readonly string[] {
  if (typeof on === 'string') return [on]
  if (isSequence(on)) return on.filter((one) => typeof one === 'string')
  return isMapping(on) ? Object.keys(on) : []
}

/** True when no alternative of the condition can hold for that event. What is not understood may hold. */
function isRuledOut(condition: string, event: string): boolean {
  const text = condition.replace(/^\s*\$\{\{|\}\}\s*$/g, '').trim()
  if (text === '' || /[()]/.test(text)) return false
  return text.split('||').every((one) => one.split('&&').some((term) => isFalse(term.trim(), event)))
}

/** Their refs are refs/pull/N/merge and that of a merge queue, and no branch one would name is called that. */
const OFF_BRANCH: ReadonlySet<string> = new Set(['pull_request', 'merge_group'])

function isFalse(term: string, event: string): boolean {
  const [, name, operator, value] = /^github\.(event_name|ref|ref_name)\s*(==|!=)\s*'([^']*)'$/.exec(term) ?? []
  if (name === undefined) return false
  if (name === 'event_name') return (value === event) !== (operator === '==')
  return OFF_BRANCH.has(event) && operator === '=='
}

export type Level = 'none' | 'read' | 'write'

/** What the token of a job may do; `null` when the workflow leaves that to the settings of the repository. */
export function permissionOf({ node, workflow }: Job, scope: string): Level | null {
  const written = member(node, 'permissions') ?? member(workflow, 'permissions')
  if (written === undefined || written === null) return null
  if (!isMapping(written)) return written === 'write-all' ? 'write' : written === 'read-all' ? 'read' : 'none'
  const level = member(written, scope)
  return level === 'write' || level === 'read' ? level : 'none'
}

/** Scopes that may be written, `*` for all. */
export function writableScopes({ node, workflow }: Job): readonly string[] {
  const written = member(node, 'permissions') ?? member(workflow, 'permissions')
  if (written === 'write-all') return ['*']
  return isMapping(written) ? Object.keys(written).filter((scope) => written[scope] === 'write') : []
}

/** Where the permissions of a job stand, or would stand. */
export function permissionsSpot({ at, node, workflow, name }: Job): SourceRange {
  if (member(node, 'permissions') !== undefined) return at(node, 'permissions')
  if (member(workflow, 'permissions') !== undefined) return at(workflow, 'permissions')
  return at(mappingAt(workflow, 'jobs'), name)
}

export interface Text {
  readonly container: object
  readonly name: string | number
  readonly text: string
}

/** Every text below a node. */
export function textsBelow(node: unknown): readonly Text[] {
  if (!isMapping(node) && !isSequence(node)) return []
  const members = isSequence(node) ? [...node.entries()] : Object.entries(node)
  return members.flatMap(([name, value]) =>
    typeof value === 'string' ? [{ container: node, name, text: value }] : textsBelow(value),
  )
}

export function textAt(container: unknown, name: string): string {
  const value = member(container, name)
  return typeof value === 'string' ? value : ''
}

function listAt(container: unknown, name: string): readonly unknown[] {
  const value = member(container, name)
  return isSequence(value) ? value : []
}

/** Where a step says what it runs. */
export function spotOf({ at }: Job, { node, uses }: Step): SourceRange {
  return at(node, uses === '' ? 'run' : 'uses')
}

/** Variables a step is given by name: its own, those of its job and of its workflow. */
export function variablesOf({ node, workflow }: Job, step: Step): ReadonlySet<string> {
  const blocks = [workflow, node, step.node].map((one) => member(one, 'env'))
  return new Set(blocks.filter(isMapping).flatMap((block: Mapping) => Object.keys(block)))
}
